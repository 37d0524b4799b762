/* Files of recorded streams to rows. No Python, and no GIL: everything here runs in threads that Python does not know.
 *
 *     tables.c ─ threads ─▶ reading.c ─ cutting.c ─▶ message_rows.c, delta_rows.c ─▶ columns.c ─▶ tables.c, in order
 *                              ▲
 *                           source.c: plain, gzip, zstd, memory
 */
#ifndef SLUICE_READING_H
#define SLUICE_READING_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // memmem, memrchr
#endif

#include "columns.h"

#include <stdatomic.h>

/* Bytes of a read. They stay in the processor's cache until they are parsed. */
#define READ_BYTES ((size_t)256 << 10)

/* What to read: a file, a part of one, or bytes. */
typedef struct {
    char *name; /* as the rows have it */
    char *path; /* NULL for bytes */
    char *bytes;
    size_t length; /* of the bytes */
    /* Of a file of many responses: those that begin behind `start` and not behind `end`, and with `start` 0 its first. */
    int64_t start, end;
} read_item;

/* Why a file cannot be read (further). */
typedef struct {
    const char *code; /* NULL if nothing is wrong */
    char message[256];
} read_failure;

/* ------------------------------------------------------------------------------------------------------------- source.c */

typedef struct source source;
/* Opens a file or bytes at `start`; NULL on failure. Compressed files are known by their first bytes. */
source *source_open(const read_item *item, int64_t start, read_failure *failure);
/* Reads up to `size` bytes; 0 at the end, and on failure, which *failure says. */
size_t source_read(source *from, char *room, size_t size, read_failure *failure);
bool source_is_compressed(const source *from);
void source_close(source *from);

/* The arrival of a recording's reads: its `stream.times`. */
typedef struct {
    int64_t nanoseconds; /* since the response's first byte; -1 for the end of a response */
    int64_t count;       /* bytes */
} arrival;
typedef struct {
    arrival *reads;
    size_t count;
    size_t responses;
    int64_t bytes;
} arrivals;
/* The arrivals beside a file; none if it is no recording. */
arrivals arrivals_read(const char *path);

/* ------------------------------------------------------------------------------------------------------------- The rows */

typedef struct reader reader;

/* A kind of rows. */
typedef struct {
    const column_spec *spec;
    uint64_t kinds; /* of deltas that the rows are made of; 0 for those of the options */
    bool answers;   /* whether deltas are added to an answer */
    void (*add_batch)(reader *, const sluice_batch *);
    /* A response has ended, or the file cannot be read. */
    void (*add_end)(reader *);
} row_kind;
extern const row_kind message_rows, delta_rows;

typedef struct {
    const row_kind *rows;
    sluice_options options;
    uint64_t max_answer_bytes;
    size_t batch_bytes; /* a batch is passed on when its texts have as many */
    bool many;          /* files have many responses, one after the other */
    bool check;         /* a row that could not be read is an error */
} read_options;

/* The times of one response, in nanoseconds; -1 where unknown. */
typedef struct {
    int64_t now, first_token, first_output, last_token; /* output: what is not reasoning */
} response_times;

/* What a thread reads with. */
struct reader {
    const read_options *options;
    sluice_engine *engine;
    sluice_stream *stream;
    sluice_answer *answer; /* of the response, or NULL */
    columns table;
    char *buffer;
    size_t room;
    const read_item *item;
    int64_t begin;         /* offset of the response in the file */
    int64_t taken;         /* its bytes so far */
    bool has_timed;
    response_times times;
    read_failure failure;  /* of the file */
    bool has_failed;       /* the stream has ended with an error */
    bool is_stopped;
    const atomic_bool *halt; /* becomes true when nobody wants more */
    char why[512];         /* with `check`: what is wrong with a row */
    /* Passes a batch on; false if nobody wants more. */
    bool (*emit)(void *context, struct ArrowArray *batch);
    void *context;
};

/* reading.c */
bool reader_open(reader *read, const read_options *options);
void reader_close(reader *read);
/* Adds the rows of an item. */
void reader_read(reader *read, const read_item *item);
/* Passes on what rows there are; false if memory was short. */
bool reader_flush(reader *read);

/* For cutting.c. */
bool response_begin(reader *read, int64_t offset);
void response_feed(reader *read, const char *bytes, size_t length);
void response_end(reader *read, bool must_have_row);
void reader_read_many(reader *read, source *from);
/* Where a file of many responses can be cut: the offset of the first event at or behind `offset`; -1 if there is none. */
int64_t next_event(const char *path, int64_t offset);

/* For rows. */
void row_fail(reader *read, const char *what);
/* How the response has ended; with `check`, a row that is not complete or finished is an error. */
const char *row_status(reader *read, const sluice_end *end);
double seconds_of(int64_t nanoseconds);

#endif
