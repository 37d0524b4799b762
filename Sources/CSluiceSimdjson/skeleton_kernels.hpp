// Comparing an event with a form, by the widest vectors that the machine has.
#pragma once

#include "skeletons.hpp"

namespace sluice {

// The variant for this processor.
Matcher *kernel();

}  // namespace sluice
