// Decoding short strings with simple escapes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

// Decodes the string [p, p + length) to `out`, and returns the end of the output; null if it has escapes other than those of one
// letter, or invalid ones. May read and write up to `near_reach` bytes beyond the string (simple_escapes.hpp).
using Unescape = uint8_t *(const uint8_t *p, size_t length, uint8_t *out);

// The variant for this processor.
Unescape *unescape_variant();

}  // namespace sluice
