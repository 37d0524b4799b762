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

#include "index.hpp"
#include "scalars.hpp"
#include "table.hpp"

namespace sluice {

// An object or array of the table that is open.
struct Level {
    const Node *node;
    uint64_t seen;           // of an object, a bit for each member that came
    uint32_t container;      // the capture of the whole value, or `no_capture`
    uint32_t position;       // in an array, of the next element
    bool is_object;
    uint32_t begins[C_SLUICE_MAX_MEMBERS];   // of each member that came, the number of captures before it
};

using Levels = std::array<Level, C_SLUICE_MAX_PATH_DEPTH + 1>;

class Walker {
public:
    // Sets the table and the limits of the following payloads.
    void begin(const c_sluice_table &table, const c_sluice_limits &limits) {
        table_ = &table;
        max_depth_ = limits.max_depth;
        max_captures_ = limits.max_captures;
    }

    // Makes room for payloads of this depth. May throw.
    void reserve(size_t depth) {
        if (nesting_.size() < depth / 64 + 1) nesting_.resize(depth / 64 + 1);
    }

    // Drops what the last walk has found.
    void clear() {
        captures.clear();
        error_offset_ = 0;
    }

    // Walks the payload with the index index[0..<count); changes the entry after it meanwhile. Returns a status.
    int32_t run(Text text, uint32_t *index, uint32_t count);

    // Skips a member after a comma that is in no path; see walker.cpp.
    const uint32_t *skip_unknown(Text text, const Index &index, const uint32_t *at, const Node &node, uint32_t depth);

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

    const uint8_t *token_end(Place at) const { return sluice::token_end(bytes_, at); }

    Place fail(Place at, int32_t status = C_SLUICE_SYNTAX) {
        status_ = status;
        error_offset_ = static_cast<uint32_t>(*at - text_.origin);
        return nullptr;
    }

    int32_t walk_object(uint32_t *index, uint32_t count);
    Place walk(Place at);
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
    void set_position(uint32_t levels, uint32_t position);
    Place find_spaced(Place at, const Node &node, const Slot *&found);
    void begin_member(Level &level, const Slot &member);
    void drop(Level &level, const Slot &member);
    void drop_dead();

    Text text_;
    const uint8_t *bytes_;        // what the index's entries are offsets from
    const uint8_t *end_;
    const c_sluice_table *table_;
    uint32_t max_depth_;
    uint32_t max_captures_;
    std::vector<uint64_t> nesting_;   // a bit for each level that is skipped: whether it is an object
    uint32_t depth_;
    // The positions of captures, where c_sluice_capture has them: the first one in the upper half.
    uint64_t first_position_;
    uint64_t other_positions_;
    int32_t status_;
    uint32_t error_offset_ = 0;
    bool has_dead_ = false;
    Levels levels_;
};

}  // namespace sluice
