// Finds delimiters in bytes, as fast as the memory delivers them.
//
// A scan reads each byte once and writes the offsets of the delimiters, a whole chunk per call: a C function compiled for
// AVX2 or AVX-512 cannot be inlined into its caller, so each call should do much work. The version (AVX-512, AVX2, NEON
// or portable) is chosen once, at the first scan, by what the processor and the operating system support. All versions
// return the same matches, which tests check.
//
// No function allocates, blocks or fails, and all of them may be called from any number of threads at once.

#ifndef C_SLUICE_SCAN_H
#define C_SLUICE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__clang__) && !defined(_Nonnull)
#define _Nonnull  // Clang and Swift use it; other compilers do not define it.
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The minimum capacity of an offsets buffer: a block of 64 bytes may have 64 matches, and a block is never split.
// A scan is fastest while 256 slots or more are free, so 1,024 slots are a good size.
#define C_SLUICE_SCAN_MIN_CAPACITY 64

typedef struct {
    size_t count;    // offsets written
    size_t scanned;  // bytes covered: every match in bytes[0 ..< scanned) is written, none beyond
} c_sluice_scan_result;

// The contract of all scans:
//
// - `bytes` is readable for `length` bytes, and no byte outside of them is read. With `length` 0 it may point
//   anywhere. No alignment is required.
// - `length` is below 2^32, because offsets are 32 bits wide: split longer inputs into several calls.
// - `offsets` is writable for `capacity` slots, `capacity` is at least C_SLUICE_SCAN_MIN_CAPACITY. The offsets count
//   from `bytes` and ascend. Slots from `count` up to `capacity` may be overwritten with anything.
// - A scan may stop early, at a multiple of 64 bytes, where fewer than 64 slots are free: `scanned` is then less
//   than `length`. Remove the offsets and call again from `bytes + scanned`; each call covers at least 64 bytes
//   or the rest, so no byte is scanned twice.
// - With less than the minimum capacity nothing is written, and `scanned` is 0.
//
// Cost: linear in `length`, plus a small step for each match.

// Writes the offset of every LF and every CR: the line ends of SSE.
c_sluice_scan_result c_sluice_scan_line_ends(const uint8_t *_Nonnull bytes, size_t length,
                                             uint32_t *_Nonnull offsets, size_t capacity);

// Writes the offset of every LF: the line ends of NDJSON.
c_sluice_scan_result c_sluice_scan_line_feeds(const uint8_t *_Nonnull bytes, size_t length,
                                              uint32_t *_Nonnull offsets, size_t capacity);

// Writes the offset of every { } [ ] " and \, which determine where an element of a JSON array begins and ends.
c_sluice_scan_result c_sluice_scan_brackets(const uint8_t *_Nonnull bytes, size_t length,
                                            uint32_t *_Nonnull offsets, size_t capacity);

// A plain frame; positions count from the beginning of the run's first frame.
typedef struct {
    uint32_t start;
    uint32_t payload_start;
    uint32_t payload_length;
    uint32_t event;  // the event's type: its length, and in the upper half its offset after `start`; 0 for none
} c_sluice_plain_frame;

typedef struct {
    size_t frames;  // frames written
    size_t marks;   // marks consumed, including those before `bytes`
    size_t length;  // bytes of the frames; the next frame begins there
} c_sluice_plain_run;

// Finds the run of plain frames at `bytes`, where a frame begins. The run ends at the first frame that is not plain, is not
// complete within the marks, is longer than `limit`, or has a type longer than `name_limit`; and after `capacity` frames.
//
// - `marks` are `count` consecutive offsets found by the scan above; `origin` + a mark counts from `bytes`. Marks before
//   `bytes` are skipped, all others are below `length`, and the positions fit into 32 bits.
// - `bytes` is readable for `length` bytes, and no byte outside of them is read.
//
// Cost: a few nanoseconds a frame; no byte of the payload is read.

// Plain Server-Sent Events consist of an optional line `event: x`, one line `data: x` and a blank line. LF or CRLF ends the
// first line; the other two have the same line end. The spaces are optional, the type is neither empty nor "error".
// The marks are those of c_sluice_scan_line_ends.
c_sluice_plain_run c_sluice_plain_events(const uint8_t *_Nonnull bytes, size_t length, const uint32_t *_Nonnull marks,
                                         size_t count, ptrdiff_t origin, size_t limit, size_t name_limit,
                                         c_sluice_plain_frame *_Nonnull frames, size_t capacity);

// Plain lines begin with a byte above the space; a CR before the LF is not part of the payload. The marks are those of
// c_sluice_scan_line_feeds.
c_sluice_plain_run c_sluice_plain_lines(const uint8_t *_Nonnull bytes, const uint32_t *_Nonnull marks, size_t count,
                                        ptrdiff_t origin, size_t limit, c_sluice_plain_frame *_Nonnull frames,
                                        size_t capacity);

// The CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320), as in zlib's crc32 and AWS event streams.
// Start with `crc` 0; to continue over further bytes, pass the result of the previous call. Eight bytes a step.
uint32_t c_sluice_crc32(uint32_t crc, const uint8_t *_Nonnull bytes, size_t length);

// The rest is for tests and benchmarks, which compare the versions, and for reports of what is in use.

typedef enum {
    C_SLUICE_SCAN_PORTABLE = 0,
    C_SLUICE_SCAN_AVX2,    // with BMI
    C_SLUICE_SCAN_AVX512,  // F, BW and VBMI2: Ice Lake, Zen 4 and later
    C_SLUICE_SCAN_NEON,
} c_sluice_scan_version;

// Whether this version is compiled in, and this processor and operating system can run it.
bool c_sluice_scan_version_available(c_sluice_scan_version version);

// "portable", "avx2", "avx512" or "neon"; a constant, never freed.
const char *_Nonnull c_sluice_scan_version_name(c_sluice_scan_version version);

// The version that the scans above use.
c_sluice_scan_version c_sluice_scan_active_version(void);

// The scans above by a given version. One that is not available is replaced by the portable one.
c_sluice_scan_result c_sluice_scan_line_ends_with(c_sluice_scan_version version, const uint8_t *_Nonnull bytes,
                                                  size_t length, uint32_t *_Nonnull offsets, size_t capacity);
c_sluice_scan_result c_sluice_scan_line_feeds_with(c_sluice_scan_version version, const uint8_t *_Nonnull bytes,
                                                   size_t length, uint32_t *_Nonnull offsets, size_t capacity);
c_sluice_scan_result c_sluice_scan_brackets_with(c_sluice_scan_version version, const uint8_t *_Nonnull bytes,
                                                 size_t length, uint32_t *_Nonnull offsets, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
