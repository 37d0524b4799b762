// What an event is expected to look like: the bytes of one that was walked, and between them the strings and numbers that
// differ.
//
//     {"id":"x1","choices":[{"index":0,"delta":{"content":"Hi"}}]}
//     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^  ^^^^^    compared; the index says where the values are
//
// Nothing is searched. Bytes that are equal, from the beginning of a token on, are the same tokens; simdjson has checked the
// strings; and numbers are checked here. So the values are those that a walk would capture. Strings and numbers that the program
// does not read are compared too until they differ. Members that no path leads into may be missing, or come in addition.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "index.hpp"
#include "program.hpp"
#include "walker.hpp"

namespace sluice {

class ExpectedEvent {
public:
    static constexpr size_t most_captures = 24;
    struct Value { const uint8_t *begin, *end; };
    // The captured strings and numbers, by capture; and one more.
    using Values = std::array<Value, most_captures + 1>;

    // Whether the payload looks like this; stores its captured values, or else adds the number of compared bytes to `compared`.
    // Reads only payload[0..<available).
    bool is_at(const Text &payload, size_t available, const Index &index, Values &values, size_t &compared) const;
    // The same if members that no path leads into may differ, be missing, or come in addition.
    bool is_like(Walker &walker, const Text &payload, size_t available, const Index &index, Values &values,
                 size_t &compared) const;

    // What learning needs: a payload that was walked, its captures, and its program.
    struct Lesson {
        const c_sluice_table &table;
        Text payload;
        const Index &index;
        const CaptureList &captures;
        const Program &program;
    };
    // Learns from a payload. `before` is what was expected of payloads with this program: of the values that the program does not
    // read, those that differ from it are not compared any more, unless such values `last` for several events. False if the
    // payload cannot be expected again. May throw.
    bool learn(const Lesson &lesson, const ExpectedEvent &before, bool last);

    void swap(ExpectedEvent &other) { std::swap(*this, other); }
    bool is_empty() const { return steps_.empty(); }
    // Then no payload looks like this.
    void clear();
    bool is_within(const c_sluice_limits &limits) const {
        return depth_ <= limits.max_depth && captures_ <= limits.max_captures;
    }
    bool is_string(size_t capture) const { return (strings_ >> capture & 1) != 0; }

private:
    using Place = const uint32_t *;
    enum class Kind : uint8_t { none, string, number, compared };

    // In place of a capture.
    static constexpr uint8_t other = most_captures;

    // Bytes that are compared, and the value behind them, if there is one.
    struct Piece {
        uint16_t first = 0;           // the entry of the index where they begin
        uint16_t next = 0;            // that of the value, or of what follows
        uint16_t distance = 0;        // of the two, in bytes
        uint16_t length = 0;          // of these bytes; with the quote before a string
        Kind kind = Kind::none;
        uint8_t has_value = 0;        // 1: there is one
        bool is_optional = false;     // this is a member that no path leads into
        uint8_t capture = other;      // that the value is
        uint16_t compared_length = 0; // of the bytes that the value has to be, which follow
        uint16_t depth = 0;           // open brackets before the first of these bytes
        uint32_t offset = 0;          // of these bytes, in `bytes_`
        uint32_t behind = 0;          // a bit for each byte up to the 32nd that is not one of them
        const Node *node = nullptr;   // of the object in which the first of these bytes are; null for any other
    };
    // Pieces up to a value, in one: those of `pieces_` before `end`.
    struct Step {
        Piece all;
        size_t end;
    };
    // A string or number that the program does not read.
    struct Other {
        uint16_t entry;               // of the index
        bool differs;                 // it is not compared
        uint32_t offset, length;      // of its bytes, in `values_`
    };
    // What is compared with this.
    struct Reading {
        Walker &walker;
        const Text &payload;
        const Index &index;
        const uint8_t *base;
        Place last;                   // the last entry
        const uint8_t *last_near;     // up to here a piece can be compared at once
    };
    class Learner;

    static const uint8_t *last_near(const Text &payload, size_t available);
    bool read_value(const Piece &piece, const uint8_t *base, Place at, Values &values) const;
    bool is_compared(const Piece &piece, const uint8_t *begin, const uint8_t *end) const;
    bool fits(const Piece &piece, const Reading &reading, Place tokens) const;
    bool ends(const Reading &reading, Place tokens) const;
    Place resume(const Piece &piece, const Reading &reading, Place tokens) const;

    std::vector<Step> steps_;
    std::vector<Piece> pieces_;
    Piece end_;                       // the bytes after the last value
    std::vector<uint8_t> bytes_;      // of all pieces
    std::vector<Other> others_;
    std::vector<uint8_t> values_;     // of those
    uint32_t strings_ = 0;            // a bit for each capture that is a string
    uint32_t numbers_ = 0;
    uint32_t depth_ = 0;
    uint32_t captures_ = 0;
};

// The values of an event that looks as expected, by the captures that a walk would find.
struct ExpectedValues {
    const ExpectedEvent &event;
    const ExpectedEvent::Values &values;
    const uint8_t *end;   // of what is readable

    SLUICE_INLINE Found operator[](size_t capture) const {
        const ExpectedEvent::Value &value = values[capture];
        const size_t length = static_cast<size_t>(value.end - value.begin);
        bool is_escaped = event.is_string(capture) && has_backslash(value.begin, length, end);
        return {value.begin, value.end, is_escaped};
    }
};

}  // namespace sluice
