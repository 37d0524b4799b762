// Vectorised comparison of bytes with those of a shape or a form.
#pragma once

#include "shapes.hpp"
#include "skeletons.hpp"

namespace sluice {

struct Kernel {
    // Whether the payload at `bytes` with this index has the segments of a shape, and numbers in its number slots.
    bool (*has_segments)(const Segment *segment, const Segment *end, const uint8_t *literals, const uint8_t *bytes,
                         const uint32_t *index);

    // If [p, end) begins with an event of this form, fills `found` and returns the event's end; else null, or `ran_out`.
    // Pinned values of the form may be patched, whether it matches or not.
    const uint8_t *(*match)(Form &form, const uint8_t *p, const uint8_t *end, Found *found);

    // Takes the following events of `run` while they have this form; returns the result of `match` for the next one.
    const uint8_t *(*match_all)(Form &form, Run &run);
    // The same, with id lines before the events.
    const uint8_t *(*match_all_behind_ids)(Form &form, Run &run);

    // The same two along simdjson's index; nothing runs out, but there may be too few tokens. The first sets
    // `run.tokens.behind` for the event at `run.next`.
    const uint8_t *(*match_tokens)(Form &form, Run &run, Found *found);
    const uint8_t *(*match_all_tokens)(Form &form, Run &run);

    // Decodes the string [p, p + length) to `out`, and returns the end of the output; null if it has escapes other than
    // those of one letter, or invalid ones. May read and write up to `near_reach` bytes beyond the string.
    uint8_t *(*unescape)(const uint8_t *p, size_t length, uint8_t *out);
};

// The variant for this processor.
const Kernel &kernel();

}  // namespace sluice
