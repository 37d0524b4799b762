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

// The tokens that are left of many payloads, with whatever stands between them. Without a base where nothing was indexed.
struct Tokens {
    const uint8_t *base = nullptr;
    const uint32_t *next = nullptr;     // offsets from `base`
    const uint32_t *last = nullptr;
    const uint32_t *behind = nullptr;   // the event that matched last
    bool are_too_few = false;           // for one of the forms that were asked

    const uint8_t *at(const uint32_t *token) const { return base + *token; }
};

}  // namespace sluice
