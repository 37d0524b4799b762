// The compiled path table: a trie whose nodes find their members by the first eight key bytes and the key's length.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "CSluiceSimdjson.h"
#include "scalars.hpp"
#include "words.hpp"

namespace sluice {

inline constexpr uint16_t no_path = 0xFFFF;

// The result of `body`, or `failed` if an allocation fails: no exception leaves a function that C or Swift calls.
template <class Value, class Body>
Value guarded(Value failed, Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return failed;
    }
}

// A payload, and its offset in the base of its index: entries minus `origin` are offsets in the payload.
struct Text {
    const uint8_t *bytes;
    size_t length;
    size_t origin;

    const uint8_t *base() const { return bytes - origin; }
    const uint8_t *end() const { return bytes + length; }
    uint32_t offset(const uint8_t *place) const { return static_cast<uint32_t>(place - bytes); }
};

// The captures of one payload; the memory is reused for the next.
class CaptureList {
public:
    CaptureList() = default;
    CaptureList(const CaptureList &) = delete;
    CaptureList &operator=(const CaptureList &) = delete;
    ~CaptureList() { std::free(items_); }

    uint32_t size() const { return count_; }
    const c_sluice_capture *begin() const { return items_; }
    const c_sluice_capture *end() const { return items_ + count_; }
    c_sluice_capture &operator[](size_t i) { return items_[i]; }
    const c_sluice_capture &operator[](size_t i) const { return items_[i]; }
    void clear() { count_ = 0; }
    bool is_full() const { return count_ == capacity_; }
    void shrink(uint32_t count) { count_ = count; }

    // Reserves memory for `count` captures; false if the allocation fails.
    bool reserve(uint32_t count) {
        if (count <= capacity_) return true;
        uint32_t capacity = capacity_ < 64 ? 64 : capacity_;
        while (capacity < count) capacity *= 2;
        void *grown = std::realloc(items_, capacity * sizeof(c_sluice_capture));
        if (grown == nullptr) return false;
        items_ = static_cast<c_sluice_capture *>(grown);
        capacity_ = capacity;
        return true;
    }

    // The address of the next capture, for which memory is reserved.
    c_sluice_capture &add() { return items_[count_++]; }

private:
    c_sluice_capture *items_ = nullptr;
    uint32_t count_ = 0;
    uint32_t capacity_ = 0;
};

struct Node;

struct Member {
    std::string key;
    uint32_t node;        // of its value
};

// A place in the hash table of a node: the member whose key has this head and length.
struct Slot {
    uint64_t head = 0;                  // the key's first eight bytes, zero-filled
    uint64_t tail = 0;                  // its last eight, of a longer key
    const Node *child = nullptr;        // of its value
    uint32_t key_length = UINT32_MAX;   // more than any key's: no member
    uint16_t ordinal = 0;               // among the members of its node
    bool is_shared = false;             // other members have the same head and length
};

// A node of the trie. Its members are found by a hash of their keys' heads and lengths, with a factor for which no two of those
// collide; without such a factor, one by one.
struct Node {
    std::vector<Member> members;
    std::vector<Slot> slots;       // a power of two of them, 256 at most
    std::vector<Slot> all;         // one for each member
    uint64_t factor = 0;
    uint64_t mask = 0;
    uint64_t tag = 0;              // of captures of this node: their path and levels, where c_sluice_capture has them
    bool is_hashed = false;
    bool containers = false;
    uint8_t levels = 0;            // arrays passed through on the way here
    uint8_t depth = 0;
    uint16_t path = no_path;
    uint32_t first = 0, last = 0;  // this node's place in the order of a depth-first walk, and that of the last node below it
    int32_t element = -1;

    static constexpr bool has_heads = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

    // The member with this key; null if there is none. Reads past the key only inside [key, end).
    const Slot *find(const uint8_t *key, size_t length, const uint8_t *end) const {
        return has_heads && end - key >= 8 ? find_near(key, length, end) : find_unusual(key, length, end);
    }

    // The same where a word can be read at the key. An unknown key may have escapes.
    SLUICE_INLINE const Slot *find_near(const uint8_t *key, size_t length, const uint8_t *end) const {
        static constexpr uint64_t masks[] = {0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF,
                                             0xFFFFFFFFFFFFFF, UINT64_MAX};
        const uint64_t head = word_at(key) & masks[length < 8 ? length : 8];
        const Slot &slot = slots.data()[slot_of(head, length)];
        if (slot.head == head && slot.key_length == length) {
            if (length <= 8) return &slot;
            bool is_same = word_at(key + length - 8) == slot.tail && length <= 16 && !slot.is_shared;
            return is_same ? &slot : find_unusual(key, length, end);
        }
        bool has_escape = has_byte(head, '\\');
        if (length > 8) has_escape |= length > 16 ? has_backslash(key, length, end) : has_byte(word_at(key + length - 8), '\\');
        return __builtin_expect(has_escape | !is_hashed, 0) ? find_unusual(key, length, end) : nullptr;
    }
    const Slot *find_unusual(const uint8_t *key, size_t length, const uint8_t *end) const;

    size_t slot_of(uint64_t head, size_t length) const { return ((head ^ uint64_t(length) << 57) * factor >> 56) & mask; }
    // Chooses the factor. May throw.
    void hash_members();
};

inline uint64_t length_bit(size_t length) {
    return uint64_t(1) << (length < 63 ? length : 63);
}

// The first eight bytes of key[0..<length), zero-filled. Reads past the key only inside [key, end).
inline uint64_t key_head(const uint8_t *key, size_t length, const uint8_t *end) {
    uint64_t head = 0;
    if (length >= 8) {
        std::memcpy(&head, key, 8);
        return head;
    }
    if (end - key >= 8) {
        std::memcpy(&head, key, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return length == 0 ? 0 : head & (~uint64_t(0) >> (64 - 8 * length));
#endif
    }
    head = 0;
    std::memcpy(&head, key, length);
    return head;
}

// The terminal markers of a format whose payloads are text.
struct Markers {
    uint64_t lengths = 0;
    std::vector<std::string> all;

    bool has(const uint8_t *p, size_t length) const {
        return (lengths & length_bit(length)) != 0 && std::any_of(all.begin(), all.end(), [&](const std::string &marker) {
            return marker.size() == length && std::memcmp(marker.data(), p, length) == 0;
        });
    }
};

}  // namespace sluice

struct c_sluice_table {
    uint64_t number = 0;           // unique in the process
    std::vector<sluice::Node> nodes;
    std::vector<uint32_t> places;  // by path: of the path's node, see `first` there
    std::vector<bool> is_discriminator;   // by path
    sluice::Markers markers;
};
