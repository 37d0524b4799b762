// What the kernels of all instruction sets share. Before it is included, TARGET is defined: the attribute that allows the
// instructions of one set, or nothing.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels.hpp"
#include "plain_event.hpp"
#include "program.hpp"
#include "utf8.hpp"

#define INLINE __attribute__((always_inline)) TARGET inline

namespace sluice {
namespace {

inline bool continues_number(uint8_t byte) {
    return is_digit(byte) || byte == '.' || byte == '-' || byte == '+' || (byte | 0x20) == 'e';
}

// The end of the number at `p`; null if it is invalid, and `ran_out` if it may continue after `end`.
inline const uint8_t *number_end(const uint8_t *p, const uint8_t *end) {
    const uint8_t *first = p;
    while (p < end && is_digit(*p)) p++;
    if (p == end) return ran_out;
    if (!continues_number(*p)) return p - first == 1 || (p > first && *first != '0') ? p : nullptr;
    while (p < end && continues_number(*p)) p++;
    if (p == end) return ran_out;
    return is_number(first, p) ? p : nullptr;
}

template <class Word>
inline bool same_ends(const uint8_t *left, const uint8_t *right, size_t length) {
    Word a, b, c, d;
    std::memcpy(&a, left, sizeof(Word));
    std::memcpy(&b, right, sizeof(Word));
    std::memcpy(&c, left + length - sizeof(Word), sizeof(Word));
    std::memcpy(&d, right + length - sizeof(Word), sizeof(Word));
    return ((a ^ b) | (c ^ d)) == 0;
}

inline bool same_below_16(const uint8_t *left, const uint8_t *right, size_t length) {
    if (length >= 8) return same_ends<uint64_t>(left, right, length);
    if (length >= 4) return same_ends<uint32_t>(left, right, length);
    for (size_t i = 0; i < length; i++) {
        if (left[i] != right[i]) return false;
    }
    return true;
}

// Bit masks of the bytes after a string's opening quote.
struct Classes {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t specials;      // below 0x20, or 0x80 and more: as signed numbers, below 0x20
};

// Clears the first `count` bits, of which there may be 64.
inline uint64_t shifted(uint64_t bits, size_t count) { return count < 64 ? bits >> count : 0; }

// The closing quote at or after `p`, inside a string, found byte by byte; null and `ran_out` as in `string_end`.
__attribute__((noinline)) const uint8_t *closing_quote(const uint8_t *p, const uint8_t *end, bool &is_ascii,
                                                       bool &is_escaped) {
    for (; p < end && *p != '"'; p++) {
        if (*p < 0x20) return nullptr;
        is_ascii = is_ascii && *p < 0x80;
        if (*p != '\\') continue;
        is_escaped = true;
        if (++p == end) return ran_out;
        if (*p < 0x20) return nullptr;
        is_ascii = is_ascii && *p < 0x80;
    }
    return p < end ? p : ran_out;
}

// The first `count` bits, of which there may be 64.
inline uint64_t shifted_out(uint64_t bits, size_t count) { return count < 64 ? bits & ((uint64_t(1) << count) - 1) : bits; }

// Compares a literal; one that is short at once. Eight bytes may be read.
struct ShortLiteral {
    const uint8_t *bytes;
    size_t length;
    uint64_t word = 0;
    uint64_t mask = 0;

    ShortLiteral(const Form &form, const Piece &piece) : bytes(form.text.data() + piece.literal), length(piece.length) {
        if (length == 0 || length > 8 || form.text.size() < 8) return;
        size_t before = piece.literal - std::min<size_t>(piece.literal, form.text.size() - 8);
        word = word_at(bytes - before) >> (before * 8);
        mask = ~uint64_t(0) >> ((8 - length) * 8);
    }

    bool stands_at(const uint8_t *p) const {
        if (mask == 0) return std::memcmp(bytes, p, length) == 0;
        return ((word_at(p) ^ word) & mask) == 0;
    }
};

// The escaped bytes: those after an odd number of backslashes. There are no backslashes before the first byte. Adding the
// starts of runs to the runs carries to the byte after each; if start and end differ in parity, that byte is escaped.
inline uint64_t behind_backslash(uint64_t backslashes) {
    constexpr uint64_t even = 0x5555555555555555ull;
    uint64_t starts = backslashes & ~(backslashes << 1);
    uint64_t behind_even = (backslashes + (starts & even)) & ~backslashes;
    uint64_t behind_odd = (backslashes + (starts & ~even)) & ~backslashes;
    return (behind_even & ~even) | (behind_odd & even);
}

}  // namespace
}  // namespace sluice
