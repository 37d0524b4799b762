// What simdjson's stage 1 says of bytes: where each token begins, a bracket, colon, comma, string or other scalar.
#pragma once

#include <cstdint>

#include "scalars.hpp"

namespace sluice {

// The index of one payload: entries[0..<count), each an offset from `base`; entries[count] may be written to.
struct Index {
    const uint8_t *base;
    uint32_t *entries;
    uint32_t count;
};

inline const uint8_t *without_space(const uint8_t *end) {
    while (is_space(end[-1])) end--;
    return end;
}

// The end of the string or scalar at `at`, without white space. Not for brackets, colons and commas, after which the index may
// have ended.
SLUICE_INLINE const uint8_t *token_end(const uint8_t *base, const uint32_t *at) {
    const uint8_t *end = base + at[1];
    return __builtin_expect(is_space(end[-1]), 0) ? without_space(end) : end;
}

}  // namespace sluice
