// Escapes of one letter, the most frequent ones, and of one UTF-16 unit, which some servers use for all non-ASCII characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

namespace sluice {

// The character of each escape letter; 0 for an invalid one. A table, because a branch would be unpredictable.
struct SimpleEscapes {
    uint8_t bytes[256] = {};

    constexpr SimpleEscapes() {
        for (char same : {'"', '\\', '/'}) bytes[static_cast<uint8_t>(same)] = static_cast<uint8_t>(same);
        bytes['b'] = '\b';
        bytes['f'] = '\f';
        bytes['n'] = '\n';
        bytes['r'] = '\r';
        bytes['t'] = '\t';
    }
};
inline constexpr SimpleEscapes simple_escapes;

// The value of a hexadecimal digit; -1 for other bytes.
struct HexDigits {
    int8_t values[256] = {};

    constexpr HexDigits() {
        for (int8_t &value : values) value = -1;
        for (int8_t i = 0; i < 10; i++) values['0' + i] = i;
        for (int8_t i = 0; i < 6; i++) values['a' + i] = values['A' + i] = static_cast<int8_t>(10 + i);
    }
};
inline constexpr HexDigits hex_digits;

// The UTF-16 unit of the four hexadecimal digits at p; negative if they are invalid.
inline int32_t unit_at(const uint8_t *p) {
    return hex_digits.values[p[0]] * 4096 | hex_digits.values[p[1]] * 256 | hex_digits.values[p[2]] * 16 |
           hex_digits.values[p[3]];
}

inline bool is_surrogate(int32_t unit) { return (unit & 0xF800) == 0xD800; }

// Writes a unit that is not a surrogate as UTF-8.
inline uint8_t *put_unit(uint8_t *out, int32_t unit) {
    if (unit < 0x80) {
        *out++ = static_cast<uint8_t>(unit);
        return out;
    }
    if (unit < 0x800) {
        *out++ = static_cast<uint8_t>(0xC0 | unit >> 6);
    } else {
        *out++ = static_cast<uint8_t>(0xE0 | unit >> 12);
        *out++ = static_cast<uint8_t>(0x80 | (unit >> 6 & 0x3F));
    }
    *out++ = static_cast<uint8_t>(0x80 | (unit & 0x3F));
    return out;
}

// The number of bytes that a kernel's unescape may read after a string, and write after its output.
inline constexpr size_t near_reach = 16;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SLUICE_WORDS 1

// The number of bytes in a word before its first backslash.
inline size_t before_backslash(uint64_t word) {
    constexpr uint64_t ones = 0x0101010101010101ull;
    uint64_t other = word ^ (ones * '\\');
    uint64_t zeros = (other - ones) & ~other & (ones << 7);
    return zeros == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(zeros)) / 8;
}

// As the kernels' unescape, eight bytes at a time, beyond the string's end too: pieces of text are short, and their length is
// unpredictable.
inline uint8_t *unescape_words(const uint8_t *p, size_t length, uint8_t *out) {
    for (const uint8_t *end = p + length;;) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        std::memcpy(out, &word, 8);
        size_t rest = static_cast<size_t>(end - p);
        size_t plain = before_backslash(word);
        if (plain >= rest) return out + rest;
        p += plain;
        out += plain;
        if (plain == 8) continue;
        if (rest - plain < 2 || simple_escapes.bytes[p[1]] == 0) return nullptr;
        *out++ = simple_escapes.bytes[p[1]];
        p += 2;
    }
}

#else
#define SLUICE_WORDS 0

inline uint8_t *unescape_words(const uint8_t *, size_t, uint8_t *) { return nullptr; }

#endif

}  // namespace sluice
