// NEON, and words of 64 bits elsewhere.
#if !defined(__x86_64__)

#define TARGET
#include "kernels_shared.hpp"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sluice {
namespace {

constexpr size_t width = 16;
#if defined(__aarch64__)
constexpr bool has_vectors = true;
#else
constexpr bool has_vectors = false;
#endif

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

INLINE uint64_t line_feeds(const uint8_t *p) { return mask_of(vceqq_u8(vld1q_u8(p), vdupq_n_u8('\n'))); }

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

INLINE uint64_t line_feeds(const uint8_t *p) {
    uint64_t found = 0;
    for (size_t position = 0; position < 16; position++) found |= uint64_t(p[position] == '\n') << position;
    return found;
}

INLINE bool classify_near(const uint8_t *, Classes &) { return false; }
INLINE bool classify(const uint8_t *, const uint8_t *, Classes &) { return false; }
#endif

INLINE bool is_utf8_before_ascii(const uint8_t *p, size_t length, const uint8_t *end) { return is_utf8(p, p + length, end); }

#include "kernels_generic.hpp"

}  // namespace

const Kernel &portable_kernel() { return variant; }

}  // namespace sluice

#endif
