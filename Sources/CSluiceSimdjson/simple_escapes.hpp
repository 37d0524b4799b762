// Escapes of one letter, which nearly all are, and of one UTF-16 unit, which servers write for all that is not ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

namespace sluice {

// What stands for what behind a backslash; 0 for what may not stand there. A table, because no processor foresees which.
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

// What a hexadecimal digit counts; -1 for what is none.
struct HexDigits {
    int8_t values[256] = {};

    constexpr HexDigits() {
        for (int8_t &value : values) value = -1;
        for (int8_t i = 0; i < 10; i++) values['0' + i] = i;
        for (int8_t i = 0; i < 6; i++) values['a' + i] = values['A' + i] = static_cast<int8_t>(10 + i);
    }
};
inline constexpr HexDigits hex_digits;

// The UTF-16 unit of the four hexadecimal digits at p; negative where they are none.
inline int32_t unit_at(const uint8_t *p) {
    return hex_digits.values[p[0]] * 4096 | hex_digits.values[p[1]] * 256 | hex_digits.values[p[2]] * 16 |
           hex_digits.values[p[3]];
}

inline bool is_surrogate(int32_t unit) { return (unit & 0xF800) == 0xD800; }

// Writes a unit that is no surrogate as UTF-8.
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

// Bytes that an unescape of a kernel may read behind a string, and write behind what it decodes to.
inline constexpr size_t near_reach = 16;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SLUICE_WORDS 1

// How many of a word's eight bytes stand before its first backslash.
inline size_t before_backslash(uint64_t word) {
    constexpr uint64_t ones = 0x0101010101010101ull;
    uint64_t other = word ^ (ones * '\\');
    uint64_t zeros = (other - ones) & ~other & (ones << 7);
    return zeros == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(zeros)) / 8;
}

// As the kernels' unescape, eight bytes at a time whether they are the string's own or not: pieces of text are short, and no
// processor foresees how short.
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
