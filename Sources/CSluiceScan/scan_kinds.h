// The three kinds of match, for every version.
//
// Vectors look a byte up by its low nibble, 16 entries a table, which one shuffle instruction does:
//
//     match(b)  =  (b | fold[b & 15]) == want[b & 15]
//
// This takes one comparison for a whole set, provided that the wanted bytes of one low nibble differ in one bit at
// most: 0x0A and 0x0D have a nibble each; { and [ share B, } and ] share D, and both pairs differ in 0x20, which fold
// sets before the comparison. A nibble without a wanted byte wants 0, which has another nibble and so never equals;
// nibble 0 itself wants 0xFF. The x86 shuffle yields 0 for bytes from 0x80 on, and they never equal 0 either.

#ifndef C_SLUICE_SCAN_KINDS_H
#define C_SLUICE_SCAN_KINDS_H

#include <stddef.h>
#include <stdint.h>

typedef enum { LINE_ENDS, LINE_FEEDS, BRACKETS } scan_kind;

#define SCAN_WANT_LINE_ENDS 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0A, 0, 0, 0x0D, 0, 0
#define SCAN_WANT_BRACKETS 0xFF, 0, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x5C, 0x7D, 0, 0
#define SCAN_FOLD_BRACKETS 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0x20, 0, 0

#define SCAN_INLINE static inline __attribute__((always_inline, unused))

// Before a short loop of fixed length: the blocks of a group must stay in registers, and a rolled loop puts them in
// memory.
#if defined(__clang__)
#define SCAN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SCAN_UNROLL _Pragma("GCC unroll 8")
#endif

// The number of zero bits below the lowest one, 64 for zero: one instruction with BMI and on aarch64.
SCAN_INLINE unsigned scan_trailing_zeros(uint64_t mask) {
    return mask == 0 ? 64 : (unsigned)__builtin_ctzll(mask);
}

SCAN_INLINE int scan_matches_byte(scan_kind kind, uint8_t byte) {
    switch (kind) {
    case LINE_ENDS:
        return byte == '\n' || byte == '\r';
    case LINE_FEEDS:
        return byte == '\n';
    default:
        return (byte | 0x20) == '{' || (byte | 0x20) == '}' || byte == '"' || byte == '\\';
    }
}

#endif
