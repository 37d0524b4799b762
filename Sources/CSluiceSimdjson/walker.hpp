// One walk over simdjson's structural index of one payload, along the path table.
//
// The index holds the offset of every bracket, colon, comma, string start and scalar start outside strings:
//
//     {"choices":[{"index":0,"delta":{"content":"Hi"}}]}
//     ^^        ^^^^      ^^^^      ^^^        ^^   ^^^^     (one entry each)
//
// so the end of a token is the start of the next, minus white space, and a string's closing quote is its token's last byte.
// Objects and arrays of the table are walked with a stack of levels (no deeper than the table); everything else is skipped by a
// loop with one bit a level, which checks the same grammar.
//
// No step checks whether the index has ended, because `run` ensures two things: the last entry is the closing bracket of the
// payload's object, so a string or scalar always has an entry after it (a bracket need not); and the entry after the last
// refers to the payload's first byte, an opening bracket, which the grammar does not allow where an object could end.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scalars.hpp"
#include "table.hpp"
#include "words.hpp"

namespace sluice {

// The member of an object that came at the same place last time: payloads repeat their keys in the same order, and the same bytes are
// the same key. Bytes are compared from the key's quote to its colon, which are three words that may overlap.
struct ExpectedMember {
    static constexpr uint32_t longest = 24;

    uint64_t words[3];
    uint64_t mask = 0;            // of a key that is shorter than a word
    uint32_t distance = 0;        // from the quote to the colon; 0 if there is none
    uint8_t second = 0, third = 0;   // offsets of the words
    const Member *member = nullptr;  // null: no path leads there

    // Whether the bytes at `quote`, of which at least a word is readable, are this key.
    bool is_at(const uint8_t *quote, uint32_t to_colon) const {
        if (to_colon != distance) return false;
        uint64_t differences = word_at(quote) ^ words[0];
        differences |= word_at(quote + second) ^ words[1];
        differences |= word_at(quote + third) ^ words[2];
        return (differences & mask) == 0;
    }
    void keep(const uint8_t *quote, uint32_t to_colon, const Member *found);
};

// The members that objects of one node had last time.
struct ExpectedObject {
    static constexpr size_t most_members = 12;

    const Node *node = nullptr;
    uint64_t table = 0;
    ExpectedMember members[most_members];
};

// An object or array of the table that is open.
struct Level {
    const Node *node;
    const Node *value;       // of the member that came last
    ExpectedMember *expected;   // the next member, and the last that may be expected
    ExpectedMember *last_expected;
    uint32_t container;      // the capture of the whole value, or `no_capture`
    uint32_t position;       // in an array, of the next element
    bool is_object;
    uint64_t seen;           // a bit for each member of an object that came
    uint32_t last;           // of those, the one that came last
    // The captures of each that came; the end is stored when the next one comes.
    struct { uint32_t begin, end; } captures[C_SLUICE_MAX_MEMBERS];
};

using Levels = std::array<Level, C_SLUICE_MAX_PATH_DEPTH + 1>;

class Walker {
public:
    // Walks the payload with the index index[0..<count); changes the entry after it meanwhile. Returns a status.
    // `nesting` has a bit for each level that the limits allow.
    int32_t run(Text text, const c_sluice_table &table, const c_sluice_limits &limits, uint32_t *index, uint32_t count,
                std::vector<uint64_t> &nesting);

    // The captures of the last walk, in document order; none if it failed.
    CaptureList captures;

    uint32_t error_offset() const { return error_offset_; }

    // Whether a key was repeated, and captures were dropped.
    bool has_repeated_keys() const { return has_dead_; }

private:
    static constexpr uint32_t no_capture = UINT32_MAX;

    // A position in the index. Walking functions take the position of a value and return the position after it, or null
    // after storing an error.
    using Place = const uint32_t *;

    uint8_t byte(Place at) const { return bytes_[*at]; }

    // The end of the string or scalar at `at`, without white space. Not for brackets, colons and commas, after which the
    // index may have ended.
    const uint8_t *token_end(Place at) const {
        const uint8_t *end = bytes_ + at[1];
        return __builtin_expect(is_space(end[-1]), 0) ? without_space(end) : end;
    }
    static const uint8_t *without_space(const uint8_t *end);

    Place fail(Place at, int32_t status = C_SLUICE_SYNTAX) {
        status_ = status;
        error_offset_ = *at - text_.origin;
        return nullptr;
    }

    int32_t walk_object(uint32_t *index, uint32_t count);
    Place walk(Place at);
    Place walk_members(Place at, Level &level);
    void expect(Level &level);
    Place capture_string(Place at, const Node &node);
    Place capture_literal(Place at, const Node &node);
    Place skip_value(Place at);
    Place skip_scalar(Place at);
    Place skip_literal(Place at);
    Place skip_container(Place at);
    Place skip_nested(Place at);
    Place skip_key(Place at);
    bool add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length);
    bool grow();
    const Member *find_member(const Node &node, const uint8_t *key, size_t length) const;
    const Member *find_same(const Node &node, uint32_t number, const uint8_t *key, size_t length) const;
    const Member *find_escaped(const Node &node, const uint8_t *key, size_t length) const;
    void begin_member(Level &level, uint32_t ordinal);
    void drop(Level &level, uint32_t ordinal);
    void drop_dead();

    Text text_;
    const uint8_t *bytes_;        // what the index's entries are offsets from
    const uint8_t *end_;
    const uint8_t *last_word_;    // the last position from which eight bytes of the payload can be read
    const c_sluice_table *table_;
    uint32_t max_depth_;
    uint32_t max_captures_;
    uint64_t *nesting_;
    uint32_t depth_;
    uint32_t positions_[C_SLUICE_MAX_ARRAY_LEVELS];
    int32_t status_;
    uint32_t error_offset_ = 0;
    bool has_dead_ = false;
    Levels levels_;
    std::array<ExpectedObject, 16> expected_;
};

}  // namespace sluice
