#include "skeleton_kernels.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sluice {

namespace {

// MARK: What all variants share

// One past the sequence of UTF-8 (RFC 3629) that begins at `p` with a byte of 0x80 or more; null if there is none.
inline const uint8_t *behind_scalar(const uint8_t *p, const uint8_t *end) {
    auto continues = [](uint8_t byte) { return (byte & 0xC0) == 0x80; };
    uint8_t first = p[0];
    size_t left = static_cast<size_t>(end - p);
    if (first < 0xC2 || left < 2) return nullptr;
    if (first < 0xE0) return continues(p[1]) ? p + 2 : nullptr;
    if (left < 3 || !continues(p[1]) || !continues(p[2])) return nullptr;
    if (first < 0xF0) {
        if ((first == 0xE0 && p[1] < 0xA0) || (first == 0xED && p[1] > 0x9F)) return nullptr;
        return p + 3;
    }
    if (left < 4 || first > 0xF4 || !continues(p[3])) return nullptr;
    if ((first == 0xF0 && p[1] < 0x90) || (first == 0xF4 && p[1] > 0x8F)) return nullptr;
    return p + 4;
}

inline bool continues_number(uint8_t byte) {
    return is_digit(byte) || byte == '.' || byte == '-' || byte == '+' || (byte | 0x20) == 'e';
}

// The end of the number at `p`; null where there is none, or where it may go on behind `end`.
inline const uint8_t *number_end(const uint8_t *p, const uint8_t *end) {
    const uint8_t *first = p;
    while (p < end && is_digit(*p)) p++;
    if (p == end) return nullptr;
    if (!continues_number(*p)) return p - first == 1 || (p > first && *first != '0') ? p : nullptr;
    while (p < end && continues_number(*p)) p++;
    return p < end && is_number(first, p) ? p : nullptr;
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

inline const uint8_t *find_special_bytewise(const uint8_t *p, const uint8_t *end) {
    for (; p < end; p++) {
        if (*p < 0x20 || *p >= 0x80 || *p == '"' || *p == '\\') return p;
    }
    return nullptr;
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

// The next quote, backslash, control byte or byte of 0x80 and more; null where there is none.
INLINE const uint8_t *find_special(const uint8_t *p, const uint8_t *end) {
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
        __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (mask != 0) return p + __builtin_ctz(mask);
    }
    return find_special_bytewise(p, end);
}

#include "skeleton_match.inc"
}  // namespace sse2
#undef TARGET

#define TARGET __attribute__((target("avx2,bmi")))
namespace avx2 {
constexpr size_t width = 32;

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    if (length < 16) return same_below_16(left, right, length);
    return sse2::same_long(left, right, length);
}

INLINE __m256i difference(const uint8_t *left, const uint8_t *right) {
    return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(left)),
                            _mm256_loadu_si256(reinterpret_cast<const __m256i *>(right)));
}

INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    __m256i all = difference(left + length - 32, right + length - 32);
    for (size_t i = 0; i + 32 < length; i += 32) all = _mm256_or_si256(all, difference(left + i, right + i));
    return _mm256_testz_si256(all, all);
}

INLINE const uint8_t *find_special(const uint8_t *p, const uint8_t *end) {
    for (; end - p >= 32; p += 32) {
        __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
        __m256i special = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
        special = _mm256_or_si256(special, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')));
        special = _mm256_or_si256(special, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
        unsigned mask = static_cast<unsigned>(_mm256_movemask_epi8(special));
        if (mask != 0) return p + __builtin_ctz(mask);
    }
    return find_special_bytewise(p, end);
}

#include "skeleton_match.inc"
}  // namespace avx2
#undef TARGET

#define TARGET __attribute__((target("avx512f,avx512bw,bmi,bmi2")))
namespace avx512 {
constexpr size_t width = 64;

// A masked load touches no byte that its mask leaves out.
INLINE __mmask64 first(size_t length) { return _bzhi_u64(~0ull, static_cast<unsigned>(length)); }

INLINE bool same_short(const uint8_t *left, const uint8_t *right, size_t length) {
    __mmask64 mask = first(length);
    return _mm512_cmpneq_epi8_mask(_mm512_maskz_loadu_epi8(mask, left), _mm512_maskz_loadu_epi8(mask, right)) == 0;
}

INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    __m512i all = _mm512_xor_si512(_mm512_loadu_si512(left + length - 64), _mm512_loadu_si512(right + length - 64));
    for (size_t i = 0; i + 64 < length; i += 64) {
        // all | (a ^ b)
        all = _mm512_ternarylogic_epi64(all, _mm512_loadu_si512(left + i), _mm512_loadu_si512(right + i), 0xF6);
    }
    return _mm512_test_epi64_mask(all, all) == 0;
}

INLINE const uint8_t *find_special(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        size_t length = static_cast<size_t>(end - p) < 64 ? static_cast<size_t>(end - p) : 64;
        __mmask64 mask = first(length);
        __m512i bytes = _mm512_maskz_loadu_epi8(mask, p);
        __mmask64 special = _mm512_mask_cmplt_epi8_mask(mask, bytes, _mm512_set1_epi8(0x20)) |
                            _mm512_mask_cmpeq_epi8_mask(mask, bytes, _mm512_set1_epi8('"')) |
                            _mm512_mask_cmpeq_epi8_mask(mask, bytes, _mm512_set1_epi8('\\'));
        if (special != 0) return p + _tzcnt_u64(special);
        p += length;
    }
    return nullptr;
}

#include "skeleton_match.inc"
}  // namespace avx512
#undef TARGET

}  // namespace

Matcher *kernel() {
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2")) return avx512::match;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return avx2::match;
    return sse2::match;
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

INLINE const uint8_t *find_special(const uint8_t *p, const uint8_t *end) {
    for (; end - p >= 16; p += 16) {
        uint8x16_t bytes = vld1q_u8(p);
        uint8x16_t special = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
        special = vorrq_u8(special, vceqq_u8(bytes, vdupq_n_u8('"')));
        special = vorrq_u8(special, vceqq_u8(bytes, vdupq_n_u8('\\')));
        uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(special), 4)), 0);
        if (mask != 0) return p + __builtin_ctzll(mask) / 4;
    }
    return find_special_bytewise(p, end);
}
#else
INLINE bool same_long(const uint8_t *left, const uint8_t *right, size_t length) {
    return std::memcmp(left, right, length) == 0;
}

INLINE const uint8_t *find_special(const uint8_t *p, const uint8_t *end) { return find_special_bytewise(p, end); }
#endif

#include "skeleton_match.inc"
}  // namespace portable
#undef TARGET

}  // namespace

Matcher *kernel() { return portable::match; }

#endif

}  // namespace sluice
