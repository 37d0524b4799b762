// Eight bytes as a number.
#pragma once

#include <cstdint>
#include <cstring>

namespace sluice {

inline uint64_t word_at(const uint8_t *p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    return word;
}

}  // namespace sluice
