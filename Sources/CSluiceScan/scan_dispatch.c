// Chooses a version at the first scan and keeps the choice in one atomic pointer.
//
// Threads that scan for the first time together choose the same table and store the same pointer, so none waits for
// another. The tables are constants of the program: a relaxed load is enough to see them whole.

#include <stdatomic.h>

#include "scan_kinds.h"
#include "scan_versions.h"

static _Atomic(const c_sluice_scan_table *) chosen_table;

// The table of a version that is compiled in and can run here, or null. The builtin asks the processor, and asks
// whether the operating system keeps the wide registers.
static const c_sluice_scan_table *available_table(c_sluice_scan_version version) {
    switch (version) {
    case C_SLUICE_SCAN_PORTABLE:
        return &c_sluice_scan_portable_table;
#if defined(C_SLUICE_SCAN_HAS_X86)
    case C_SLUICE_SCAN_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? &c_sluice_scan_avx2_table : NULL;
    case C_SLUICE_SCAN_AVX512:
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2")
                       && __builtin_cpu_supports("bmi2")
                   ? &c_sluice_scan_avx512_table
                   : NULL;
#endif
#if defined(C_SLUICE_SCAN_HAS_NEON)
    case C_SLUICE_SCAN_NEON:
        return &c_sluice_scan_neon_table;
#endif
    default:
        return NULL;
    }
}

static const c_sluice_scan_table *choose_table(void) {
    static const c_sluice_scan_version fastest_first[] = {C_SLUICE_SCAN_AVX512, C_SLUICE_SCAN_AVX2,
                                                          C_SLUICE_SCAN_NEON};
    const c_sluice_scan_table *table = NULL;
    for (size_t index = 0; table == NULL && index < sizeof fastest_first / sizeof *fastest_first; index++) {
        table = available_table(fastest_first[index]);
    }
    if (table == NULL) table = &c_sluice_scan_portable_table;
    atomic_store_explicit(&chosen_table, table, memory_order_relaxed);
    return table;
}

static inline const c_sluice_scan_table *active_table(void) {
    const c_sluice_scan_table *table = atomic_load_explicit(&chosen_table, memory_order_relaxed);
    return table != NULL ? table : choose_table();
}

static const c_sluice_scan_table *table_with(c_sluice_scan_version version) {
    const c_sluice_scan_table *table = available_table(version);
    return table != NULL ? table : &c_sluice_scan_portable_table;
}

// Chunks of a few bytes: a loop over bytes is done before a vector is loaded, above all from memory that was written
// a moment ago in smaller pieces, as the tail of a carry is.
#define FEW_BYTES 4

SCAN_INLINE c_sluice_scan_result scan_few(scan_kind kind, const uint8_t *bytes, size_t length, uint32_t *offsets) {
    size_t count = 0;
    for (size_t index = 0; index < length; index++) {
        offsets[count] = (uint32_t)index;
        count += (size_t)scan_matches_byte(kind, bytes[index]);
    }
    return (c_sluice_scan_result){.count = count, .scanned = length};
}

c_sluice_scan_result c_sluice_scan_line_ends(const uint8_t *bytes, size_t length, uint32_t *offsets, size_t capacity) {
    if (length <= FEW_BYTES && capacity >= C_SLUICE_SCAN_MIN_CAPACITY) {
        return scan_few(LINE_ENDS, bytes, length, offsets);
    }
    return active_table()->line_ends(bytes, length, offsets, capacity);
}

c_sluice_scan_result c_sluice_scan_line_feeds(const uint8_t *bytes, size_t length, uint32_t *offsets, size_t capacity) {
    if (length <= FEW_BYTES && capacity >= C_SLUICE_SCAN_MIN_CAPACITY) {
        return scan_few(LINE_FEEDS, bytes, length, offsets);
    }
    return active_table()->line_feeds(bytes, length, offsets, capacity);
}

c_sluice_scan_result c_sluice_scan_brackets(const uint8_t *bytes, size_t length, uint32_t *offsets, size_t capacity) {
    if (length <= FEW_BYTES && capacity >= C_SLUICE_SCAN_MIN_CAPACITY) {
        return scan_few(BRACKETS, bytes, length, offsets);
    }
    return active_table()->brackets(bytes, length, offsets, capacity);
}

bool c_sluice_scan_version_available(c_sluice_scan_version version) {
    return available_table(version) != NULL;
}

const char *c_sluice_scan_version_name(c_sluice_scan_version version) {
    switch (version) {
    case C_SLUICE_SCAN_PORTABLE:
        return "portable";
    case C_SLUICE_SCAN_AVX2:
        return "avx2";
    case C_SLUICE_SCAN_AVX512:
        return "avx512";
    case C_SLUICE_SCAN_NEON:
        return "neon";
    }
    return "unknown";
}

c_sluice_scan_version c_sluice_scan_active_version(void) {
    return active_table()->version;
}

c_sluice_scan_result c_sluice_scan_line_ends_with(c_sluice_scan_version version, const uint8_t *bytes, size_t length,
                                                  uint32_t *offsets, size_t capacity) {
    return table_with(version)->line_ends(bytes, length, offsets, capacity);
}

c_sluice_scan_result c_sluice_scan_line_feeds_with(c_sluice_scan_version version, const uint8_t *bytes, size_t length,
                                                   uint32_t *offsets, size_t capacity) {
    return table_with(version)->line_feeds(bytes, length, offsets, capacity);
}

c_sluice_scan_result c_sluice_scan_brackets_with(c_sluice_scan_version version, const uint8_t *bytes, size_t length,
                                                 uint32_t *offsets, size_t capacity) {
    return table_with(version)->brackets(bytes, length, offsets, capacity);
}
