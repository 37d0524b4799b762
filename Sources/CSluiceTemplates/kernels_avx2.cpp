// AVX2.
#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2,bmi,popcnt")))
#include "kernels_shared.hpp"

#include <immintrin.h>

namespace sluice {
namespace {

constexpr size_t width = 32;
constexpr bool has_vectors = true;

INLINE __m128i half_difference(const uint8_t *left, const uint8_t *right) {
    return _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i *>(left)),
                         _mm_loadu_si128(reinterpret_cast<const __m128i *>(right)));
}

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    if (length < 16) return same_below_16(left, right, length);
    __m128i all = _mm_or_si128(half_difference(left, right), half_difference(left + length - 16, right + length - 16));
    return _mm_testz_si128(all, all);
}

INLINE __m256i vector_at(const uint8_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }

INLINE __m256i difference(const uint8_t *left, const uint8_t *right) {
    return _mm256_xor_si256(vector_at(left), vector_at(right));
}

INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    __m256i all = _mm256_or_si256(difference(left, right), difference(left + length - 32, right + length - 32));
#pragma clang loop unroll(disable)
    for (size_t i = 32; i + 32 < length; i += 32) all = _mm256_or_si256(all, difference(left + i, right + i));
    return _mm256_testz_si256(all, all);
}

INLINE uint64_t mask_of(__m256i matches) {
    return static_cast<uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(matches)));
}

INLINE size_t same_before(const uint8_t *left, const uint8_t *right) {
    return static_cast<size_t>(__builtin_ctzll(~mask_of(_mm256_cmpeq_epi8(difference(left, right), _mm256_setzero_si256()))));
}

INLINE uint64_t non_ascii(const uint8_t *p) { return mask_of(vector_at(p)); }

INLINE uint64_t line_feeds(const uint8_t *p) { return mask_of(_mm256_cmpeq_epi8(vector_at(p), _mm256_set1_epi8('\n'))); }

INLINE bool classify_near(const uint8_t *p, Classes &found) {
    __m256i bytes = vector_at(p);
    found.quotes = mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')));
    found.backslashes = mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    found.specials = mask_of(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes));
    return true;
}

INLINE bool classify(const uint8_t *p, const uint8_t *end, Classes &found) {
    return end - p >= 32 && classify_near(p, found);
}

// The possible errors of two adjacent bytes, a bit each: both halves of the first and the upper half of the second each allow
// some. At a third or fourth byte of a character, two continuations are correct. After "Validating UTF-8 In Less Than One
// Instruction Per Byte" (Keiser and Lemire, 2020).
enum : uint8_t {
    too_short = 1, too_long = 2, long_third = 4, too_large = 8, surrogate = 16, long_second = 32, long_fourth = 64,
    two_continue = 128, any_lower = too_short | too_long | two_continue
};

INLINE __m256i looked_up(__m256i halves, const uint8_t (&table)[16]) {
    __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i *>(table));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), halves);
}

// Longer texts are validated by simdjson, whose fixed cost is small then.
constexpr size_t longest_near = 256;

alignas(16) constexpr uint8_t by_upper_first[16] = {
    too_long, too_long, too_long, too_long, too_long, too_long, too_long, too_long,
    two_continue, two_continue, two_continue, two_continue, too_short | long_second, too_short,
    too_short | long_third | surrogate, too_short | too_large | long_fourth};
alignas(16) constexpr uint8_t by_lower_first[16] = {
    any_lower | long_second | long_third | long_fourth, any_lower | long_second, any_lower, any_lower,
    any_lower | too_large, any_lower | too_large | long_fourth, any_lower | too_large | long_fourth,
    any_lower | too_large | long_fourth, any_lower | too_large | long_fourth, any_lower | too_large | long_fourth,
    any_lower | too_large | long_fourth, any_lower | too_large | long_fourth, any_lower | too_large | long_fourth,
    any_lower | too_large | long_fourth | surrogate, any_lower | too_large | long_fourth,
    any_lower | too_large | long_fourth};
alignas(16) constexpr uint8_t by_upper_second[16] = {
    too_short, too_short, too_short, too_short, too_short, too_short, too_short, too_short,
    too_long | long_second | two_continue | long_third | long_fourth,
    too_long | long_second | two_continue | long_third | too_large,
    too_long | long_second | two_continue | surrogate | too_large,
    too_long | long_second | two_continue | surrogate | too_large,
    too_short, too_short, too_short, too_short};

// Not zero where a byte cannot follow the three bytes before it.
INLINE __m256i faults(__m256i bytes, __m256i first, __m256i second, __m256i third) {
    const __m256i half = _mm256_set1_epi8(0x0F);
    __m256i wrong = looked_up(_mm256_and_si256(_mm256_srli_epi16(first, 4), half), by_upper_first);
    wrong = _mm256_and_si256(wrong, looked_up(_mm256_and_si256(first, half), by_lower_first));
    wrong = _mm256_and_si256(wrong, looked_up(_mm256_and_si256(_mm256_srli_epi16(bytes, 4), half), by_upper_second));
    second = _mm256_subs_epu8(second, _mm256_set1_epi8(0xE0 - 0x80));
    third = _mm256_subs_epu8(third, _mm256_set1_epi8(0xF0 - 0x80));
    __m256i continues = _mm256_and_si256(_mm256_or_si256(second, third), _mm256_set1_epi8(static_cast<char>(0x80)));
    return _mm256_xor_si256(continues, wrong);
}

// Whether bytes that are followed by ASCII are UTF-8. All bytes of their vectors are read: if the following bytes are not
// UTF-8, the result may be false.
INLINE bool is_utf8_before_ascii(const uint8_t *p, size_t length, const uint8_t *end) {
    if (static_cast<size_t>(end - p) < (length / width + 1) * width || length > longest_near) return is_utf8(p, p + length, end);
    __m256i bytes = vector_at(p);
    __m256i lower = _mm256_permute2x128_si256(bytes, bytes, 0x08);
    __m256i all = faults(bytes, _mm256_alignr_epi8(bytes, lower, 15), _mm256_alignr_epi8(bytes, lower, 14),
                         _mm256_alignr_epi8(bytes, lower, 13));
    for (const uint8_t *next = p + width; next <= p + length; next += width) {
        all = _mm256_or_si256(all, faults(vector_at(next), vector_at(next - 1), vector_at(next - 2), vector_at(next - 3)));
    }
    return _mm256_testz_si256(all, all);
}

#include "kernels_generic.hpp"

}  // namespace

const Kernel &avx2_kernel() { return variant; }

}  // namespace sluice

#endif
