#if defined(__linux__)
#define _GNU_SOURCE  // memfd_create
#endif
#include "CSluiceMemory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#endif

size_t c_sluice_page_size(void) {
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

// A buffer of half a mebibyte or more uses whole huge pages: the first access to 2 MiB is one page fault instead of 512, each
// of which costs more than parsing the page. One extra huge page is reserved; it takes only address space until the buffer
// grows into it in place.
static void *huge_pages(size_t size) {
    size_t whole = size + C_SLUICE_HUGE_PAGE;
    void *memory = aligned_alloc(C_SLUICE_HUGE_PAGE, whole);
#if defined(__linux__)
    if (memory) madvise(memory, whole, MADV_HUGEPAGE);  // fails on systems without huge pages: the memory is usable all the same
#endif
    return memory;
}

// The usable bytes at `base`; 0 if the allocator does not report them.
static size_t usable_size(void *base) {
#if defined(__linux__)
    return malloc_usable_size(base);
#elif defined(__APPLE__)
    return malloc_size(base);
#else
    (void)base;
    return 0;
#endif
}

void *c_sluice_memory_resize(void *base, size_t held, size_t size) {
    if (size % C_SLUICE_HUGE_PAGE != 0) return realloc(base, size);
    if (base && usable_size(base) >= size) return base;
    void *memory = huge_pages(size);
    if (!memory || !base) return memory;
    memcpy(memory, base, held);
    free(base);
    return memory;
}

void c_sluice_memory_free(void *base) { free(base); }

#if defined(__linux__)

// Reserves twice the size first, so that both halves are adjacent, then maps the file over each half.
static void *map_twice(int file, size_t size) {
    void *base = mmap(NULL, size * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return NULL;
    char *halves[2] = {base, (char *)base + size};
    for (int i = 0; i < 2; i++) {
        void *half = mmap(halves[i], size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
        if (half == MAP_FAILED) {
            munmap(base, size * 2);
            return NULL;
        }
    }
    // A forked child could write to shared pages, so it must not inherit them.
    if (madvise(base, size * 2, MADV_DONTFORK) != 0) {
        munmap(base, size * 2);
        return NULL;
    }
    return base;
}

void *c_sluice_mirror_map(size_t size) {
    if (size == 0 || size % c_sluice_page_size() != 0) return NULL;
    int file = memfd_create("sluice-ring", MFD_CLOEXEC);
    if (file < 0) return NULL;
    void *base = ftruncate(file, (off_t)size) == 0 ? map_twice(file, size) : NULL;
    close(file);
    return base;
}

void c_sluice_mirror_unmap(void *base, size_t size) {
    munmap(base, size * 2);
}

#else

void *c_sluice_mirror_map(size_t size) {
    (void)size;
    return NULL;
}

void c_sluice_mirror_unmap(void *base, size_t size) {
    (void)base;
    (void)size;
}

#endif
