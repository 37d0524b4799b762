// SSE2, which every x86-64 has.
#if defined(__x86_64__)

#define TARGET
#include "kernels_shared.hpp"

#include <emmintrin.h>

namespace sluice {
namespace {

constexpr size_t width = 16;
constexpr bool has_vectors = true;

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    return same_below_16(left, right, length);
}

INLINE __m128i difference(const uint8_t *left, const uint8_t *right) {
    return _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i *>(left)),
                         _mm_loadu_si128(reinterpret_cast<const __m128i *>(right)));
}

INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    __m128i all = difference(left + length - 16, right + length - 16);
    for (size_t i = 0; i + 16 < length; i += 16) all = _mm_or_si128(all, difference(left + i, right + i));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_setzero_si128())) == 0xFFFF;
}

INLINE uint64_t mask_of(__m128i matches) {
    return static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(matches)));
}

INLINE size_t same_before(const uint8_t *left, const uint8_t *right) {
    return static_cast<size_t>(__builtin_ctzll(~mask_of(_mm_cmpeq_epi8(difference(left, right), _mm_setzero_si128()))));
}

INLINE uint64_t non_ascii(const uint8_t *p) { return mask_of(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))); }

INLINE uint64_t line_feeds(const uint8_t *p) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    return mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
}

INLINE bool classify_near(const uint8_t *p, Classes &found) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    found.quotes = mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    found.backslashes = mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    found.specials = mask_of(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
    return true;
}

INLINE bool classify(const uint8_t *p, const uint8_t *end, Classes &found) {
    return end - p >= 16 && classify_near(p, found);
}

INLINE bool is_utf8_before_ascii(const uint8_t *p, size_t length, const uint8_t *end) { return is_utf8(p, p + length, end); }

#include "kernels_generic.hpp"

}  // namespace

const Kernel &sse2_kernel() { return variant; }

}  // namespace sluice

#endif
