#include "table.hpp"

#include <atomic>
#include <memory>

using sluice::guarded;
using sluice::Member;
using sluice::Node;

namespace {

constexpr int32_t no_node = -1;

int32_t add_node(c_sluice_table &table, int32_t parent, unsigned levels) {
    Node node;
    node.levels = static_cast<uint8_t>(levels);
    node.depth = static_cast<uint8_t>(table.nodes[parent].depth + 1);
    node.parent = static_cast<uint32_t>(parent);
    if (node.depth > C_SLUICE_MAX_PATH_DEPTH) return no_node;
    table.nodes.push_back(node);
    return static_cast<int32_t>(table.nodes.size() - 1);
}

int32_t add_member(c_sluice_table &table, int32_t parent, const uint8_t *key, size_t length) {
    if (table.nodes[parent].members.size() >= C_SLUICE_MAX_MEMBERS) return no_node;
    Member member;
    member.head = sluice::key_head(key, length, key + length);
    member.key_length = static_cast<uint32_t>(length);
    table.keys.emplace_back(reinterpret_cast<const char *>(key), length);
    member.key = table.keys.back().data();
    table.nodes[parent].members.reserve(table.nodes[parent].members.size() + 1);
    int32_t node = add_node(table, parent, table.nodes[parent].levels);
    if (node < 0) return node;
    member.node = static_cast<uint32_t>(node);
    table.nodes[parent].members.push_back(member);
    table.nodes[parent].lengths |= sluice::length_bit(length);
    return node;
}

}  // namespace

extern "C" {

c_sluice_table *c_sluice_table_create(void) {
    static std::atomic<uint64_t> tables{0};
    return guarded<c_sluice_table *>(nullptr, [] {
        // Even an empty deque allocates.
        auto table = std::make_unique<c_sluice_table>();
        table->number = ++tables;
        table->nodes.emplace_back();
        return table.release();
    });
}

void c_sluice_table_destroy(c_sluice_table *table) {
    delete table;
}

int32_t c_sluice_table_member(c_sluice_table *table, int32_t parent, const uint8_t *key, size_t length) {
    for (const Member &member : table->nodes[parent].members) {
        if (member.key_length == length && std::memcmp(member.key, key, length) == 0) {
            return static_cast<int32_t>(member.node);
        }
    }
    return guarded(C_SLUICE_NO_MEMORY, [&] { return add_member(*table, parent, key, length); });
}

int32_t c_sluice_table_element(c_sluice_table *table, int32_t parent) {
    if (table->nodes[parent].element >= 0) return table->nodes[parent].element;
    if (table->nodes[parent].levels >= C_SLUICE_MAX_ARRAY_LEVELS) return no_node;
    int32_t node = guarded(C_SLUICE_NO_MEMORY, [&] { return add_node(*table, parent, table->nodes[parent].levels + 1u); });
    if (node >= 0) table->nodes[parent].element = node;
    return node;
}

bool c_sluice_table_capture(c_sluice_table *table, int32_t node, uint16_t path, uint32_t flags) {
    bool has_room = table->is_discriminator.size() > path || guarded(false, [&] {
        return table->is_discriminator.resize(path + 1u), true;
    });
    if (!has_room) return false;
    table->nodes[node].path = path;
    if ((flags & C_SLUICE_CONTAINERS) != 0) table->nodes[node].containers = true;
    table->is_discriminator[path] = (flags & C_SLUICE_DISCRIMINATOR) != 0;
    return true;
}

bool c_sluice_table_add_marker(c_sluice_table *table, const uint8_t *bytes, size_t length) {
    bool is_added = guarded(false, [&] {
        return table->markers.all.emplace_back(reinterpret_cast<const char *>(bytes), length), true;
    });
    if (is_added) table->markers.lengths |= sluice::length_bit(length);
    return is_added;
}

}  // extern "C"
