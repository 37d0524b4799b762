// What the versions of the scans offer to the dispatch: one constant table each.

#ifndef C_SLUICE_SCAN_VERSIONS_H
#define C_SLUICE_SCAN_VERSIONS_H

#include "CSluiceScan.h"

#if defined(__x86_64__)
#define C_SLUICE_SCAN_HAS_X86 1
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define C_SLUICE_SCAN_HAS_NEON 1
#endif

typedef c_sluice_scan_result c_sluice_scan_function(const uint8_t *bytes, size_t length, uint32_t *offsets,
                                                    size_t capacity);

typedef struct {
    c_sluice_scan_version version;
    c_sluice_scan_function *line_ends;
    c_sluice_scan_function *line_feeds;
    c_sluice_scan_function *brackets;
} c_sluice_scan_table;

extern const c_sluice_scan_table c_sluice_scan_portable_table;
extern const c_sluice_scan_table c_sluice_scan_avx2_table;    // only with C_SLUICE_SCAN_HAS_X86
extern const c_sluice_scan_table c_sluice_scan_avx512_table;  // only with C_SLUICE_SCAN_HAS_X86
extern const c_sluice_scan_table c_sluice_scan_neon_table;    // only with C_SLUICE_SCAN_HAS_NEON

#endif
