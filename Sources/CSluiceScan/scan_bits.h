// Writing the offsets of a mask's bits without vector compression: for every version but AVX-512.

#ifndef C_SLUICE_SCAN_BITS_H
#define C_SLUICE_SCAN_BITS_H

#include "scan_kinds.h"

// Writes `slots` offsets from the lowest bits up; past the last bit they are noise in free slots.
SCAN_INLINE uint64_t scan_write_lowest(uint64_t mask, uint32_t base, uint32_t *offsets, int slots) {
    SCAN_UNROLL
    for (int slot = 0; slot < slots; slot++) {
        offsets[slot] = base + scan_trailing_zeros(mask);
        mask &= mask - 1;
    }
    return mask;
}

// A block of text rarely holds more than 4 line ends; JSON has some 10 brackets and quotes in 64 bytes.
// Needs 64 free slots: steps of 4 and 8 end at a multiple of themselves.
SCAN_INLINE size_t scan_emit_bits(scan_kind kind, uint64_t mask, uint32_t base, uint32_t *offsets) {
    const int step = kind == BRACKETS ? 8 : 4;
    size_t count = (size_t)__builtin_popcountll(mask);
    mask = scan_write_lowest(mask, base, offsets, step);
    for (size_t written = (size_t)step; written < count; written += (size_t)step) {
        mask = scan_write_lowest(mask, base, offsets + written, step);
    }
    return count;
}

#endif
