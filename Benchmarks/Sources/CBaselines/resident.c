// The resident set, by Linux's /proc; without any allocation of its own, which would count.
#include <fcntl.h>
#include <jemalloc/jemalloc.h>
#include <string.h>
#include <unistd.h>

#include "CBaselines.h"

// The bytes of one line of /proc/self/status, such as `VmHWM:     1234 kB`.
static uint64_t status_bytes(const char *name) {
    char status[8192];
    int file = open("/proc/self/status", O_RDONLY);
    if (file < 0) return 0;
    ssize_t count = read(file, status, sizeof(status) - 1);
    close(file);
    if (count <= 0) return 0;
    status[count] = 0;
    const char *p = strstr(status, name);
    if (p == NULL) return 0;
    p += strlen(name);
    while (*p == ' ' || *p == '\t') p++;
    uint64_t kilobytes = 0;
    for (; *p >= '0' && *p <= '9'; p++) kilobytes = kilobytes * 10 + (uint64_t)(*p - '0');
    return kilobytes * 1024;
}

uint64_t baseline_resident_bytes(void) { return status_bytes("\nVmRSS:"); }

uint64_t baseline_peak_resident_bytes(void) { return status_bytes("\nVmHWM:"); }

bool baseline_reset_peak(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY);
    if (file < 0) return false;
    bool is_written = write(file, "5", 1) == 1;
    close(file);
    return is_written;
}

#define TEXT_OF(name) #name
#define TEXT_BEHIND(name) TEXT_OF(name)

void baseline_release_memory(void) {
    mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    mallctl("arena." TEXT_BEHIND(MALLCTL_ARENAS_ALL) ".purge", NULL, NULL, NULL, 0);
}
