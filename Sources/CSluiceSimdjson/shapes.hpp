// Payloads of one stream repeat their shape: the same keys, brackets and literals, around other strings and numbers. A
// shape remembers one walk, so that the next payload of the same shape need not be walked again.
//
//     {"id":"…","n":…,"usage":null,"delta":{"content":"…"}}
//     ^^^^^^^ ^^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ^^^     segments: compared byte for byte
//            1       2                               3        holes: strings and numbers
//
// Why a match means what a walk would have found. Both payloads went through simdjson's stage 1, so each entry of the
// index starts a token outside of strings, and quotes pair up. Let the counts of entries be equal, and let each segment,
// which runs from the entry behind one hole to the entry of the next hole (with its first byte, if that is a quote), be
// equal to the remembered one in length and bytes. Then the tokens in it are the same, one by one, for outside of strings
// the bytes alone decide where tokens start; a string hole is one string, since its quote is in the segment and the next
// entry is the segment's first; and a number hole is checked to be a number in full. So the sequence of tokens differs
// from the remembered one in the values of holes only, the walk would have taken the same steps, and it would have added
// the same captures, with the holes' new places.
//
// Strings at discriminators (the paths whose values a format's conditions ask for) are no holes but part of the segments.
#pragma once

#include <cstdint>
#include <vector>

#include "scalars.hpp"
#include "table.hpp"

namespace sluice {

struct Kernel;

// A payload kept to be compared with the next of its shape.
struct Sample {
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> index;   // offsets in `bytes`; one entry more than the payload has, its length

    void keep(Text text, const uint32_t *index, uint32_t count);
    bool has_value(uint32_t entry, const uint8_t *value, uint32_t length) const;
};

// Constant bytes of a shape, up to a hole.
struct Segment {
    uint32_t first;      // entry of the index at which it starts
    uint32_t last;       // entry at which it ends: the next hole, or the payload's last bracket
    uint32_t literal;    // offset in the shape's literals
    uint32_t length;
    bool number_follows; // the hole behind it is a number, of which the segment has no byte
};

class Shape {
public:
    // Whether this shape is one of payloads with `count` entries, read with the table of that number.
    bool is_of(uint64_t table, uint32_t count) const { return table_ == table && count_ == count; }

    // Tells this shape from every other that the parser has learnt.
    uint32_t number() const { return number_; }

    // Brackets open at once.
    uint32_t depth() const { return depth_; }

    // Remembers the walk of a payload; false if its shape is too large, or has a whole object or array captured.
    // With another payload of the same shape as `sample`, the values that both have in common are no holes.
    bool learn(const c_sluice_table &table, uint32_t number, Text text, const uint32_t *index, uint32_t count,
               const CaptureList &captures, const Sample *sample = nullptr);

    // If the payload has this shape, writes its captures and returns true.
    bool match(const Kernel &kernel, Text text, const uint32_t *index, CaptureList &captures) const;

    // Whether a payload that missed should be learnt: often at first, then ever more seldom, until there is a match.
    bool wants_learning() {
        misses_++;
        return (misses_ & (misses_ - 1)) == 0;
    }
    void forget_misses() { misses_ = 0; }

    void clear() {
        count_ = 0;
        misses_ = 0;
    }

private:
    // A captured value. In a hole it is measured anew in each payload; in a segment its bytes are those remembered.
    struct Known {
        c_sluice_capture capture;  // `offset` holds the entry of the index instead
        bool is_hole;
    };

    bool add_segment(const uint8_t *bytes, const uint32_t *index, uint32_t first, uint32_t last, bool number_follows);
    bool write(Text text, const uint32_t *index, CaptureList &captures) const;

    uint64_t table_ = 0;
    uint32_t count_ = 0;
    uint32_t number_ = 0;
    uint32_t depth_ = 0;
    uint32_t misses_ = 0;
    std::vector<Segment> segments_;
    std::vector<uint8_t> literals_;
    std::vector<Known> captures_;
};

// What is known of payloads with one number of entries: the shape with all its holes, and a narrower one, in which what
// one stream repeats from event to event (id, model, time) is part of the segments. The narrow one is tried first and
// learnt anew when a stream with other values comes.
class ShapePair {
public:
    bool match(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
               uint32_t max_depth, CaptureList &captures);

    // A payload was walked: maybe remembers its shape, under the next number.
    void walked(const c_sluice_table &table, uint32_t &numbers, Text text, const uint32_t *index, uint32_t count,
                const CaptureList &captures);

    uint32_t number() const { return wide_.number(); }

private:
    bool match_wide(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
                    CaptureList &captures);
    void narrow(const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
                const CaptureList &captures);

    Shape wide_;
    Shape narrow_;
    Sample sample_;
    bool has_sample_ = false;
};

}  // namespace sluice
