#include <jemalloc/jemalloc.h>

#include "CBaselines.h"

// nrequests counts every call that was served, also from the thread's cache, once the cache is flushed;
// thread.allocated tells the bytes exactly.
baseline_allocations baseline_allocations_now(void) {
    uint64_t epoch = 1;
    size_t size = sizeof(epoch);
    mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    mallctl("epoch", &epoch, &size, &epoch, size);
    uint64_t small = 0;
    uint64_t large = 0;
    uint64_t bytes = 0;
    size = sizeof(small);
    mallctl("stats.arenas.4096.small.nrequests", &small, &size, NULL, 0);
    mallctl("stats.arenas.4096.large.nrequests", &large, &size, NULL, 0);
    mallctl("thread.allocated", &bytes, &size, NULL, 0);
    return (baseline_allocations){small + large, bytes};
}

const char *baseline_allocator(void) {
    const char *version = "none";
    size_t size = sizeof(version);
    mallctl("version", &version, &size, NULL, 0);
    return version;
}
