// Matching eight bytes in a 64-bit word: the whole of the portable version, and the short ends of the others.
//
// A word of flags has 0x80 in each matching byte and 0 in the rest. The test for a zero byte is the exact one: adding
// 0x7F to seven bits never carries into the next byte, so no byte is flagged because of its neighbour.

#ifndef C_SLUICE_SCAN_WORDS_H
#define C_SLUICE_SCAN_WORDS_H

#include "scan_kinds.h"

#define SCAN_EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

// First byte lowest, on any machine; compilers make one load of it.
SCAN_INLINE uint64_t scan_load_word(const uint8_t *bytes) {
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24
           | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 | (uint64_t)bytes[6] << 48
           | (uint64_t)bytes[7] << 56;
}

// The high bit of each byte: 0 where `word` has `value`, 1 elsewhere. The other bits are noise.
SCAN_INLINE uint64_t scan_differs(uint64_t word, uint8_t value) {
    uint64_t rest = word ^ SCAN_EACH_BYTE(value);
    return ((rest & SCAN_EACH_BYTE(0x7F)) + SCAN_EACH_BYTE(0x7F)) | rest;
}

SCAN_INLINE uint64_t scan_word_flags(scan_kind kind, uint64_t word) {
    uint64_t differs = SCAN_EACH_BYTE(0xFF);
    if (kind == BRACKETS) {
        uint64_t folded = word | SCAN_EACH_BYTE(0x20);
        differs = scan_differs(folded, '{') & scan_differs(folded, '}') & scan_differs(word, '"')
                  & scan_differs(word, '\\');
    } else {
        differs = scan_differs(word, '\n');
        if (kind == LINE_ENDS) differs &= scan_differs(word, '\r');
    }
    return ~differs & SCAN_EACH_BYTE(0x80);
}

// One bit a byte: the factor moves the flag of byte i to bit 56 + i, and no two products meet there.
SCAN_INLINE uint64_t scan_word_mask(uint64_t flags) {
    return (flags * 0x0002040810204081u) >> 56;
}

// The mask of 1 to 63 bytes. The last word overlaps the one before instead of reaching beyond the end.
SCAN_INLINE uint64_t scan_short_mask(scan_kind kind, const uint8_t *bytes, size_t length) {
    uint64_t mask = 0;
    if (length < 8) {
        for (size_t index = 0; index < length; index++) {
            mask |= (uint64_t)scan_matches_byte(kind, bytes[index]) << index;
        }
        return mask;
    }
    size_t last = length - 8;
    for (size_t index = 0; index < last; index += 8) {
        mask |= scan_word_mask(scan_word_flags(kind, scan_load_word(bytes + index))) << index;
    }
    return mask | scan_word_mask(scan_word_flags(kind, scan_load_word(bytes + last))) << last;
}

#endif
