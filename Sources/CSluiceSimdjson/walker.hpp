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

namespace sluice {

// An object or array that is open, and in the table.
struct Level {
    const Node *node;
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
    Walker(Text text, const c_sluice_table &table, c_sluice_limits limits, CaptureList &captures, Levels &levels,
           std::vector<uint64_t> &nesting)
        : text_(text), bytes_(text.base()), end_(text.end()), table_(table), limits_(limits), captures_(captures),
          levels_(levels.data()), nesting_(nesting.data()) {}

    // Walks the payload with the index index[0..<count); changes the entry after it meanwhile. Returns a status.
    int32_t run(uint32_t *index, uint32_t count);

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

    Place walk(Place at);
    Place capture_string(Place at, const Node &node);
    Place capture_literal(Place at, const Node &node);
    Place skip_scalar(Place at);
    Place skip_value(Place at);
    Place skip_literal(Place at);
    Place skip_container(Place at);
    Place skip_nested(Place at);
    Place skip_key(Place at);
    bool add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length);
    int32_t run_object(uint32_t *index, uint32_t count);
    const Member *find_member(const Node &node, const uint8_t *key, size_t length);
    const Member *find_any_member(const Node &node, const uint8_t *key, size_t length);
    void begin_member(Level &level, uint32_t ordinal);
    void drop_dead();

    Text text_;
    const uint8_t *bytes_;        // what the index's entries are offsets from
    const uint8_t *end_;
    const c_sluice_table &table_;
    c_sluice_limits limits_;
    CaptureList &captures_;
    Level *levels_;
    uint64_t *nesting_;
    uint32_t depth_ = 0;
    uint32_t positions_[C_SLUICE_MAX_ARRAY_LEVELS] = {0, 0, 0};
    int32_t status_ = C_SLUICE_OK;
    uint32_t error_offset_ = 0;
    bool has_dead_ = false;
};

}  // namespace sluice
