// Finds delimiters in bytes, as fast as the memory delivers them.
//
// A scan looks at each byte once and writes down where the delimiters stand, a whole chunk a call: a C function
// compiled for AVX2 or AVX-512 cannot be inlined into its caller, so a call must pay for much work. Which version
// runs (AVX-512, AVX2, NEON or portable) is chosen once, at the first scan, by what the processor and the operating
// system support. All versions give the same matches; the checks hold them to it.
//
// Nothing here allocates, blocks or fails, and every function may be called from any number of threads at once.

#ifndef C_SLUICE_SCAN_H
#define C_SLUICE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__clang__) && !defined(_Nonnull)
#define _Nonnull  // Swift reads it, through clang; other compilers do not know it.
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The least capacity of an offsets buffer: a block of 64 bytes may hold 64 matches, and a block is never cut.
// A scan goes fastest while 256 slots or more are free, so a buffer of 1,024 slots is a good size.
#define C_SLUICE_SCAN_MIN_CAPACITY 64

typedef struct {
    size_t count;    // offsets written
    size_t scanned;  // bytes covered: every match in bytes[0 ..< scanned) is written, none beyond
} c_sluice_scan_result;

// What all scans have in common:
//
// - `bytes` is readable for `length` bytes, and no byte outside of them is read. With `length` 0 it may point
//   anywhere. No alignment is asked for.
// - `length` is below 2^32, because offsets are 32 bits wide: cut what is longer into several calls.
// - `offsets` is writable for `capacity` slots, `capacity` is at least C_SLUICE_SCAN_MIN_CAPACITY. The offsets count
//   from `bytes` and ascend. Slots from `count` up to `capacity` may be overwritten with anything.
// - A scan may stop early, at a multiple of 64 bytes, where fewer than 64 slots are free: `scanned` is then less
//   than `length`. Take the offsets out and call again from `bytes + scanned`; each call covers at least 64 bytes
//   or all that is left, so no byte is scanned twice.
// - With less than the least capacity nothing is written, and `scanned` is 0.
//
// Cost: linear in `length`, plus a small step for each match.

// Writes the offset of every LF and every CR: the line ends of SSE.
c_sluice_scan_result c_sluice_scan_line_ends(const uint8_t *_Nonnull bytes, size_t length,
                                             uint32_t *_Nonnull offsets, size_t capacity);

// Writes the offset of every LF: the line ends of NDJSON.
c_sluice_scan_result c_sluice_scan_line_feeds(const uint8_t *_Nonnull bytes, size_t length,
                                              uint32_t *_Nonnull offsets, size_t capacity);

// Writes the offset of every { } [ ] " and \: what tells where an element of a JSON array begins and ends.
c_sluice_scan_result c_sluice_scan_brackets(const uint8_t *_Nonnull bytes, size_t length,
                                            uint32_t *_Nonnull offsets, size_t capacity);

// A frame of one of the plain shapes; positions count from the begin of the run's first frame.
typedef struct {
    uint32_t start;
    uint32_t payload_start;
    uint32_t payload_length;
    uint32_t event;  // the event's type: its length, and where it begins behind `start` in the upper half; 0 for none
} c_sluice_plain_frame;

typedef struct {
    size_t frames;  // frames written
    size_t marks;   // marks that were used up, those before `bytes` among them
    size_t length;  // bytes of the frames; the next begins there
} c_sluice_plain_run;

// The run of plain frames from `bytes` on, where a frame begins. It ends at the first frame that is not plain, that is
// not whole among the marks, or that is longer than `limit`, or whose type is longer than `name_limit`, and with
// `capacity` frames.
//
// - `marks` are `count` offsets as the scan above found them, none left out; `origin` + a mark counts from `bytes`. Marks
//   before `bytes` are passed over, all others are below `length`, and the positions fit into 32 bits.
// - `bytes` is readable for `length` bytes, and no byte outside of them is read.
//
// Cost: a few nanoseconds a frame; of the payload no byte is looked at.

// Server-Sent Events that are a line `event: x`, which may be missing, one line `data: x` and a blank line; LF or CRLF end
// the first, and the other two alike. The spaces may be missing, a type may not be empty, and "error" is no plain type.
// Marks are of c_sluice_scan_line_ends.
c_sluice_plain_run c_sluice_plain_events(const uint8_t *_Nonnull bytes, size_t length, const uint32_t *_Nonnull marks,
                                         size_t count, ptrdiff_t origin, size_t limit, size_t name_limit,
                                         c_sluice_plain_frame *_Nonnull frames, size_t capacity);

// Lines that begin with something above the space; a CR before the LF is left out. Marks are of c_sluice_scan_line_feeds.
c_sluice_plain_run c_sluice_plain_lines(const uint8_t *_Nonnull bytes, const uint32_t *_Nonnull marks, size_t count,
                                        ptrdiff_t origin, size_t limit, c_sluice_plain_frame *_Nonnull frames,
                                        size_t capacity);

// The CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320), as zlib's crc32 and AWS event streams have it.
// Start with `crc` 0; to go on over further bytes, pass what the call before returned. Eight bytes a step.
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
