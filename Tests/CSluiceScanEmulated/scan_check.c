// Checks every version of the scans that this machine can run against a loop over bytes, the runs of plain frames
// against a reading line by line, and the CRC against a loop over bits.
//
// Everything is exhaustive within small bounds: alignments 0 to 63, lengths 0 to 300, several mixtures of bytes, and
// buffers too small for all matches. The input lies against a page that cannot be read, at its begin and at its end,
// and the offsets lie against a page that cannot be written: one byte too far ends the run with the case's name.
//
// Exit status 0: all agree. Anything else: a mismatch or a fault, described on standard error.

#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CSluiceScan.h"
#include "scan_slow.h"

enum { LONGEST = 300, ALIGNMENTS = 64, LONG_LENGTH = 1 << 18, LARGE_CAPACITY = 1024 };

typedef c_sluice_scan_result scan_with(c_sluice_scan_version, const uint8_t *, size_t, uint32_t *, size_t);
typedef c_sluice_scan_result scan_active(const uint8_t *, size_t, uint32_t *, size_t);

typedef struct {
    const char *name;
    const char *wanted;
    scan_with *with;
    scan_active *active;
} kind;

static const kind kinds[] = {
    {"line_ends", "\n\r", c_sluice_scan_line_ends_with, c_sluice_scan_line_ends},
    {"line_feeds", "\n", c_sluice_scan_line_feeds_with, c_sluice_scan_line_feeds},
    {"brackets", "{}[]\"\\", c_sluice_scan_brackets_with, c_sluice_scan_brackets},
};

// One byte in `period` is wanted; 0 means that all values are equally likely, -1 that bytes differ from wanted ones
// in a single bit half of the time.
static const int mixtures[] = {1, 2, 8, 100, 1 << 30, 0, -1};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

// What is being checked, for the messages. `version` -1 is the choice made at run time.
static struct {
    int version;
    const kind *kind;
    int mixture;
    size_t alignment, length, capacity;
} now;

static size_t cases;

static const char *version_name(void) {
    return now.version < 0 ? "chosen" : c_sluice_scan_version_name((c_sluice_scan_version)now.version);
}

static void fail(const char *what) {
    fprintf(stderr, "scan_check: %s: version %s, scan %s, mixture %d, alignment %zu, length %zu, capacity %zu\n", what,
            version_name(), now.kind ? now.kind->name : "none", now.mixture, now.alignment, now.length, now.capacity);
    exit(1);
}

// Formatting in a handler is not safe in general; here the fault lies in a scan, never inside of stdio.
static void fault(int signal_number) {
    (void)signal_number;
    fail("access outside of the buffers");
}

static uint32_t next_random(void) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// `size` bytes, rounded up to pages, between two pages that fault. Returns the first and stores the end.
static uint8_t *guarded(size_t size, uint8_t **end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inside = (size + page - 1) / page * page;
    uint8_t *all = mmap(NULL, inside + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + page, inside, PROT_READ | PROT_WRITE) != 0) {
        perror("scan_check: memory");
        exit(2);
    }
    *end = all + page + inside;
    return all + page;
}

static void fill(uint8_t *bytes, size_t length, const char *wanted, int mixture) {
    size_t wanted_count = strlen(wanted);
    for (size_t index = 0; index < length; index++) {
        uint8_t match = (uint8_t)wanted[next_random() % wanted_count];
        if (mixture > 0) {
            bytes[index] = next_random() % (uint32_t)mixture == 0 ? match : 'a' + next_random() % 20;
        } else if (mixture == 0) {
            bytes[index] = (uint8_t)next_random();
        } else {
            bytes[index] = next_random() % 2 ? match : match ^ (uint8_t)(1u << next_random() % 8);
        }
    }
}

static c_sluice_scan_result scan_now(const uint8_t *bytes, size_t length, uint32_t *offsets, size_t capacity) {
    if (now.version < 0) return now.kind->active(bytes, length, offsets, capacity);
    return now.kind->with((c_sluice_scan_version)now.version, bytes, length, offsets, capacity);
}

// Scans to the end, resuming as often as it takes; `offsets_end` is where the offsets must end.
static void check(const uint8_t *bytes, size_t length, const uint32_t *expected, size_t expected_count,
                  uint8_t *offsets_end, size_t capacity) {
    uint32_t *offsets = (uint32_t *)offsets_end - capacity;
    size_t found = 0, at = 0;
    now.length = length;
    now.capacity = capacity;
    do {
        c_sluice_scan_result result = scan_now(bytes + at, length - at, offsets, capacity);
        size_t left = length - at;
        if (result.scanned > left || result.count > capacity) fail("more covered than there is");
        if (result.scanned < (left < 64 ? left : 64)) fail("no progress");
        if (result.scanned != left && result.scanned % 64 != 0) fail("a block cut in two");
        for (size_t index = 0; index < result.count; index++, found++) {
            if (found >= expected_count || at + offsets[index] != expected[found]) fail("a wrong offset");
        }
        at += result.scanned;
        if (found < expected_count && expected[found] < at) fail("an offset missed");
    } while (at < length);
    if (found != expected_count) fail("offsets missed");
    cases++;
}

static void check_short(uint8_t *begin, uint8_t *end, uint8_t *offsets_end) {
    static const size_t capacities[] = {64, 65, 100, LARGE_CAPACITY};
    uint8_t bytes[LONGEST];
    uint32_t expected[LONGEST];
    for (now.alignment = 0; now.alignment < ALIGNMENTS; now.alignment++) {
        fill(bytes, LONGEST, now.kind->wanted, now.mixture);
        find_slowly(bytes, LONGEST, now.kind->wanted, expected);
        memcpy(begin + now.alignment, bytes, LONGEST);
        for (size_t length = 0, count = 0; length <= LONGEST; length++) {
            if (length > 0 && strchr(now.kind->wanted, bytes[length - 1]) && bytes[length - 1]) count++;
            for (size_t index = 0; index < COUNT_OF(capacities); index++) {
                check(begin + now.alignment, length, expected, count, offsets_end, capacities[index]);
            }
            memcpy(end - length, bytes, length);
            check(end - length, length, expected, count, offsets_end, LARGE_CAPACITY);
        }
    }
    now.alignment = 0;
}

static void check_long(uint8_t *begin, uint8_t *offsets_end, uint32_t *expected) {
    static const size_t capacities[] = {64, 65, 100, 255, 256, 300, LARGE_CAPACITY};
    fill(begin, LONG_LENGTH, now.kind->wanted, now.mixture);
    size_t count = find_slowly(begin, LONG_LENGTH, now.kind->wanted, expected);
    for (size_t index = 0; index < COUNT_OF(capacities); index++) {
        check(begin, LONG_LENGTH, expected, count, offsets_end, capacities[index]);
    }
}

// Every value at every place of a block, alone among bytes that never match: a shuffle or a fold that takes one value
// for another shows here.
static void check_values(uint8_t *end, uint8_t *offsets_end) {
    for (size_t place = 0; place < 64; place++) {
        for (int value = 0; value < 256; value++) {
            uint32_t expected[1];
            memset(end - 64, 'x', 64);
            end[-64 + (int)place] = (uint8_t)value;
            size_t count = find_slowly(end - 64, 64, now.kind->wanted, expected);
            check(end - 64, 64, expected, count, offsets_end, 64);
            check(end - 64 + place, 64 - place, (uint32_t[]){0}, count, offsets_end, 64);
        }
    }
}

static void check_small_capacity(uint8_t *begin, uint8_t *offsets_end) {
    memset(begin, now.kind->wanted[0], 4);
    c_sluice_scan_result result = scan_now(begin, 4, (uint32_t *)offsets_end, 63);
    if (result.count != 0 || result.scanned != 0) fail("a scan into less than the least capacity");
    cases++;
}

static void check_version(int version, uint8_t *begin, uint8_t *end, uint8_t *offsets_end, uint32_t *expected) {
    now.version = version;
    cases = 0;
    for (now.kind = kinds; now.kind < kinds + COUNT_OF(kinds); now.kind++) {
        for (size_t index = 0; index < COUNT_OF(mixtures); index++) {
            now.mixture = mixtures[index];
            check_short(begin, end, offsets_end);
            check_long(begin, offsets_end, expected);
        }
        check_values(end, offsets_end);
        check_small_capacity(begin, offsets_end);
    }
    printf("%-8s %zu cases agree with the loop over bytes\n", version_name(), cases);
}

static void check_crc(uint8_t *end) {
    now.kind = NULL;
    cases = 0;
    if (c_sluice_crc32(0, (const uint8_t *)"123456789", 9) != 0xCBF43926u) fail("the CRC of 123456789");
    for (now.length = 0; now.length <= LONGEST; now.length++) {
        uint8_t *bytes = end - now.length;
        fill(bytes, now.length, "x", 0);
        uint32_t expected = crc_slowly(0, bytes, now.length);
        for (size_t cut = 0; cut <= now.length; cut++, cases++) {
            uint32_t first = c_sluice_crc32(0, bytes, cut);
            if (c_sluice_crc32(first, bytes + cut, now.length - cut) != expected) fail("a wrong CRC");
        }
    }
    printf("%-8s %zu cases agree with the loop over bits\n", "crc32", cases);
}

static size_t fill_lines(uint8_t *bytes, size_t length) {
    static const char *const parts[] = {
        "data: abc\n\n", "data:abc\r\n\r\n", "event: ping\ndata: {}\n\n", "event:a\r\ndata:b\r\n\r\n", "data:\n\n",
        "event: error\ndata: x\n\n", "event: errors\ndata: x\n\n", "event:\ndata: x\n\n", "event: \n", "data: ",
        "event: ", "data", "event", ":", " ", "x", "error", "\n", "\r", "\r\n", "id: 1\n", ": c\n\n", "{\"a\":1}\n", "\t\n",
    };
    size_t count = 0;
    while (true) {
        // Plain ones half of the time, for long runs.
        const char *part = parts[next_random() % (next_random() % 2 ? 5 : COUNT_OF(parts))];
        if (count + strlen(part) > length) return count;
        memcpy(bytes + count, part, strlen(part));
        count += strlen(part);
    }
}

static void check_run(const uint8_t *bytes, size_t length, size_t scanned, bool is_events, uint8_t *frames_end) {
    uint32_t marks[LARGE_CAPACITY];
    size_t limit = next_random() % 2 ? 1000 : next_random() % 40, name_limit = next_random() % 2 ? 1000 : next_random() % 7;
    size_t capacity = next_random() % 4 ? 64 : 1;
    c_sluice_plain_frame *frames = (c_sluice_plain_frame *)frames_end - capacity, expected;
    c_sluice_scan_result scan = is_events ? c_sluice_scan_line_ends(bytes, scanned, marks, LARGE_CAPACITY)
                                          : c_sluice_scan_line_feeds(bytes, scanned, marks, LARGE_CAPACITY);
    for (size_t start = 0; start < scanned; cases++) {
        const uint8_t *from = bytes + start;
        c_sluice_plain_run run =
            is_events ? c_sluice_plain_events(from, length - start, marks, scan.count, -(ptrdiff_t)start, limit,
                                              name_limit, frames, capacity)
                      : c_sluice_plain_lines(from, marks, scan.count, -(ptrdiff_t)start, limit, frames, capacity);
        size_t at = 0, found = 0;
        for (; found < capacity && start + at < scanned; found++) {
            size_t left = scanned - start - at;
            size_t step = is_events ? slow_event(from + at, left, limit, name_limit, &expected)
                                    : slow_text(from + at, left, limit, &expected);
            if (step == 0) break;
            expected.start += (uint32_t)at;
            expected.payload_start += (uint32_t)at;
            if (found >= run.frames || memcmp(&expected, &frames[found], sizeof expected) != 0) fail("a wrong frame");
            at += step;
        }
        if (run.frames != found || run.length != at) fail("a wrong run");
        size_t used = 0;
        while (used < scan.count && marks[used] < start + at) used++;
        if (run.marks != used) fail("wrong marks");
        start += at + (found < capacity);
    }
}

static void check_plain_frames(uint8_t *end, uint8_t *frames_end) {
    uint8_t bytes[LONGEST];
    now.kind = NULL;
    cases = 0;
    for (int round = 0; round < 20000; round++) {
        now.length = fill_lines(bytes, next_random() % LONGEST);
        memcpy(end - now.length, bytes, now.length);
        check_run(end - now.length, now.length, now.length, round % 2, frames_end);
        size_t scanned = now.length > 0 ? next_random() % now.length : 0;
        check_run(end - now.length, now.length, scanned, round % 2, frames_end);
    }
    printf("%-8s %zu runs agree with the reading line by line\n", "plain", cases);
}

int main(void) {
    uint8_t *end, *offsets_end;
    uint8_t *begin = guarded(LONG_LENGTH, &end);
    uint32_t *expected = malloc(LONG_LENGTH * sizeof *expected);
    guarded(LARGE_CAPACITY * sizeof(uint32_t), &offsets_end);
    if (expected == NULL) return 2;
    signal(SIGSEGV, fault);
    signal(SIGBUS, fault);

    static const c_sluice_scan_version versions[] = {C_SLUICE_SCAN_PORTABLE, C_SLUICE_SCAN_AVX2, C_SLUICE_SCAN_AVX512,
                                                     C_SLUICE_SCAN_NEON};
    for (size_t index = 0; index < COUNT_OF(versions); index++) {
        if (c_sluice_scan_version_available(versions[index])) {
            check_version((int)versions[index], begin, end, offsets_end, expected);
        } else {
            printf("%-8s not available here, not run\n", c_sluice_scan_version_name(versions[index]));
        }
    }
    check_version(-1, begin, end, offsets_end, expected);
    check_crc(end);
    check_plain_frames(end, offsets_end);
    printf("chosen at run time: %s\n", c_sluice_scan_version_name(c_sluice_scan_active_version()));
    free(expected);
    return 0;
}
