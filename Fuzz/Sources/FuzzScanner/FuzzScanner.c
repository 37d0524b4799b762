// Every version of the scans is compared with a loop over bytes, the runs of plain frames with a parser line by line, and the
// CRC with a loop over bits. All memory has exactly its size, which the sanitizer guards.

#include <stdio.h>
#include <stdlib.h>

#include "scan_slow.h"

typedef c_sluice_scan_result scan_with(c_sluice_scan_version, const uint8_t *, size_t, uint32_t *, size_t);
typedef c_sluice_scan_result scan_active(const uint8_t *, size_t, uint32_t *, size_t);

static const struct {
    const char *name;
    const char *wanted;
    scan_with *with;
    scan_active *active;
} kinds[] = {
    {"line_ends", "\n\r", c_sluice_scan_line_ends_with, c_sluice_scan_line_ends},
    {"line_feeds", "\n", c_sluice_scan_line_feeds_with, c_sluice_scan_line_feeds},
    {"brackets", "{}[]\"\\", c_sluice_scan_brackets_with, c_sluice_scan_brackets},
};

enum { CHOSEN = -1, VERSIONS = 4, HEADER = 4 };

static void fail(const char *what, const char *where, int version) {
    fprintf(stderr, "scanner: %s: %s, version %d\n", what, where, version);
    abort();
}

static void *allocate(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL && size > 0) fail("no memory", "", 0);
    return memory;
}

static void check_scan(size_t kind, int version, const uint8_t *bytes, size_t length, size_t capacity) {
    const char *name = kinds[kind].name;
    uint32_t *wanted = allocate(length * sizeof *wanted);
    uint32_t *offsets = allocate(capacity * sizeof *offsets);
    size_t count = find_slowly(bytes, length, kinds[kind].wanted, wanted);
    size_t found = 0, at = 0;
    do {
        size_t left = length - at;
        c_sluice_scan_result result =
            version == CHOSEN ? kinds[kind].active(bytes + at, left, offsets, capacity)
                              : kinds[kind].with((c_sluice_scan_version)version, bytes + at, left, offsets, capacity);
        if (result.scanned > left || result.count > capacity) fail("more covered than there is", name, version);
        if (result.scanned < (left < 64 ? left : 64)) fail("no progress", name, version);
        if (result.scanned != left && result.scanned % 64 != 0) fail("a block cut in two", name, version);
        for (size_t index = 0; index < result.count; index++, found++) {
            if (found >= count || at + offsets[index] != wanted[found]) fail("a wrong offset", name, version);
        }
        at += result.scanned;
        if (found < count && wanted[found] < at) fail("an offset missed", name, version);
    } while (at < length);
    if (found != count) fail("offsets missed", name, version);
    free(offsets);
    free(wanted);
}

// The runs that begin at each position behind a run, among the marks of the first `scanned` bytes.
static void check_plain(bool is_events, const uint8_t *bytes, size_t length, size_t scanned, size_t limit,
                        size_t name_limit, size_t capacity) {
    const char *name = is_events ? "plain_events" : "plain_lines";
    size_t slots = length + C_SLUICE_SCAN_MIN_CAPACITY;
    uint32_t *marks = allocate(slots * sizeof *marks);
    c_sluice_plain_frame *frames = allocate(capacity * sizeof *frames), expected;
    size_t count = find_slowly(bytes, scanned, is_events ? "\n\r" : "\n", marks);
    for (size_t start = 0; start < scanned;) {
        const uint8_t *from = bytes + start;
        ptrdiff_t origin = -(ptrdiff_t)start;
        c_sluice_plain_run run =
            is_events ? c_sluice_plain_events(from, length - start, marks, count, origin, limit, name_limit, frames,
                                              capacity)
                      : c_sluice_plain_lines(from, marks, count, origin, limit, frames, capacity);
        size_t at = 0, found = 0;
        for (; found < capacity && start + at < scanned; found++) {
            size_t left = scanned - start - at;
            size_t step = is_events ? slow_event(from + at, left, limit, name_limit, &expected)
                                    : slow_text(from + at, left, limit, &expected);
            if (step == 0) break;
            expected.start += (uint32_t)at;
            expected.payload_start += (uint32_t)at;
            if (found >= run.frames || memcmp(&expected, &frames[found], sizeof expected) != 0) {
                fail("a wrong frame", name, 0);
            }
            at += step;
        }
        if (run.frames != found || run.length != at) fail("a wrong run", name, 0);
        size_t used = 0;
        while (used < count && marks[used] < start + at) used++;
        if (run.marks != used) fail("wrong marks", name, 0);
        start += at + (found < capacity);
    }
    free(frames);
    free(marks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEADER) return 0;
    size_t length = size - HEADER;
    size_t capacity = C_SLUICE_SCAN_MIN_CAPACITY + (data[0] & 1 ? data[1] * 5u : 0);
    uint8_t *bytes = allocate(length);
    if (length > 0) memcpy(bytes, data + HEADER, length);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (int version = CHOSEN; version < VERSIONS; version++) {
            bool is_there = version == CHOSEN || c_sluice_scan_version_available((c_sluice_scan_version)version);
            if (is_there) check_scan(kind, version, bytes, length, capacity);
        }
    }
    size_t limit = data[0] & 2 ? data[2] : 1 << 20;
    size_t scanned = data[0] & 4 ? data[3] * length / 256 : length;
    size_t name_limit = data[0] & 16 ? data[1] % 8 : 1024;
    check_plain(true, bytes, length, scanned, limit, name_limit, data[0] & 8 ? 1 : 64);
    check_plain(false, bytes, length, scanned, limit, name_limit, data[0] & 8 ? 1 : 64);
    size_t cut = data[3] * length / 256;
    uint32_t crc = c_sluice_crc32(c_sluice_crc32(0, bytes, cut), bytes + cut, length - cut);
    if (crc != crc_slowly(0, bytes, length)) fail("a wrong sum", "crc32", 0);
    free(bytes);
    return 0;
}
