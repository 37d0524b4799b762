#include "kernels.hpp"

#include "skeleton_records.hpp"
#include "utf8.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sluice {

namespace {

// MARK: What all variants share

inline bool continues_number(uint8_t byte) {
    return is_digit(byte) || byte == '.' || byte == '-' || byte == '+' || (byte | 0x20) == 'e';
}

// The end of the number at `p`; null where there is none, and `ran_out` where it may go on behind `end`.
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

// Where in the bytes behind a string's opening quote there is what.
struct Classes {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t specials;      // below 0x20, or 0x80 and more: as signed numbers, below 0x20
};

// Without the first `count` bits, of which there may be 64.
inline uint64_t shifted(uint64_t bits, size_t count) { return count < 64 ? bits >> count : 0; }

// As the kernels' string_end, byte by byte from `p` on: the string begins at `first`, and what is before `p` was looked at.
__attribute__((noinline)) const uint8_t *any_string_end(const uint8_t *first, const uint8_t *p, const uint8_t *end,
                                                        bool is_ascii, bool &is_escaped) {
    for (; p < end && *p != '"'; p++) {
        if (*p < 0x20) return nullptr;
        is_ascii = is_ascii && *p < 0x80;
        if (*p != '\\') continue;
        is_escaped = true;
        if (++p == end) return ran_out;
        if (*p < 0x20) return nullptr;
        is_ascii = is_ascii && *p < 0x80;
    }
    if (p >= end) return ran_out;
    return is_ascii || is_utf8(first, p) ? p : nullptr;
}

// Whether the bytes at `p` may stand in place of the old. Numbers that have a sign or a fraction never change so.
bool can_settle(const Settled &value, const uint8_t *old, const uint8_t *p) {
    bool is_fine = !value.is_fixed && (!value.is_number || value.length == 1 || *p != '0');
    for (uint32_t i = 0; i < value.length; i++) {
        is_fine &= value.is_number ? is_digit(p[i]) && is_digit(old[i])
                                   : p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\';
    }
    return is_fine;
}

// The bytes that a backslash takes: those behind an odd number of them. Bytes before the first are none.
// Adding the starts of runs to the runs carries to the byte behind each; where start and end differ in parity, it is taken.
inline uint64_t behind_backslash(uint64_t backslashes) {
    constexpr uint64_t even = 0x5555555555555555ull;
    uint64_t starts = backslashes & ~(backslashes << 1);
    uint64_t behind_even = (backslashes + (starts & even)) & ~backslashes;
    uint64_t behind_odd = (backslashes + (starts & ~even)) & ~backslashes;
    return (behind_even & ~even) | (behind_odd & even);
}

#define INLINE __attribute__((always_inline)) TARGET inline

// MARK: x86-64

#if defined(__x86_64__)

#define TARGET
namespace sse2 {
constexpr size_t width = 16;

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

INLINE size_t first_line_feed(const uint8_t *p) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    return static_cast<size_t>(__builtin_ctzll(mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'))) | 1ull << 16));
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

INLINE bool is_near_utf8(const uint8_t *p, size_t length) { return is_utf8(p, p + length); }

#include "kernels.inc"
}  // namespace sse2
#undef TARGET

#define TARGET __attribute__((target("avx2,bmi")))
namespace avx2 {
constexpr size_t width = 32;

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    if (length < 16) return same_below_16(left, right, length);
    __m128i all = _mm_or_si128(sse2::difference(left, right), sse2::difference(left + length - 16, right + length - 16));
    return _mm_testz_si128(all, all);
}

INLINE __m256i difference(const uint8_t *left, const uint8_t *right) {
    return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(left)),
                            _mm256_loadu_si256(reinterpret_cast<const __m256i *>(right)));
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

INLINE uint64_t non_ascii(const uint8_t *p) { return mask_of(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))); }

INLINE size_t first_line_feed(const uint8_t *p) {
    __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    return static_cast<size_t>(__builtin_ctzll(mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n'))) | 1ull << 32));
}

INLINE bool classify_near(const uint8_t *p, Classes &found) {
    __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    found.quotes = mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')));
    found.backslashes = mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    found.specials = mask_of(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes));
    return true;
}

INLINE bool classify(const uint8_t *p, const uint8_t *end, Classes &found) {
    return end - p >= 32 && classify_near(p, found);
}

// What two bytes side by side may be wrong for: a bit each, of which each half of the first and the upper half of the second
// allow some. Where a third or fourth byte of a character has to be, two continuations are what is right. After "Validating
// UTF-8 In Less Than One Instruction Per Byte" (Keiser and Lemire, 2020).
enum : uint8_t {
    too_short = 1, too_long = 2, long_third = 4, too_large = 8, surrogate = 16, long_second = 32, long_fourth = 64,
    two_continue = 128, any_lower = too_short | too_long | two_continue
};

INLINE __m256i looked_up(__m256i halves, const uint8_t (&table)[16]) {
    __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i *>(table));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), halves);
}

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

// Fewer bytes than a vector, behind which ASCII stands. All bytes of the vector are looked at: where those behind are not
// UTF-8, in doubt these are not either.
INLINE bool is_near_utf8(const uint8_t *p, size_t) {
    __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    __m256i lower = _mm256_permute2x128_si256(bytes, bytes, 0x08);
    __m256i first = _mm256_alignr_epi8(bytes, lower, 15);
    const __m256i half = _mm256_set1_epi8(0x0F);
    __m256i wrong = looked_up(_mm256_and_si256(_mm256_srli_epi16(first, 4), half), by_upper_first);
    wrong = _mm256_and_si256(wrong, looked_up(_mm256_and_si256(first, half), by_lower_first));
    wrong = _mm256_and_si256(wrong, looked_up(_mm256_and_si256(_mm256_srli_epi16(bytes, 4), half), by_upper_second));
    __m256i third = _mm256_subs_epu8(_mm256_alignr_epi8(bytes, lower, 14), _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(_mm256_alignr_epi8(bytes, lower, 13), _mm256_set1_epi8(0xF0 - 0x80));
    __m256i continues = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(static_cast<char>(0x80)));
    __m256i all = _mm256_xor_si256(continues, wrong);
    return _mm256_testz_si256(all, all);
}

#include "kernels.inc"
}  // namespace avx2
#undef TARGET

}  // namespace

const Kernel &kernel() {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return avx2::variant;
    return sse2::variant;
}

#else

// MARK: NEON, and words of 64 bits elsewhere

#define TARGET
namespace portable {
constexpr size_t width = 16;

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    return same_below_16(left, right, length);
}

#if defined(__aarch64__)
INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    uint8x16_t all = veorq_u8(vld1q_u8(left + length - 16), vld1q_u8(right + length - 16));
    for (size_t i = 0; i + 16 < length; i += 16) all = vorrq_u8(all, veorq_u8(vld1q_u8(left + i), vld1q_u8(right + i)));
    return vmaxvq_u8(all) == 0;
}

INLINE uint64_t mask_of(uint8x16_t matches) {
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t kept = vandq_u8(matches, bits);
    return vaddv_u8(vget_low_u8(kept)) | static_cast<uint64_t>(vaddv_u8(vget_high_u8(kept))) << 8;
}

INLINE size_t same_before(const uint8_t *left, const uint8_t *right) {
    return static_cast<size_t>(__builtin_ctzll(~mask_of(vceqq_u8(vld1q_u8(left), vld1q_u8(right)))));
}

INLINE uint64_t non_ascii(const uint8_t *p) { return mask_of(vcltq_s8(vreinterpretq_s8_u8(vld1q_u8(p)), vdupq_n_s8(0))); }

INLINE size_t first_line_feed(const uint8_t *p) {
    return static_cast<size_t>(__builtin_ctzll(mask_of(vceqq_u8(vld1q_u8(p), vdupq_n_u8('\n'))) | 1ull << 16));
}

INLINE bool classify_near(const uint8_t *p, Classes &found) {
    uint8x16_t bytes = vld1q_u8(p);
    found.quotes = mask_of(vceqq_u8(bytes, vdupq_n_u8('"')));
    found.backslashes = mask_of(vceqq_u8(bytes, vdupq_n_u8('\\')));
    found.specials = mask_of(vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20)));
    return true;
}

INLINE bool classify(const uint8_t *p, const uint8_t *end, Classes &found) {
    return end - p >= 16 && classify_near(p, found);
}
#else
INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    return std::memcmp(left, right, length) == 0;
}

INLINE size_t same_before(const uint8_t *left, const uint8_t *right) {
    size_t position = 0;
    while (position < 16 && left[position] == right[position]) position++;
    return position;
}

INLINE uint64_t non_ascii(const uint8_t *) { return 0; }

INLINE size_t first_line_feed(const uint8_t *p) {
    size_t position = 0;
    while (position < 16 && p[position] != '\n') position++;
    return position;
}

INLINE bool classify_near(const uint8_t *, Classes &) { return false; }
INLINE bool classify(const uint8_t *, const uint8_t *, Classes &) { return false; }
#endif

INLINE bool is_near_utf8(const uint8_t *p, size_t length) { return is_utf8(p, p + length); }

#include "kernels.inc"
}  // namespace portable
#undef TARGET

}  // namespace

const Kernel &kernel() { return portable::variant; }

#endif

}  // namespace sluice
