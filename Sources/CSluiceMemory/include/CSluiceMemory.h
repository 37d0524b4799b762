// Memory for buffers: one file mapped twice, back to back, so that what wraps around the end of a ring is contiguous; and
// plain memory that can grow where it lies.
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
/// Returns NULL when the system offers no such mapping or refuses it; the caller then uses plain memory.
/// A child that is forked has no part of the mapping, so what it does cannot change what its parent reads; to touch it there
/// ends the child.
void *_Nullable c_sluice_mirror_map(size_t size);

/// Unmaps what c_sluice_mirror_map returned for the same size.
void c_sluice_mirror_unmap(void *_Nonnull base, size_t size);

/// What a size is a multiple of, so that c_sluice_memory_resize asks the system for huge pages.
enum { C_SLUICE_HUGE_PAGE = 2 << 20 };

/// Memory of `size` bytes that begins with the `held` bytes at `base`, grown where it lies if that can be; NULL for a `base`
/// that there is none of yet. Returns NULL, and leaves `base` as it is, when the memory is not to be had.
void *_Nullable c_sluice_memory_resize(void *_Nullable base, size_t held, size_t size);

/// Gives back what c_sluice_memory_resize returned.
void c_sluice_memory_free(void *_Nonnull base);

/// Begins to bring the cache lines of base[0..<size) near, and waits for none of them.
static inline void c_sluice_prefetch(const void *_Nonnull base, size_t size) {
    for (size_t i = 0; i < size; i += 64) __builtin_prefetch((const char *)base + i);
}

#ifdef __cplusplus
}
#endif
#endif
