// Memory for buffers: one file mapped twice in a row, so that bytes that wrap around the end of a ring are contiguous; and
// ordinary memory that can grow in place.
#ifndef C_SLUICE_MEMORY_H
#define C_SLUICE_MEMORY_H

#include <stddef.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a page: the granule of a mirrored mapping's size.
size_t c_sluice_page_size(void);

/// Maps `size` bytes (a multiple of the page size) twice, one after the other: byte i and byte size + i are the same.
/// Returns NULL if the system does not support such a mapping or the mapping fails; the caller then uses ordinary memory.
/// A forked child does not inherit the mapping, so it cannot change what its parent reads; accessing the addresses there
/// is a fault.
void *_Nullable c_sluice_mirror_map(size_t size);

/// Unmaps what c_sluice_mirror_map returned for the same size.
void c_sluice_mirror_unmap(void *_Nonnull base, size_t size);

/// Sizes that are a multiple of this let c_sluice_memory_resize request huge pages.
enum { C_SLUICE_HUGE_PAGE = 2 << 20 };

/// Resizes `base` to `size` bytes, in place if possible, and keeps its first `held` bytes. A NULL `base` allocates. Returns
/// NULL, and leaves `base` unchanged, if the allocation fails.
void *_Nullable c_sluice_memory_resize(void *_Nullable base, size_t held, size_t size);

/// Frees memory that c_sluice_memory_resize returned.
void c_sluice_memory_free(void *_Nonnull base);

/// Prefetches the cache lines of base[0..<size) without waiting for them.
static inline void c_sluice_prefetch(const void *_Nonnull base, size_t size) {
    for (size_t i = 0; i < size; i += 64) __builtin_prefetch((const char *)base + i);
}

#ifdef __cplusplus
}
#endif
#endif
