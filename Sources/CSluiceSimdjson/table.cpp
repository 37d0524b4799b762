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
    member.child = nullptr;
    member.ordinal = static_cast<uint32_t>(table.nodes[parent].members.size());
    member.next = sluice::no_member;
    table.nodes[parent].members.push_back(member);
    return node;
}

}  // namespace

// A few hundred factors at most: with four slots a member, the first ones usually do.
void sluice::Node::hash_members() {
    constexpr size_t most_tries = 256;
    if (members.empty()) return;
    uint8_t bits = 2;
    while ((size_t{1} << bits) < members.size() * 4) bits++;
    shift = static_cast<uint8_t>(64 - bits);
    factor = 0x9E3779B97F4A7C15;
    for (size_t tries = 0; tries < most_tries && !is_hashed; tries++) {
        factor = (factor * 0xD1342543DE82EF95 + 2) | 1;
        slots.assign(size_t{1} << bits, Slot{});
        is_hashed = std::all_of(members.begin(), members.end(), [&](Member &member) {
            Slot &slot = slots[slot_of(member.head, member.key_length)];
            bool is_same = slot.head == member.head && slot.key_length == member.key_length;
            if (slot.member != no_member && !is_same) return false;
            member.next = slot.member;
            slot = {member.head, member.key_length, member.ordinal};
            return true;
        });
    }
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

bool c_sluice_table_finish(c_sluice_table *table) {
    return guarded(false, [&] {
        for (Node &node : table->nodes) {
            node.hash_members();
            for (Member &member : node.members) member.child = &table->nodes[member.node];
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
