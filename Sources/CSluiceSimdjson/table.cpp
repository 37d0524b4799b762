#include "table.hpp"

#include <algorithm>
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
    if (node.depth > C_SLUICE_MAX_PATH_DEPTH) return no_node;
    table.nodes.push_back(node);
    return static_cast<int32_t>(table.nodes.size() - 1);
}

int32_t add_member(c_sluice_table &table, int32_t parent, const uint8_t *key, size_t length) {
    if (table.nodes[parent].members.size() >= C_SLUICE_MAX_MEMBERS) return no_node;
    Member member{std::string(reinterpret_cast<const char *>(key), length), 0};
    table.nodes[parent].members.reserve(table.nodes[parent].members.size() + 1);
    int32_t node = add_node(table, parent, table.nodes[parent].levels);
    if (node < 0) return node;
    member.node = static_cast<uint32_t>(node);
    table.nodes[parent].members.push_back(std::move(member));
    return node;
}

// Numbers the node and those below it; returns the next number. As deep as a path is long.
uint32_t number_nodes(c_sluice_table &table, uint32_t number, uint32_t next) {
    Node &node = table.nodes[number];
    node.first = next++;
    for (const Member &member : node.members) next = number_nodes(table, member.node, next);
    if (node.element >= 0) next = number_nodes(table, static_cast<uint32_t>(node.element), next);
    node.last = next - 1;
    if (node.path != sluice::no_path) table.places[node.path] = node.first;
    return next;
}

}  // namespace

// A few hundred factors at most: with four slots a member, the first ones usually do.
void sluice::Node::hash_members() {
    constexpr size_t most_tries = 256;
    size_t count = 4;
    while (count < members.size() * 4) count *= 2;
    factor = 0x9E3779B97F4A7C15;
    for (size_t tries = 0; tries < most_tries && !is_hashed; tries++) {
        factor = (factor * 0xD1342543DE82EF95 + 2) | 1;
        mask = count - 1;
        slots.assign(count, Slot{});
        is_hashed = std::all_of(all.begin(), all.end(), [&](const Slot &member) {
            Slot &slot = slots[slot_of(member.head, member.key_length)];
            bool is_same = slot.head == member.head && slot.key_length == member.key_length;
            if (slot.child != nullptr && !is_same) return false;
            bool is_shared = slot.child != nullptr;
            slot = member;
            slot.is_shared = is_shared;
            return true;
        });
    }
    if (is_hashed) return;
    mask = 0;
    slots.assign(1, Slot{});
}

const sluice::Slot *sluice::Node::find_unusual(const uint8_t *key, size_t length, const uint8_t *end) const {
    const bool has_escape = has_backslash(key, length, end);
    for (size_t i = 0; i < members.size(); i++) {
        const std::string &name = members[i].key;
        auto *bytes = reinterpret_cast<const uint8_t *>(name.data());
        bool is_same = name.size() == length && std::memcmp(bytes, key, length) == 0;
        if (is_same || (has_escape && c_sluice_string_equals(key, length, true, bytes, name.size()))) return &all[i];
    }
    return nullptr;
}

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
        if (member.key.size() == length && std::memcmp(member.key.data(), key, length) == 0) {
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

bool c_sluice_table_finish(c_sluice_table *table) {
    return guarded(false, [&] {
        table->places.resize(table->is_discriminator.size());
        number_nodes(*table, 0, 0);
        for (Node &node : table->nodes) {
            c_sluice_capture capture{};
            capture.path = node.path;
            capture.levels = node.levels;
            std::memcpy(&node.tag, &capture.path, sizeof node.tag);
            for (const Member &member : node.members) {
                sluice::Slot slot;
                auto *key = reinterpret_cast<const uint8_t *>(member.key.data());
                slot.head = sluice::key_head(key, member.key.size(), key + member.key.size());
                if (member.key.size() > 8) slot.tail = sluice::word_at(key + member.key.size() - 8);
                slot.child = &table->nodes[member.node];
                slot.key_length = static_cast<uint32_t>(member.key.size());
                slot.ordinal = static_cast<uint16_t>(node.all.size());
                node.all.push_back(slot);
            }
            node.hash_members();
        }
        return true;
    });
}

bool c_sluice_table_add_marker(c_sluice_table *table, const uint8_t *bytes, size_t length) {
    bool is_added = guarded(false, [&] {
        return table->markers.all.emplace_back(reinterpret_cast<const char *>(bytes), length), true;
    });
    if (is_added) table->markers.lengths |= sluice::length_bit(length);
    return is_added;
}

}  // extern "C"
