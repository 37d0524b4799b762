// The grammar of JSON scalars (RFC 8259, sections 3 and 6), checked on whole tokens.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SLUICE_INLINE __attribute__((always_inline)) inline

namespace sluice {

inline bool is_space(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

inline bool is_digit(uint8_t byte) {
    return static_cast<uint8_t>(byte - '0') < 10;
}

// Whether p[0..<8) are eight digits.
inline bool are_eight_digits(const uint8_t *p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    uint64_t high = word & 0xF0F0F0F0F0F0F0F0ull;
    uint64_t carried = (word + 0x0606060606060606ull) & 0xF0F0F0F0F0F0F0F0ull;
    return (high | carried >> 4) == 0x3333333333333333ull;
}

inline bool starts_number(uint8_t byte) {
    return byte == '-' || is_digit(byte);
}

inline const uint8_t *skip_digits(const uint8_t *p, const uint8_t *end) {
    while (end - p >= 8 && are_eight_digits(p)) p += 8;
    while (p < end && is_digit(*p)) p++;
    return p;
}

// number = [ "-" ] int [ frac ] [ exp ], and nothing behind it.
inline bool is_number(const uint8_t *p, const uint8_t *end) {
    if (p < end && *p == '-') p++;
    if (p == end || !is_digit(*p)) return false;
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p < end && *p == '.') {
        const uint8_t *fraction = ++p;
        p = skip_digits(p, end);
        if (p == fraction) return false;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        const uint8_t *exponent = p;
        p = skip_digits(p, end);
        if (p == exponent) return false;
    }
    return p == end;
}

// The same for what most numbers are, one digit or digits.
inline bool is_short_or_number(const uint8_t *p, const uint8_t *end) {
    if (end - p == 1) return is_digit(*p);
    return (*p != '0' && *p != '-' && skip_digits(p, end) == end) || is_number(p, end);
}

// Whether one of the word's bytes is this one.
inline bool has_byte(uint64_t word, uint8_t byte) {
    constexpr uint64_t ones = 0x0101010101010101ull;
    word ^= ones * byte;
    return ((word - ones) & ~word & (ones << 7)) != 0;
}

// Whether text[0..<length) has a backslash. Short texts are the rule, so some bytes at a time without a call; reads past the
// text, but only inside [text, end).
inline bool has_backslash(const uint8_t *text, size_t length, const uint8_t *end) {
#if defined(__SSE2__)
    if (end - text >= 32 && length <= 32) {
        const __m128i backslash = _mm_set1_epi8('\\');
        const auto *vectors = reinterpret_cast<const __m128i *>(text);
        uint64_t low = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(vectors), backslash)));
        uint64_t high = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(vectors + 1), backslash)));
        return ((low | high << 16) & ((uint64_t(1) << length) - 1)) != 0;
    }
#endif
    constexpr uint64_t ones = 0x0101010101010101ull;
    if (length > 64) return std::memchr(text, '\\', length) != nullptr;
    while (length > 0) {
        if (end - text < 8) return std::memchr(text, '\\', length) != nullptr;
        uint64_t word;
        std::memcpy(&word, text, 8);
        word ^= ones * '\\';
        uint64_t zeros = (word - ones) & ~word & (ones << 7);
        size_t counted = length < 8 ? length : 8;
        if ((zeros & (~uint64_t(0) >> (64 - 8 * counted))) != 0) return true;
        text += counted;
        length -= counted;
    }
    return false;
}

inline bool is_literal(const uint8_t *p, const uint8_t *end, const char *literal, size_t length) {
    return static_cast<size_t>(end - p) == length && std::memcmp(p, literal, length) == 0;
}

}  // namespace sluice
