// Token signatures ("shapes" in code). The payloads of one stream repeat the same keys, brackets and literals around different
// strings and numbers. A shape stores one walk, so that the next payload with the same signature need not be walked.
//
//     {"id":"…","n":…,"usage":null,"delta":{"content":"…"}}
//     ^^^^^^^ ^^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ^^^     segments: compared byte for byte
//            1       2                               3        holes: strings and numbers
//
// Why a match gives the result of a walk. Both payloads went through simdjson's stage 1, so each entry of the index starts a
// token outside of strings, and quotes pair. Let the counts of entries be equal, and let each segment, which extends from the
// entry after one slot ("hole" in code) to the entry of the next slot (with its first byte, if that is a quote), be equal to
// the stored one in length and bytes. Then the tokens in it are the same, one by one, because outside of strings the bytes
// alone determine where tokens start. A string slot is one string, since its quote is in the segment and the next entry is
// the segment's first. A number slot is checked to be a number. So the sequence of tokens differs from the stored one only in
// the values of slots; the walk would take the same steps, and add the same captures, at the slots' new positions.
//
// Strings at discriminators (paths whose values a format's conditions compare) are not slots but part of the segments.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scalars.hpp"
#include "table.hpp"

namespace sluice {

struct Kernel;

// A payload stored to be compared with the next of its shape.
struct Sample {
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> index;   // offsets in `bytes`; one entry more than the payload has, its length

    void keep(Text text, const uint32_t *index, uint32_t count);
    bool has_value(uint32_t entry, const uint8_t *value, uint32_t length) const;
};

// Constant bytes of a shape, up to a slot.
struct Segment {
    uint32_t first;      // entry of the index at which it starts
    uint32_t last;       // entry at which it ends: the next hole, or the payload's last bracket
    uint32_t literal;    // offset in the shape's literals
    uint32_t length;
    bool number_follows; // the slot after it is a number, of which the segment has no byte
};

class Shape {
public:
    // Whether this shape is one of payloads with `count` entries, read with the table of this number.
    bool is_of(uint64_t table, uint32_t count) const { return table_ == table && count_ == count; }

    // The unique number of this shape in its parser.
    uint32_t number() const { return number_; }

    // The maximum of brackets open at once.
    uint32_t depth() const { return depth_; }

    // Stores the walk of a payload; false if its shape is too large, or a whole object or array is captured. With another
    // payload of the same shape as `sample`, the values that both have in common are not slots.
    bool learn(const c_sluice_table &table, uint32_t number, Text text, const uint32_t *index, uint32_t count,
               const CaptureList &captures, const Sample *sample = nullptr);

    // If the payload has this shape, writes its captures and returns true.
    bool match(const Kernel &kernel, Text text, const uint32_t *index, CaptureList &captures) const;

    // Whether to learn a payload that did not match: often at first, then less and less often until there is a match.
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
    // A captured value. In a slot it is located in each payload; in a segment its bytes are the stored ones.
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

// The shapes of payloads with one number of entries: the shape with all slots, and a narrow one, in which the values that one
// stream repeats (id, model, time) are part of the segments. The narrow one is tried first, and learned again when a stream
// has other values.
class ShapePair {
public:
    bool match(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
               uint32_t max_depth, CaptureList &captures);

    // Stores the shape of a payload that was walked.
    void learn(const c_sluice_table &table, uint32_t number, Text text, const uint32_t *index, uint32_t count,
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

// The shapes of payloads with numbers of entries that share a place in the store: a stream has several kinds of events with
// the same number of tokens.
class ShapeSet {
public:
    // The pair that the payload matches, or null.
    const ShapePair *match(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index,
                           uint32_t count, uint32_t max_depth, CaptureList &captures) {
        // Where nothing matches, comparing is worth little: two payloads in sixteen, the first behind each that was learned.
        if (misses_ >= patience && misses_ % 16 > 1) return nullptr;
        // The last one first.
        for (uint32_t i = 0; i < pairs_.size(); i++) {
            ShapePair &pair = pairs_[last_ ^ i];
            if (!pair.match(kernel, table, text, index, count, max_depth, captures)) continue;
            misses_ = 0;
            last_ ^= i;
            return &pair;
        }
        return nullptr;
    }

    // As for a pair. Learns often at first, then less and less often until there is a match.
    void walked(const c_sluice_table &table, uint32_t &numbers, Text text, const uint32_t *index, uint32_t count,
                const CaptureList &captures) {
        misses_++;
        if ((misses_ & (misses_ - 1)) != 0) return;
        next_ = (next_ + 1) % pairs_.size();
        pairs_[next_].learn(table, ++numbers, text, index, count, captures);
    }

private:
    static constexpr uint32_t patience = 32;
    std::array<ShapePair, 4> pairs_;
    uint32_t misses_ = 0;
    uint32_t next_ = 0;   // the pair that was learned last
    uint32_t last_ = 0;   // the pair that matched last
};

}  // namespace sluice
