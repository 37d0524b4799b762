// Comparing bytes with those of a shape or a form, by vectors.
#pragma once

#include "shapes.hpp"
#include "skeletons.hpp"

namespace sluice {

struct Kernel {
    // Whether the payload at `bytes`, whose index this is, has the segments of a shape, and numbers in its numeric holes.
    bool (*has_segments)(const Segment *segment, const Segment *end, const uint8_t *literals, const uint8_t *bytes,
                         const uint32_t *index);

    // If [p, end) begins with an event of this form, fills `found` and returns the event's end; else null, or `ran_out`.
    // Settled values of the form may change, whether it matches or not.
    const uint8_t *(*match)(Form &form, const uint8_t *p, const uint8_t *end, Found *found);

    // Takes events of this form out of `run`, as many as there are; returns what `match` said of the one behind them.
    const uint8_t *(*match_all)(Form &form, Run &run);
    // The same where lines of ids may stand before the events.
    const uint8_t *(*match_all_behind_ids)(Form &form, Run &run);

    // The same two where simdjson has indexed the bytes; nothing runs out, but tokens may be too few. The first, of the
    // event at `run.next`, sets `run.tokens.behind`.
    const uint8_t *(*match_tokens)(Form &form, Run &run, Found *found);
    const uint8_t *(*match_all_tokens)(Form &form, Run &run);

    // Decodes the string [p, p + length) to `out`, and returns what is behind it there; null where it has other escapes than
    // those of one letter, or malformed ones. May read, and write, `near_reach` bytes more than there are.
    uint8_t *(*unescape)(const uint8_t *p, size_t length, uint8_t *out);
};

// The variant for this processor.
const Kernel &kernel();

}  // namespace sluice
