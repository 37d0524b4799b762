// The AVX2 version: 32 bytes a comparison. BMI is asked for too, for trailing zeros; every processor with AVX2 has it.

#include "scan_versions.h"

#if defined(C_SLUICE_SCAN_HAS_X86)

#include <immintrin.h>

#include "scan_bits.h"
#include "scan_words.h"

#define SCAN_TARGET __attribute__((target("avx2,bmi,popcnt")))
#define SCAN_GROUP 4

typedef struct {
    __m256i low, high;  // 0xFF in each matching byte
} scan_block;

SCAN_INLINE SCAN_TARGET __m256i scan_compare_half(scan_kind kind, const uint8_t *bytes) {
    __m256i input = _mm256_loadu_si256((const __m256i *)bytes);
    if (kind == LINE_FEEDS) return _mm256_cmpeq_epi8(input, _mm256_set1_epi8('\n'));

    static const uint8_t line_ends[16] = {SCAN_WANT_LINE_ENDS};
    static const uint8_t brackets[16] = {SCAN_WANT_BRACKETS};
    static const uint8_t fold[16] = {SCAN_FOLD_BRACKETS};
    const uint8_t *table = kind == LINE_ENDS ? line_ends : brackets;
    __m256i wanted = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    __m256i folded = input;
    if (kind == BRACKETS) {
        __m256i folds = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)fold));
        folded = _mm256_or_si256(input, _mm256_shuffle_epi8(folds, input));
    }
    return _mm256_cmpeq_epi8(folded, _mm256_shuffle_epi8(wanted, input));
}

SCAN_INLINE SCAN_TARGET scan_block scan_compare(scan_kind kind, const uint8_t *bytes) {
    return (scan_block){.low = scan_compare_half(kind, bytes), .high = scan_compare_half(kind, bytes + 32)};
}

SCAN_INLINE SCAN_TARGET bool scan_any(const scan_block *blocks) {
    __m256i any = _mm256_or_si256(blocks[0].low, blocks[0].high);
    SCAN_UNROLL
    for (int index = 1; index < SCAN_GROUP; index++) {
        any = _mm256_or_si256(any, _mm256_or_si256(blocks[index].low, blocks[index].high));
    }
    return !_mm256_testz_si256(any, any);
}

SCAN_INLINE SCAN_TARGET uint64_t scan_mask(scan_block block) {
    return (uint32_t)_mm256_movemask_epi8(block.low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(block.high) << 32;
}

#define scan_rest scan_short_mask
#define scan_emit scan_emit_bits

#include "scan_generic.h"

const c_sluice_scan_table c_sluice_scan_avx2_table = {
    .version = C_SLUICE_SCAN_AVX2,
    .line_ends = scan_line_ends,
    .line_feeds = scan_line_feeds,
    .brackets = scan_brackets,
};

#endif
