// The AVX-512 version: 64 bytes a comparison, and the offsets of a block written by one compression.
//
// It asks for VBMI2 (Ice Lake, Zen 4 and later), whose byte compression packs the indices of a block's matches to the
// front of a register; widened to 32 bits they are stored eight or sixteen at a time, whatever their number. This has
// no loop and no branch to mispredict, and is what makes dense input fast: on Zen 4, four times as fast on brackets
// as walking the bits. Processors with AVX-512 but without VBMI2 run the AVX2 version, which walks the bits as well.

#include "scan_versions.h"

#if defined(C_SLUICE_SCAN_HAS_X86)

#include <immintrin.h>

#include "scan_kinds.h"

#define SCAN_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi2,popcnt")))
#define SCAN_GROUP 4

typedef __mmask64 scan_block;

SCAN_INLINE SCAN_TARGET __mmask64 scan_compare_input(scan_kind kind, __m512i input) {
    if (kind == LINE_FEEDS) return _mm512_cmpeq_epi8_mask(input, _mm512_set1_epi8('\n'));

    static const uint8_t line_ends[16] = {SCAN_WANT_LINE_ENDS};
    static const uint8_t brackets[16] = {SCAN_WANT_BRACKETS};
    static const uint8_t fold[16] = {SCAN_FOLD_BRACKETS};
    const uint8_t *table = kind == LINE_ENDS ? line_ends : brackets;
    __m512i wanted = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
    __m512i folded = input;
    if (kind == BRACKETS) {
        __m512i folds = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)fold));
        folded = _mm512_or_si512(input, _mm512_shuffle_epi8(folds, input));
    }
    return _mm512_cmpeq_epi8_mask(folded, _mm512_shuffle_epi8(wanted, input));
}

SCAN_INLINE SCAN_TARGET scan_block scan_compare(scan_kind kind, const uint8_t *bytes) {
    return scan_compare_input(kind, _mm512_loadu_si512(bytes));
}

SCAN_INLINE SCAN_TARGET bool scan_any(const scan_block *blocks) {
    return (blocks[0] | blocks[1] | blocks[2] | blocks[3]) != 0;
}

SCAN_INLINE SCAN_TARGET uint64_t scan_mask(scan_block block) {
    return block;
}

// The masked load touches no byte beyond `length`, not even to discard it: the processor raises no fault for them.
// They arrive as zeros, which match nothing.
SCAN_INLINE SCAN_TARGET uint64_t scan_rest(scan_kind kind, const uint8_t *bytes, size_t length) {
    return scan_compare_input(kind, _mm512_maskz_loadu_epi8(_bzhi_u64(~(uint64_t)0, (unsigned)length), bytes));
}

static const uint8_t indices_of_block[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

SCAN_INLINE SCAN_TARGET void scan_store_8(__m128i indices, uint32_t base, uint32_t *offsets) {
    __m256i wide = _mm256_add_epi32(_mm256_cvtepu8_epi32(indices), _mm256_set1_epi32((int)base));
    _mm256_storeu_si256((__m256i *)offsets, wide);
}

SCAN_INLINE SCAN_TARGET void scan_store_16(__m128i indices, uint32_t base, uint32_t *offsets) {
    __m512i wide = _mm512_add_epi32(_mm512_cvtepu8_epi32(indices), _mm512_set1_epi32((int)base));
    _mm512_storeu_si512(offsets, wide);
}

// A block of text rarely holds more than 8 line ends, one of JSON rarely more than 16 brackets and quotes; what is
// beyond is stored in a second step, behind a branch that is all but never taken.
SCAN_INLINE SCAN_TARGET size_t scan_emit(scan_kind kind, uint64_t mask, uint32_t base, uint32_t *offsets) {
    size_t count = (size_t)__builtin_popcountll(mask);
    size_t stored = kind == BRACKETS ? 16 : 8;
    __m512i packed = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(indices_of_block));
    __m128i first = _mm512_castsi512_si128(packed);
    if (kind == BRACKETS) {
        scan_store_16(first, base, offsets);
    } else {
        scan_store_8(first, base, offsets);
    }
    if (__builtin_expect(count > stored, 0)) {
        scan_store_16(first, base, offsets);
        scan_store_16(_mm512_extracti32x4_epi32(packed, 1), base, offsets + 16);
        scan_store_16(_mm512_extracti32x4_epi32(packed, 2), base, offsets + 32);
        scan_store_16(_mm512_extracti32x4_epi32(packed, 3), base, offsets + 48);
    }
    return count;
}

#include "scan_generic.h"

const c_sluice_scan_table c_sluice_scan_avx512_table = {
    .version = C_SLUICE_SCAN_AVX512,
    .line_ends = scan_line_ends,
    .line_feeds = scan_line_feeds,
    .brackets = scan_brackets,
};

#endif
