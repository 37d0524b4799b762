// Comparing an event with a form, by the widest vectors that the machine has.
#pragma once

#include "skeletons.hpp"

namespace sluice {

struct Kernel {
    // If [p, end) begins with an event of this form, fills `found` and returns the event's end; else null, or `ran_out`.
    // Settled values of the form may change, whether it matches or not.
    const uint8_t *(*match)(Form &form, const uint8_t *p, const uint8_t *end, Found *found);

    // Takes events of this form out of `run`, as many as there are; returns what `match` said of the one behind them.
    const uint8_t *(*match_all)(Form &form, Run &run);
};

// The variant for this processor.
const Kernel &kernel();

}  // namespace sluice
