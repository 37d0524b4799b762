#include <jemalloc/jemalloc.h>

#include "CBaselines.h"

#define TEXT_OF(name) #name
#define TEXT_BEHIND(name) TEXT_OF(name)
#define ALL_ARENAS "stats.arenas." TEXT_BEHIND(MALLCTL_ARENAS_ALL)

// jemalloc's statistics stand still until the epoch is moved on.
static void refresh(void) {
    uint64_t epoch = 1;
    size_t size = sizeof(epoch);
    mallctl("epoch", &epoch, &size, &epoch, size);
}

// nmalloc would not do for small allocations: it counts what fills a thread's cache, whether or not it was asked for.
// nrequests counts every call that was served, also from the thread's cache, once the cache is flushed;
// thread.allocated has the bytes exactly.
baseline_allocations baseline_allocations_now(void) {
    mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    refresh();
    uint64_t small = 0;
    uint64_t large = 0;
    uint64_t bytes = 0;
    size_t size = sizeof(small);
    mallctl(ALL_ARENAS ".small.nrequests", &small, &size, NULL, 0);
    mallctl(ALL_ARENAS ".large.nrequests", &large, &size, NULL, 0);
    mallctl("thread.allocated", &bytes, &size, NULL, 0);
    return (baseline_allocations){small + large, bytes};
}

uint64_t baseline_allocated_bytes_now(void) {
    refresh();
    size_t allocated = 0;
    size_t size = sizeof(allocated);
    mallctl("stats.allocated", &allocated, &size, NULL, 0);
    return allocated;
}

const char *baseline_allocator(void) {
    const char *version = "none";
    size_t size = sizeof(version);
    mallctl("version", &version, &size, NULL, 0);
    return version;
}
