// UTF-8 (RFC 3629, section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "simple_escapes.hpp"
#include "stage1.hpp"
#include "words.hpp"

namespace sluice {

// The size of text after ASCII that is validated without a call: simdjson's validation, made for documents, takes as long for a
// word as for 64 bytes.
inline constexpr size_t near_text = 64;

inline bool continues_character(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// The size of the character at `p`, with `rest` readable bytes; 0 if it is invalid.
inline size_t character_length(const uint8_t *p, size_t rest) {
    uint8_t lead = p[0];
    if (lead < 0x80) return 1;
    if (rest < 2 || !continues_character(p[1])) return 0;
    if (lead < 0xE0) return lead >= 0xC2 ? 2 : 0;
    if (rest < 3 || !continues_character(p[2])) return 0;
    // Rejects overlong forms and surrogates.
    if (lead < 0xF0) return (lead != 0xE0 || p[1] >= 0xA0) && (lead != 0xED || p[1] < 0xA0) ? 3 : 0;
    if (rest < 4 || !continues_character(p[3])) return 0;
    return (lead < 0xF4 && (lead != 0xF0 || p[1] >= 0x90)) || (lead == 0xF4 && p[1] < 0x90) ? 4 : 0;
}

// Whether [p, end) is UTF-8. Bytes after it, up to `limit`, may be read and are ignored: most texts are short, and their
// length is unpredictable.
inline bool is_utf8(const uint8_t *p, const uint8_t *end, const uint8_t *limit) {
    constexpr uint64_t others = 0x8080808080808080ull;
    while (end - p >= 32 && ((word_at(p) | word_at(p + 8) | word_at(p + 16) | word_at(p + 24)) & others) == 0) p += 32;
    while (end - p >= 8 && (word_at(p) & others) == 0) p += 8;
    size_t rest = static_cast<size_t>(end - p);
#ifndef SLUICE_WORDS
#error "simple_escapes.hpp says whether text is read by words"
#elif SLUICE_WORDS
    if (rest < 8 && limit - p >= 8 && (word_at(p) & others & ((1ull << 8 * rest) - 1)) == 0) return true;
#endif
    if (rest > near_text) return validate_utf8(p, rest);
    while (rest > 0) {
        size_t length = character_length(p, rest);
        if (length == 0) return false;
        p += length;
        rest -= length;
    }
    return true;
}

inline bool is_utf8(const uint8_t *p, const uint8_t *end) { return is_utf8(p, end, end); }

}  // namespace sluice
