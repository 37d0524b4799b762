// What Sluice is measured against, and what both are measured with.
#ifndef C_BASELINES_H
#define C_BASELINES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable behind the input of a baseline (SIMDJSON_PADDING).
#define BASELINE_PADDING 64

/// What a contender read; two that read the same have the same count, bytes and hash.
typedef struct {
    uint64_t deltas;
    uint64_t bytes;
    uint64_t hash;
} baseline_answer;

/// Mixes one delta's bytes into an answer; every contender uses this one.
void baseline_add(baseline_answer *_Nonnull answer, const void *_Nullable bytes, size_t length);

/// The expert loop: memchr for the newline, strip `data: `, simdjson on-demand for choices[0].delta.content.
baseline_answer baseline_expert_loop(const char *_Nonnull bytes, size_t length);

/// As the loop, but with simdjson's iterate_many over copied blocks in which the framing was blanked out.
baseline_answer baseline_expert_batch(const char *_Nonnull bytes, size_t length);

/// memchr over the same bytes, newline by newline; returns how many there are.
uint64_t baseline_memchr(const char *_Nonnull bytes, size_t length);

/// Calls to malloc and its kin by this thread's arenas so far, and bytes, by jemalloc's own statistics.
typedef struct {
    uint64_t calls;
    uint64_t bytes;
} baseline_allocations;
baseline_allocations baseline_allocations_now(void);

/// jemalloc's version, as a proof that it is the allocator that is linked.
const char *_Nonnull baseline_allocator(void);

#ifdef __cplusplus
}
#endif
#endif
