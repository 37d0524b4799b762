/* What reading costs in memory: calls of malloc for a million deltas, bytes of an idle stream, and what becomes of a stream
 * whose memory the system refuses. No delta, batch or chunk may cost a call. What costs some is that the engine learns
 * kinds of events, which is rationed; there are thousands of chunks and more batches, so fewer than a thousand calls are
 * none of theirs.
 *
 *     allocations FILE            by functions that stand in front of glibc's own; exit status 1 where it is too much */
#define _GNU_SOURCE

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <sluice.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static unsigned long long calls;

void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    calls++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    calls++;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

static char *load(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size);
    *length = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return bytes;
}

/* Reads the bytes in chunks; adds to *deltas. */
static sluice_status read_all(sluice_stream *stream, const char *bytes, size_t length, unsigned long long *deltas)
{
    const sluice_batch *batch;
    sluice_status status = SLUICE_NEED_MORE;
    for (size_t start = 0; start < length; start += 65536) {
        size_t size = length - start < 65536 ? length - start : 65536;
        status = sluice_stream_feed(stream, bytes + start, size);
        while (status == SLUICE_OK && (status = sluice_stream_next(stream, &batch)) == SLUICE_OK) *deltas += batch->count;
        if (status != SLUICE_NEED_MORE) return status;
    }
    return status;
}

static int check_deltas(const char *bytes, size_t length, uint64_t max_templates)
{
    sluice_stream *stream;
    sluice_options options;
    unsigned long long deltas = 0;
    sluice_options_init(&options, sizeof options);
    options.max_templates = max_templates;
    if (sluice_stream_create(NULL, &options, &stream) != SLUICE_OK) return 1;
    for (int round = 0; round < 2; round++)
        if (read_all(stream, bytes, length, &deltas) != SLUICE_NEED_MORE) return 1;
    unsigned long long warm_calls = calls, warm_deltas = deltas;
    while (deltas - warm_deltas < 1000000)
        if (read_all(stream, bytes, length, &deltas) != SLUICE_NEED_MORE) return 1;
    unsigned long long made = calls - warm_calls;
    printf("%llu deltas, %llu templates at most: %llu calls of malloc\n", deltas - warm_deltas,
           (unsigned long long)max_templates, made);
    sluice_stream_destroy(stream);
    return warm_calls > 0 && made < 1000 ? 0 : 1;
}

/* Streams one after the other in one sluice_stream, each cut inside its last event: what beginning anew costs. Reading them
 * costs some, because the format is detected each time. */
static int check_reset(const char *bytes, size_t length)
{
    enum { ROUNDS = 1000 };
    sluice_stream *stream;
    sluice_end end;
    unsigned long long deltas = 0, each = 0, made = 0;
    if (length > 10000) length = 10000;
    if (sluice_stream_create(NULL, NULL, &stream) != SLUICE_OK) return 1;
    for (int round = 0; round < ROUNDS; round++) {
        if (read_all(stream, bytes, length, &deltas) != SLUICE_NEED_MORE) return 1;
        if (round == 0) each = deltas;
        if (sluice_stream_end(stream, &end, sizeof end) != SLUICE_OK || end.bytes != length || end.deltas != each) return 1;
        unsigned long long before = calls;
        if (sluice_stream_reset(stream) != SLUICE_OK || sluice_stream_format(stream) != NULL) return 1;
        made += calls - before;
    }
    printf("%d streams in one that is reset, %llu deltas each: %llu calls of malloc\n", ROUNDS, each, made);
    sluice_stream_destroy(stream);
    return deltas == ROUNDS * each && each > 10 && made == 0 ? 0 : 1;
}

/* Streams between two events, on one engine. */
static int check_idle(void)
{
    enum { COUNT = 10000, MOST = 400 };
    static sluice_stream *streams[COUNT];
    static const char event[] = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    sluice_engine *engine = sluice_engine_create();
    unsigned long long deltas = 0;
    size_t before = 0;
    for (int i = 0; i < COUNT; i++) {
        if (i == 100) before = mallinfo2().uordblks;
        if (sluice_stream_create(engine, NULL, &streams[i]) != SLUICE_OK) return 1;
        if (read_all(streams[i], event, sizeof event - 1, &deltas) != SLUICE_NEED_MORE) return 1;
    }
    size_t each = (mallinfo2().uordblks - before) / (COUNT - 100);
    printf("%d idle streams, %zu bytes each\n", COUNT, each);
    for (int i = 0; i < COUNT; i++) sluice_stream_destroy(streams[i]);
    sluice_engine_destroy(engine);
    return deltas == COUNT && each <= MOST ? 0 : 1;
}

/* Memory that is not to be had ends the stream with an error, and no other. Changes the process: to be called last. */
static int check_refused(void)
{
    static const char event[] = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    const struct rlimit limit = {900u << 20, 900u << 20};
    sluice_engine *engine = sluice_engine_create();
    sluice_stream *stream, *other;
    const sluice_batch *batch;
    sluice_error error;
    unsigned long long deltas = 0;
    void *space;
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
    if (sluice_stream_create(engine, NULL, &stream) != SLUICE_OK) return 1;
    if (sluice_stream_create_like(stream, &other) != SLUICE_OK) return 1;
    if (read_all(stream, event, sizeof event - 1, &deltas) != SLUICE_NEED_MORE) return 1;
    sluice_status status = sluice_stream_reserve(stream, (size_t)1 << 30, &space);
    int failed = status != SLUICE_FAILED || space != NULL || sluice_stream_next(stream, &batch) != SLUICE_FAILED
        || sluice_stream_error(stream, &error, sizeof error) != SLUICE_OK || strcmp(error.code, "out-of-memory") != 0;
    printf("1 GiB that is refused: %s, %s\n", sluice_status_name(status), failed ? "and wrong" : error.detail);
    if (read_all(other, event, sizeof event - 1, &deltas) != SLUICE_NEED_MORE || deltas != 2) failed = 1;
    sluice_stream_destroy(stream);
    sluice_stream_destroy(other);
    sluice_engine_destroy(engine);
    return failed;
}

int main(int count, char **arguments)
{
    size_t length;
    char *bytes = count == 2 ? load(arguments[1], &length) : NULL;
    if (bytes == NULL) {
        fprintf(stderr, "allocations: say which file\n");
        return 1;
    }
    int failed = check_deltas(bytes, length, 0) + check_deltas(bytes, length, 16) + check_idle();
    failed += check_reset(bytes, length);
    failed += check_refused();
    free(bytes);
    return failed == 0 ? 0 : 1;
}
