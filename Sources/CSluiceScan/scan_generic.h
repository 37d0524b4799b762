// The scan itself, written once and compiled for each instruction set by the file that includes it.
//
// The including file defines, before the include:
//
//   SCAN_TARGET        the function attribute that allows its instructions, or nothing
//   SCAN_GROUP         blocks of 64 bytes tested at once (1, 2 or 4); more than one needs as many registers
//   scan_block         the comparison of 64 bytes, in registers
//   scan_compare(kind, bytes) -> scan_block      reads exactly 64 bytes
//   scan_any(blocks) -> bool                     whether any of SCAN_GROUP blocks has a match
//   scan_mask(block) -> uint64_t                 one bit a byte, first byte lowest
//   scan_rest(kind, bytes, length) -> uint64_t   the mask of 1 to 63 bytes; reads no byte beyond them
//   scan_emit(kind, mask, base, offsets) -> count   writes base + index of each bit; may use 64 slots
//
// In a group most blocks hold no match or one or two, in an order that no branch predictor can learn, so the one
// branch is on the group: no match at all (long lines: the scan runs at the speed of the loads) or some, and then
// each block writes a fixed number of slots, right or wrong, and the count says how many of them stay.

SCAN_INLINE SCAN_TARGET c_sluice_scan_result scan(scan_kind kind, const uint8_t *bytes, size_t length,
                                                  uint32_t *offsets, size_t capacity) {
    size_t count = 0, at = 0;
    while (length - at >= SCAN_GROUP * 64) {
        scan_block blocks[SCAN_GROUP];
        SCAN_UNROLL
        for (int index = 0; index < SCAN_GROUP; index++) {
            __builtin_prefetch(bytes + at + index * 64 + 3072);
            blocks[index] = scan_compare(kind, bytes + at + index * 64);
        }
        if (scan_any(blocks)) {
            if (capacity - count < SCAN_GROUP * 64) break;
            SCAN_UNROLL
            for (int index = 0; index < SCAN_GROUP; index++) {
                count += scan_emit(kind, scan_mask(blocks[index]), (uint32_t)at + index * 64, offsets + count);
            }
        }
        at += SCAN_GROUP * 64;
    }
    while (at < length) {
        size_t left = length - at;
        if (capacity - count < 64) break;
        uint64_t mask = left >= 64 ? scan_mask(scan_compare(kind, bytes + at)) : scan_rest(kind, bytes + at, left);
        count += scan_emit(kind, mask, (uint32_t)at, offsets + count);
        at += left >= 64 ? 64 : left;
    }
    return (c_sluice_scan_result){.count = count, .scanned = at};
}

SCAN_TARGET static c_sluice_scan_result scan_line_ends(const uint8_t *bytes, size_t length, uint32_t *offsets,
                                                       size_t capacity) {
    return scan(LINE_ENDS, bytes, length, offsets, capacity);
}

SCAN_TARGET static c_sluice_scan_result scan_line_feeds(const uint8_t *bytes, size_t length, uint32_t *offsets,
                                                        size_t capacity) {
    return scan(LINE_FEEDS, bytes, length, offsets, capacity);
}

SCAN_TARGET static c_sluice_scan_result scan_brackets(const uint8_t *bytes, size_t length, uint32_t *offsets,
                                                      size_t capacity) {
    return scan(BRACKETS, bytes, length, offsets, capacity);
}
