// Vectorised comparison of bytes with those of a form.
#pragma once

#include "event_template.hpp"

namespace sluice {

struct Kernel {
    // If [p, end) begins with an event of this form, fills `found` and returns the event's end; else null, or `ran_out`.
    // Pinned values of the form may be patched, whether it matches or not.
    const uint8_t *(*match)(Form &form, const uint8_t *p, const uint8_t *end, Found *found);

    // Takes the following events of `run` while they have this form; returns the result of `match` for the next one.
    const uint8_t *(*match_all)(Form &form, Run &run);
    // The same, with id lines before the events.
    const uint8_t *(*match_all_behind_ids)(Form &form, Run &run);
};

// One file an instruction set.
const Kernel &sse2_kernel();
const Kernel &avx2_kernel();
const Kernel &portable_kernel();

// The variant for this processor.
const Kernel &kernel();

}  // namespace sluice
