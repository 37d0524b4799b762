// The portable version: eight bytes a step in plain C, on any machine.

#include "scan_bits.h"
#include "scan_versions.h"
#include "scan_words.h"

#define SCAN_TARGET
#define SCAN_GROUP 1

typedef struct {
    uint64_t flags[8];
} scan_block;

SCAN_INLINE scan_block scan_compare(scan_kind kind, const uint8_t *bytes) {
    scan_block block;
    SCAN_UNROLL
    for (int index = 0; index < 8; index++) {
        block.flags[index] = scan_word_flags(kind, scan_load_word(bytes + index * 8));
    }
    return block;
}

SCAN_INLINE bool scan_any(const scan_block *blocks) {
    uint64_t any = 0;
    SCAN_UNROLL
    for (int index = 0; index < 8; index++) any |= blocks->flags[index];
    return any != 0;
}

SCAN_INLINE uint64_t scan_mask(scan_block block) {
    uint64_t mask = 0;
    SCAN_UNROLL
    for (int index = 0; index < 8; index++) mask |= scan_word_mask(block.flags[index]) << (index * 8);
    return mask;
}

#define scan_rest scan_short_mask
#define scan_emit scan_emit_bits

#include "scan_generic.h"

const c_sluice_scan_table c_sluice_scan_portable_table = {
    .version = C_SLUICE_SCAN_PORTABLE,
    .line_ends = scan_line_ends,
    .line_feeds = scan_line_feeds,
    .brackets = scan_brackets,
};
