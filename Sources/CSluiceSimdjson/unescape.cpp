#include "unescape.hpp"

#include "simple_escapes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice {

#if defined(__x86_64__)

namespace {

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

// The letters of escapes, indexed by their lower half, and their characters. An index without a letter has a value that no byte
// with this lower half has. 'b' and 'r' share the index of the quotation mark, and are handled one by one.
alignas(16) constexpr uint8_t letters[16] = {1, 0, '"', 0, 't', 0, 'f', 0, 0, 0, 0, 0, '\\', 0, 'n', '/'};
alignas(16) constexpr uint8_t meanings[16] = {0, 0, '"', 0, '\t', 0, '\f', 0, 0, 0, 0, 0, '\\', 0, '\n', '/'};

AVX2 inline __m128i looked_up(__m128i lower_halves, const uint8_t (&table)[16]) {
    return _mm_shuffle_epi8(_mm_load_si128(reinterpret_cast<const __m128i *>(table)), lower_halves);
}

// The shuffle that packs those of eight bytes whose bits are set.
struct Kept {
    uint8_t places[256][8] = {};

    constexpr Kept() {
        for (uint32_t bits = 0; bits < 256; bits++) {
            size_t count = 0;
            for (uint8_t place = 0; place < 8; place++) {
                if (bits >> place & 1) places[bits][count++] = place;
            }
        }
    }
};
alignas(64) constexpr Kept kept;

// Writes the kept ones of the lower eight bytes, followed by arbitrary bytes.
AVX2 inline uint8_t *put_kept(__m128i bytes, uint32_t bits, uint8_t *out) {
    __m128i places = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(kept.places[bits]));
    _mm_storel_epi64(reinterpret_cast<__m128i *>(out), _mm_shuffle_epi8(bytes, places));
    return out + __builtin_popcount(bits);
}

// A short string at once, wherever its escapes stand: a quarter of all pieces of text has one, at an unpredictable place.
AVX2 uint8_t *unescape_avx2(const uint8_t *p, size_t length, uint8_t *out) {
    if (length > 16) return unescape_words(p, length, out);
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i known = _mm_cmpeq_epi8(bytes, looked_up(bytes, letters));
    uint32_t inside = (1u << length) - 1;
    uint32_t first = static_cast<uint32_t>(_mm_movemask_epi8(backslashes)) & inside;
    uint32_t behind = first << 1;
    // Letters without an index, and adjacent backslashes, are handled one by one.
    if ((behind & (first | ~(static_cast<uint32_t>(_mm_movemask_epi8(known)) & inside))) != 0) {
        return unescape_words(p, length, out);
    }
    bytes = _mm_blendv_epi8(bytes, looked_up(bytes, meanings), _mm_slli_si128(backslashes, 1));
    uint32_t rest = inside & ~first;
    out = put_kept(bytes, rest & 0xFF, out);
    return put_kept(_mm_srli_si128(bytes, 8), rest >> 8, out);
}

#undef AVX2

}  // namespace

Unescape *unescape_variant() {
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    return has_avx2 ? unescape_avx2 : unescape_words;
}

#else

Unescape *unescape_variant() { return unescape_words; }

#endif

}  // namespace sluice
