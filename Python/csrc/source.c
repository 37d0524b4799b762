// Where bytes come from. zlib is linked; libzstd is loaded when the first .zst file is read, since few need it.

#include "reading.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum form { PLAIN, GZIP, ZSTD };

/* The streaming interface of libzstd, which is stable. */
typedef struct {
    const void *bytes;
    size_t size, at;
} zstd_in;
typedef struct {
    void *bytes;
    size_t size, at;
} zstd_out;
static struct {
    void *(*create)(void);
    size_t (*destroy)(void *);
    size_t (*decompress)(void *, zstd_out *, zstd_in *);
    unsigned (*is_error)(size_t);
} zstd;
static pthread_once_t zstd_once = PTHREAD_ONCE_INIT;

static void load_zstd(void)
{
    void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    *(void **)&zstd.create = dlsym(library, "ZSTD_createDStream");
    *(void **)&zstd.destroy = dlsym(library, "ZSTD_freeDStream");
    *(void **)&zstd.decompress = dlsym(library, "ZSTD_decompressStream");
    *(void **)&zstd.is_error = dlsym(library, "ZSTD_isError");
    if (zstd.destroy == NULL || zstd.decompress == NULL || zstd.is_error == NULL) zstd.create = NULL;
}

struct source {
    int file; /* -1 for bytes */
    const char *bytes;
    size_t length, at;
    enum form form;
    z_stream inflater;
    void *zstd;
    bool is_inside; /* of a compressed member or frame */
    bool has_ended; /* the compressed bytes have */
    char *packed;
    size_t packed_at, packed_length;
};

static void fail(read_failure *failure, const char *code, const char *message)
{
    failure->code = code;
    snprintf(failure->message, sizeof failure->message, "%s", message);
}

static void fail_with_errno(read_failure *failure, const char *doing)
{
    failure->code = errno == ENOENT ? "not-found" : "unreadable";
    char text[128];
    snprintf(failure->message, sizeof failure->message, "%s: %s", doing, strerror_r(errno, text, sizeof text));
}

/* Bytes as they are stored. */
static size_t read_stored(source *from, char *room, size_t size, read_failure *failure)
{
    if (from->file < 0) {
        size_t count = from->length - from->at < size ? from->length - from->at : size;
        memcpy(room, from->bytes + from->at, count);
        from->at += count;
        return count;
    }
    ssize_t count;
    do count = read(from->file, room, size);
    while (count < 0 && errno == EINTR);
    if (count < 0) fail_with_errno(failure, "the file cannot be read");
    return count < 0 ? 0 : (size_t)count;
}

static enum form form_of(const unsigned char *head, size_t length)
{
    if (length >= 3 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8) return GZIP;
    if (length >= 4 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD && head[0] == 0x28) return ZSTD;
    bool is_skippable = length >= 4 && head[0] >> 4 == 5 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
    return is_skippable ? ZSTD : PLAIN;
}

static bool begin_decompression(source *from, read_failure *failure)
{
    from->packed = malloc(READ_BYTES);
    bool is_made = from->packed != NULL;
    if (from->form == GZIP) {
        is_made = is_made && inflateInit2(&from->inflater, 15 + 16) == Z_OK;
    } else {
        pthread_once(&zstd_once, load_zstd);
        if (zstd.create == NULL) {
            fail(failure, "no-zstd", "libzstd.so.1 was not found, which reads .zst files; install it");
            return false;
        }
        from->zstd = zstd.create();
        is_made = is_made && from->zstd != NULL;
    }
    if (!is_made) fail(failure, "out-of-memory", "allocation failed");
    return is_made;
}

/* Opens and looks at the first bytes; false on failure. */
static bool open_file(source *from, const read_item *item, int64_t start, read_failure *failure)
{
    from->file = open(item->path, O_RDONLY | O_CLOEXEC);
    struct stat known;
    if (from->file < 0 || fstat(from->file, &known) < 0) {
        fail_with_errno(failure, "the file cannot be opened");
        return false;
    }
    if (S_ISDIR(known.st_mode)) {
        fail(failure, "unreadable", "it is a folder");
        return false;
    }
    // A pipe has no place to look at, and is read as it is.
    unsigned char head[4];
    ssize_t count = pread(from->file, head, sizeof head, 0);
    from->form = count > 0 ? form_of(head, (size_t)count) : PLAIN;
    if (start > 0 && lseek(from->file, start, SEEK_SET) < 0) {
        fail_with_errno(failure, "the file cannot be read from an offset");
        return false;
    }
    return true;
}

source *source_open(const read_item *item, int64_t start, read_failure *failure)
{
    source *from = calloc(1, sizeof *from);
    if (from == NULL) {
        fail(failure, "out-of-memory", "allocation failed");
        return NULL;
    }
    from->file = -1;
    bool is_open = true;
    if (item->path == NULL) {
        from->bytes = item->bytes;
        from->length = item->length;
        from->at = (size_t)start;
        from->form = form_of((const unsigned char *)item->bytes, item->length);
    } else {
        is_open = open_file(from, item, start, failure);
    }
    if (is_open && from->form != PLAIN) is_open = begin_decompression(from, failure);
    if (is_open) return from;
    source_close(from);
    return NULL;
}

bool source_is_compressed(const source *from)
{
    return from->form != PLAIN;
}

void source_close(source *from)
{
    if (from == NULL) return;
    if (from->file >= 0) close(from->file);
    if (from->form == GZIP && from->packed != NULL) inflateEnd(&from->inflater);
    if (from->zstd != NULL) zstd.destroy(from->zstd);
    free(from->packed);
    free(from);
}

/* Fills the compressed bytes; false at their end. */
static bool fill(source *from, read_failure *failure)
{
    if (from->packed_at < from->packed_length) return true;
    from->packed_at = 0;
    from->packed_length = from->has_ended ? 0 : read_stored(from, from->packed, READ_BYTES, failure);
    from->has_ended = from->packed_length == 0;
    return !from->has_ended;
}

static size_t read_gzip(source *from, char *room, size_t size, read_failure *failure)
{
    z_stream *inflater = &from->inflater;
    inflater->next_out = (Bytef *)room;
    inflater->avail_out = (uInt)size;
    while (inflater->avail_out == size && failure->code == NULL) {
        if (!fill(from, failure)) {
            if (from->is_inside && failure->code == NULL)
                fail(failure, "truncated-gzip", "the file ends before its gzip data does");
            break;
        }
        from->is_inside = true;
        inflater->next_in = (Bytef *)from->packed + from->packed_at;
        inflater->avail_in = (uInt)(from->packed_length - from->packed_at);
        int status = inflate(inflater, Z_NO_FLUSH);
        from->packed_at = from->packed_length - inflater->avail_in;
        if (status == Z_STREAM_END) {
            from->is_inside = false;
            inflateReset(inflater); // another member may follow
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            fail(failure, "bad-gzip", inflater->msg != NULL ? inflater->msg : "the gzip data is damaged");
        }
    }
    return size - inflater->avail_out;
}

static size_t read_zstd(source *from, char *room, size_t size, read_failure *failure)
{
    zstd_out out = {room, size, 0};
    while (out.at == 0 && failure->code == NULL) {
        // What is decompressed may still wait for room, so an empty input is tried, too.
        bool is_filled = fill(from, failure);
        zstd_in in = {from->packed, from->packed_length, from->packed_at};
        size_t left = is_filled || from->is_inside ? zstd.decompress(from->zstd, &out, &in) : 0;
        from->packed_at = in.at;
        if (zstd.is_error(left)) {
            fail(failure, "bad-zstd", "the zstd data is damaged");
        } else {
            from->is_inside = left != 0;
            if (is_filled || out.at > 0 || failure->code != NULL) continue;
            if (from->is_inside) fail(failure, "truncated-zstd", "the file ends before its zstd data does");
            break;
        }
    }
    return out.at;
}

size_t source_read(source *from, char *room, size_t size, read_failure *failure)
{
    if (failure->code != NULL) return 0;
    if (from->form == GZIP) return read_gzip(from, room, size, failure);
    if (from->form == ZSTD) return read_zstd(from, room, size, failure);
    return read_stored(from, room, size, failure);
}

// -------------------------------------------------------------------------------------------------------------- Arrivals

/* A whole file, terminated by a zero byte; NULL if it cannot be read. */
static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return NULL;
    char *text = NULL;
    size_t length = 0, room = 0, count = 1;
    while (count > 0) {
        if (room - length < 4096) {
            char *moved = realloc(text, room = room * 2 + 65536);
            if (moved == NULL) break;
            text = moved;
        }
        count = fread(text + length, 1, room - length - 1, file);
        length += count;
    }
    fclose(file);
    if (text != NULL) text[length] = '\0';
    return text;
}

static bool add_arrival(arrivals *known, size_t *room, arrival next)
{
    if (known->count == *room) {
        arrival *moved = realloc(known->reads, (*room = *room * 2 + 256) * sizeof(arrival));
        if (moved == NULL) return false;
        known->reads = moved;
    }
    known->reads[known->count++] = next;
    return true;
}

/* Lines of nanoseconds, a tab, bytes; a blank line ends a response. */
static bool parse_arrivals(arrivals *known, char *text)
{
    size_t room = 0;
    bool is_open = false;
    while (*text != '\0') {
        char *end;
        if (*text == '\n') {
            text++;
            if (is_open && !add_arrival(known, &room, (arrival){-1, 0})) return false;
            is_open = false;
            continue;
        }
        arrival next = {strtoll(text, &end, 10), 0};
        if (end == text || *end != '\t' || next.nanoseconds < 0) return false;
        text = end + 1;
        next.count = strtoll(text, &end, 10);
        if (end == text || (*end != '\n' && *end != '\0') || next.count < 0 || next.count > INT64_MAX / 2 - known->bytes)
            return false;
        text = *end == '\n' ? end + 1 : end;
        if (!add_arrival(known, &room, next)) return false;
        known->responses += !is_open;
        known->bytes += next.count;
        is_open = true;
    }
    return true;
}

arrivals arrivals_read(const char *path)
{
    arrivals known = {NULL, 0, 0, 0};
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t folder = (size_t)(name - path);
    if (strncmp(name, "stream.", 7) != 0) return known;
    char *times = malloc(folder + sizeof "stream.times");
    if (times == NULL) return known;
    memcpy(times, path, folder);
    memcpy(times + folder, "stream.times", sizeof "stream.times");
    char *text = read_whole(times);
    free(times);
    if (text != NULL && !parse_arrivals(&known, text)) {
        free(known.reads);
        known = (arrivals){NULL, 0, 0, 0};
    }
    free(text);
    return known;
}
