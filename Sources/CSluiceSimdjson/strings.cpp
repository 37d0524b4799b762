// JSON string escapes and base64.
#include <cstring>

#include "CSluiceSimdjson.h"
#include "simple_escapes.hpp"
#include "utf8.hpp"

namespace {

constexpr uint32_t replacement = 0xFFFD;

uint8_t *put_scalar(uint8_t *out, uint32_t scalar) {
    if (scalar < 0x10000) return sluice::put_unit(out, static_cast<int32_t>(scalar));
    *out++ = static_cast<uint8_t>(0xF0 | scalar >> 18);
    *out++ = static_cast<uint8_t>(0x80 | (scalar >> 12 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    return out;
}

// A text with this many bytes without a backslash counts as long.
constexpr size_t long_text = 64;

// Copies [p, end) up to the next backslash, and returns the number of bytes. Most pieces of text are a few bytes long, so eight
// at a time without a call; bytes written after the copy are inside the target, and are overwritten.
size_t copy_plain(const uint8_t *p, const uint8_t *end, uint8_t *out, const uint8_t *room_end) {
    size_t count = 0;
    size_t rest = static_cast<size_t>(end - p);
#ifndef SLUICE_WORDS
#error "simple_escapes.hpp says whether text is read by words"
#elif SLUICE_WORDS
    while (count < long_text && rest - count >= 8 && room_end - (out + count) >= 8) {
        uint64_t word;
        std::memcpy(&word, p + count, 8);
        std::memcpy(out + count, &word, 8);
        size_t plain = sluice::before_backslash(word);
        // A branch, which is predictable in long texts: the next word does not depend on this one's backslash.
        if (plain < 8) return count + plain;
        count += 8;
    }
#endif
    if (count >= long_text) {
        const void *backslash = std::memchr(p + count, '\\', rest - count);
        size_t plain = backslash == nullptr ? rest : static_cast<size_t>(static_cast<const uint8_t *>(backslash) - p);
        std::memcpy(out + count, p + count, plain - count);
        return plain;
    }
    for (; count < rest && p[count] != '\\'; count++) out[count] = p[count];
    return count;
}

// Feeds UTF-16 units one by one and keeps at most one high surrogate back.
struct Surrogates {
    uint32_t high;

    uint8_t *flush(uint8_t *out) {
        if (high != 0) out = put_scalar(out, replacement);
        high = 0;
        return out;
    }

    uint8_t *feed(uint8_t *out, uint32_t unit) {
        if (high == 0 && !sluice::is_surrogate(static_cast<int32_t>(unit))) {
            return sluice::put_unit(out, static_cast<int32_t>(unit));
        }
        return feed_surrogate(out, unit);
    }

private:
    uint8_t *feed_surrogate(uint8_t *out, uint32_t unit) {
        if (unit >= 0xDC00 && unit <= 0xDFFF) {
            uint32_t scalar = high == 0 ? replacement : 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00);
            high = 0;
            return put_scalar(out, scalar);
        }
        out = flush(out);
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            high = unit;
            return out;
        }
        return put_scalar(out, unit);
    }
};

int base64_value(uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') return byte - 'A';
    if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9') return byte - '0' + 52;
    if (byte == '+' || byte == '-') return 62;
    if (byte == '/' || byte == '_') return 63;
    return -1;
}

}  // namespace

extern "C" {

ptrdiff_t c_sluice_unescape(const uint8_t *source, size_t length, uint8_t *target, uint16_t *pending_high,
                            uint32_t *error_offset) {
    const uint8_t *p = source;
    const uint8_t *end = source + length;
    uint8_t *out = target;
    const uint8_t *room_end = target + length + 3;
    Surrogates surrogates{*pending_high};
    while (p < end) {
        if (*p != '\\') {
            out = surrogates.flush(out);
            size_t plain = copy_plain(p, end, out, room_end);
            p += plain;
            out += plain;
            if (p == end) break;
        }
        *error_offset = static_cast<uint32_t>(p - source);
        if (end - p < 2) return -1;
        if (p[1] == 'u') {
            // Adjacent characters are usually escaped too.
            do {
                int32_t unit = end - p < 6 ? -1 : sluice::unit_at(p + 2);
                if (unit < 0) {
                    *error_offset = static_cast<uint32_t>(p - source);
                    return -1;
                }
                out = surrogates.feed(out, static_cast<uint32_t>(unit));
                p += 6;
            } while (end - p >= 2 && p[0] == '\\' && p[1] == 'u');
        } else {
            uint8_t byte = sluice::simple_escapes.bytes[p[1]];
            if (byte == 0) return -1;
            out = surrogates.flush(out);
            *out++ = byte;
            p += 2;
        }
    }
    *pending_high = static_cast<uint16_t>(surrogates.high);
    return out - target;
}

bool c_sluice_is_utf8(const uint8_t *bytes, size_t length, size_t available) {
    return sluice::is_utf8(bytes, bytes + length, bytes + available);
}

bool c_sluice_string_equals(const uint8_t *bytes, size_t length, bool escaped, const uint8_t *value,
                            size_t value_length) {
    if (!escaped) return length == value_length && std::memcmp(bytes, value, length) == 0;
    // An escape never decodes to more than three bytes nor to more than its own length: 6 bytes a value byte at most.
    if (length < value_length || length > value_length * 6 || value_length > 256) return false;
    uint8_t decoded[256 * 6 + 3];
    uint16_t high = 0;
    uint32_t error = 0;
    ptrdiff_t count = c_sluice_unescape(bytes, length, decoded, &high, &error);
    return count == static_cast<ptrdiff_t>(value_length) && high == 0 && std::memcmp(decoded, value, value_length) == 0;
}

ptrdiff_t c_sluice_base64_decode(const uint8_t *source, size_t length, uint8_t *target) {
    while (length > 0 && source[length - 1] == '=') length--;
    if (length % 4 == 1) return -1;
    uint8_t *out = target;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(source[i]);
        if (value < 0) return -1;
        bits = bits << 6 | static_cast<uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            *out++ = static_cast<uint8_t>(bits >> held);
        }
    }
    return out - target;
}

}  // extern "C"
