// The NEON version: 16 bytes a comparison. Every aarch64 processor can run it, so there is nothing to ask at run time.

#include "scan_versions.h"

#if defined(C_SLUICE_SCAN_HAS_NEON)

#include <arm_neon.h>

#include "scan_bits.h"
#include "scan_words.h"

#define SCAN_TARGET
#define SCAN_GROUP 4

typedef struct {
    uint8x16_t quarters[4];  // 0xFF in each matching byte
} scan_block;

SCAN_INLINE uint8x16_t scan_compare_quarter(scan_kind kind, const uint8_t *bytes) {
    uint8x16_t input = vld1q_u8(bytes);
    if (kind == LINE_FEEDS) return vceqq_u8(input, vdupq_n_u8('\n'));

    static const uint8_t line_ends[16] = {SCAN_WANT_LINE_ENDS};
    static const uint8_t brackets[16] = {SCAN_WANT_BRACKETS};
    static const uint8_t fold[16] = {SCAN_FOLD_BRACKETS};
    uint8x16_t nibbles = vandq_u8(input, vdupq_n_u8(15));
    uint8x16_t wanted = vqtbl1q_u8(vld1q_u8(kind == LINE_ENDS ? line_ends : brackets), nibbles);
    uint8x16_t folded = input;
    if (kind == BRACKETS) folded = vorrq_u8(input, vqtbl1q_u8(vld1q_u8(fold), nibbles));
    return vceqq_u8(folded, wanted);
}

SCAN_INLINE scan_block scan_compare(scan_kind kind, const uint8_t *bytes) {
    scan_block block;
    SCAN_UNROLL
    for (int index = 0; index < 4; index++) {
        block.quarters[index] = scan_compare_quarter(kind, bytes + index * 16);
    }
    return block;
}

SCAN_INLINE bool scan_any(const scan_block *blocks) {
    uint8x16_t any = vdupq_n_u8(0);
    SCAN_UNROLL
    for (int index = 0; index < SCAN_GROUP; index++) {
        const uint8x16_t *quarters = blocks[index].quarters;
        any = vorrq_u8(any, vorrq_u8(vorrq_u8(quarters[0], quarters[1]), vorrq_u8(quarters[2], quarters[3])));
    }
    return vmaxvq_u8(any) != 0;
}

// Keeps a different bit of each byte, then adds neighbours until eight bytes have become one.
SCAN_INLINE uint64_t scan_mask(scan_block block) {
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t weights = vld1q_u8(bits);
    uint8x16_t low = vpaddq_u8(vandq_u8(block.quarters[0], weights), vandq_u8(block.quarters[1], weights));
    uint8x16_t high = vpaddq_u8(vandq_u8(block.quarters[2], weights), vandq_u8(block.quarters[3], weights));
    uint8x16_t sums = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}

#define scan_rest scan_short_mask
#define scan_emit scan_emit_bits

#include "scan_generic.h"

const c_sluice_scan_table c_sluice_scan_neon_table = {
    .version = C_SLUICE_SCAN_NEON,
    .line_ends = scan_line_ends,
    .line_feeds = scan_line_feeds,
    .brackets = scan_brackets,
};

#endif
