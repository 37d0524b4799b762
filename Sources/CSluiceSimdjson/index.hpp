// What simdjson's stage 1 says of bytes: where each token begins, a bracket, colon, comma, string or other scalar.
#pragma once

#include <cstdint>

namespace sluice {

// The index of one payload: entries[0..<count), each an offset from `base`; entries[count] may be written to.
struct Index {
    const uint8_t *base;
    uint32_t *entries;
    uint32_t count;
};

}  // namespace sluice
