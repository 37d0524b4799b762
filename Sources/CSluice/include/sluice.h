/* Sluice: token streams of language models (Server-Sent Events, NDJSON, JSON arrays, AWS event streams) to deltas.
 *
 *     static sluice_status print_text(sluice_stream *stream)
 *     {
 *         const sluice_batch *batch;
 *         sluice_status status;
 *         while ((status = sluice_stream_next(stream, &batch)) == SLUICE_OK)
 *             for (size_t i = 0; i < batch->count; i++)
 *                 if (batch->deltas[i].kind == SLUICE_TEXT) {
 *                     sluice_text text = sluice_delta_text(batch, &batch->deltas[i]);
 *                     fwrite(text.bytes, 1, text.length, stdout);
 *                 }
 *         return status;
 *     }
 *
 *     static sluice_status print_stream(FILE *file)
 *     {
 *         char chunk[4096];
 *         size_t count;
 *         sluice_stream *stream;
 *         sluice_status status = sluice_stream_create(NULL, NULL, &stream);
 *         while (status >= SLUICE_OK && (count = fread(chunk, 1, sizeof chunk, file)) > 0) {
 *             status = sluice_stream_feed(stream, chunk, count);
 *             if (status == SLUICE_OK) status = print_text(stream);
 *         }
 *         if (status >= SLUICE_OK) status = sluice_stream_finish(stream);
 *         if (status == SLUICE_OK) status = print_text(stream);
 *         sluice_stream_destroy(stream);
 *         return status;
 *     }
 *
 * SLUICE_END is what becomes of it where all was read; sluice_stream_end then tells whether the stream was complete.
 *
 * OWNERSHIP. Engines and streams are made by _create and belong to the caller until _destroy; what else a pointer leads to
 * stays its owner's. A chunk is borrowed, not copied: from sluice_stream_feed on it must stay where it is, unchanged, until
 * sluice_stream_next returns anything but SLUICE_OK, or the stream is destroyed. A batch, its deltas and their bytes belong
 * to the engine, and are gone with the next call that is given a stream of that engine; only those that ask do them no harm
 * (sluice_stream_problem, _end, _error, _format). Copy what you keep. The names that functions return as `const char *` are
 * the library's, end with a zero byte, and stay for ever. Nothing is allocated for a delta, nor for a batch.
 *
 * THREADS. An engine and its streams belong to one thread at a time, and may move between threads where one hands over to
 * the next (by a mutex, for example). Engines have nothing to do with each other. Functions that take neither engine nor
 * stream may be called by any thread at any time. Nothing here prints, does I/O, or calls back.
 *
 * ERRORS. A negative status is an error. SLUICE_FAILED says that one has ended the stream; all others say that nothing was
 * done. SLUICE_MISUSE is a call that the caller should not have made: a null handle, a chunk fed while the last one is unread.
 * To use a handle after it was destroyed, or from two threads at once, is undefined, as in all of C. Memory for what grows
 * with the input that is not to be had is an error of the stream (out-of-memory); for the small rest the process ends, as
 * with all of Swift's run-time.
 *
 * VERSIONS. SLUICE_ABI_VERSION counts changes that old programs would not survive, and so is part of the library's soname.
 * Functions, error codes, kinds, statuses and flags may be added without one, and so may fields at the end of structs: those
 * that the caller owns are passed with their size, and a batch is only lent. (Deltas and regions stand in arrays, and stay as
 * they are.) Treat kinds that you do not know as if they had not come. */
#ifndef SLUICE_H
#define SLUICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_VERSION "0.2.0"
#define SLUICE_ABI_VERSION 1

/* What the streams of one thread share: simdjson's parser, scratch, known events. */
typedef struct sluice_engine sluice_engine;
/* One stream, and how far it has come. Between events it holds less than 400 bytes, however large they were. */
typedef struct sluice_stream sluice_stream;

/* ------------------------------------------------------------------------------------------------------------ Statuses */

typedef int32_t sluice_status;
enum {
    SLUICE_OK = 0,              /* done; of sluice_stream_next: there is a batch */
    SLUICE_NEED_MORE = 1,       /* all of the chunk was read: feed the next, or finish */
    SLUICE_END = 2,             /* the stream has ended, and all of it was read */
    SLUICE_FAILED = -1,         /* an error has ended the stream: sluice_stream_error tells which */
    SLUICE_MISUSE = -2,         /* a call that should not have been made; it has changed nothing */
    SLUICE_UNKNOWN_FORMAT = -3, /* there is no format of that name */
    SLUICE_UNSUPPORTED = -4,    /* an option of a newer header, which this library does not know */
    SLUICE_OUT_OF_MEMORY = -5   /* there is no memory for a stream's engine or table */
};

/* The name of a status, such as "need more", or "unknown status". Any thread; constant time. */
const char *sluice_status_name(sluice_status status);

/* ------------------------------------------------------------------------------------------------------------ Versions */

/* SLUICE_ABI_VERSION of the library that is loaded; programs that do not link by soname compare it with the header's. */
uint32_t sluice_abi_version(void);
/* SLUICE_VERSION of the library that is loaded. */
const char *sluice_version(void);

/* ------------------------------------------------------------------------------------------------------------- Formats */

/* How many wire formats the library knows. */
size_t sluice_format_count(void);
/* The name of a wire format, such as "openai-chat"; NULL where `index` is not below the count. */
const char *sluice_format_name(size_t index);

/* -------------------------------------------------------------------------------------------------------------- Deltas */

/* What a delta is about. */
enum {
    SLUICE_TEXT = 0,           /* text of the answer */
    SLUICE_REASONING = 1,      /* text of the model's reasoning */
    SLUICE_REFUSAL = 2,        /* text of a refusal */
    SLUICE_TOOL_CALL = 3,      /* a tool call begins, or becomes known better: text is its id, name its name */
    SLUICE_TOOL_ARGUMENTS = 4, /* a piece of a tool call's arguments, or with SLUICE_WHOLE all of them */
    SLUICE_FINISH = 5,         /* a choice has ended; text is the reason */
    SLUICE_USAGE = 6,          /* tokens so far */
    SLUICE_ERROR = 7,          /* the stream carried an error: text is its message, name its type */
    SLUICE_PARTIAL = 8,        /* what a server that failed says it had sent until then, told with its error */
    SLUICE_MALFORMED = 9       /* an event that could not be read, or shows that others are missing: see
                                * sluice_stream_problem; the stream goes on */
};

/* Bits of a delta's flags. */
enum {
    SLUICE_WHOLE = 1,       /* the arguments are a whole JSON object; the usage is all that is known by now */
    SLUICE_TOOL_PLAN = 2,   /* the reasoning is a plan for tool calls */
    SLUICE_TOOL_COUNTED = 4 /* the stream does not number tool calls; `tool` counts them in order of arrival */
};

/* One thing that the stream says. Its bytes lie at an offset in a region of its batch: sluice_delta_text finds them. */
typedef struct sluice_delta {
    union {
        int64_t text_offset;   /* bytes from the beginning of its region; means nothing where the length is 0 */
        int64_t input_tokens;  /* of usage: tokens of the request, -1 where the stream does not tell them */
        int64_t problem;       /* of what is malformed: the number of its error in the batch */
    };
    union {
        int64_t name_offset;   /* as text_offset */
        int64_t output_tokens; /* of usage: tokens of the answer, -1 where the stream does not tell them */
    };
    uint64_t event_offset;     /* where the event that tells it begins, in bytes from the stream's first */
    uint32_t text_length;      /* bytes */
    uint32_t name_length;      /* bytes */
    int32_t choice;            /* which of n parallel completions, from 0 */
    int32_t tool;              /* which tool call of that choice, from 0 */
    uint8_t kind;
    uint8_t flags;
    uint8_t text_region;       /* a number of the batch's regions */
    uint8_t name_region;
} sluice_delta;

/* Memory that deltas refer to: the chunk, or what the engine had to put together or to decode. */
typedef struct sluice_region {
    const char *bytes;
    size_t length;
} sluice_region;

/* The deltas of a few events. The library's: see OWNERSHIP. */
typedef struct sluice_batch {
    const sluice_delta *deltas;
    size_t count;                 /* 1 at least */
    const sluice_region *regions;
    size_t region_count;
} sluice_batch;

/* Bytes, UTF-8 always, with no zero byte behind them; `bytes` is never NULL. */
typedef struct sluice_text {
    const char *bytes;
    size_t length;
} sluice_text;

static inline sluice_text sluice_region_text(const sluice_batch *batch, uint8_t region, int64_t offset, uint32_t length)
{
    sluice_text text = {"", 0};
    if (length > 0) {
        text.bytes = batch->regions[region].bytes + offset;
        text.length = length;
    }
    return text;
}

/* Text, reasoning, refusal, arguments, the reason of a finish, a tool call's id, or an error's message. */
static inline sluice_text sluice_delta_text(const sluice_batch *batch, const sluice_delta *delta)
{
    return sluice_region_text(batch, delta->text_region, delta->text_offset, delta->text_length);
}

/* A tool call's name, or an error's type; empty where the stream gives none. */
static inline sluice_text sluice_delta_name(const sluice_batch *batch, const sluice_delta *delta)
{
    return sluice_region_text(batch, delta->name_region, delta->name_offset, delta->name_length);
}

/* -------------------------------------------------------------------------------------------------------------- Errors */

/* What went wrong, where in the stream, and in which event. The strings end with a zero byte, and with "..." where they
 * would not fit. */
typedef struct sluice_error {
    uint64_t offset;   /* of the event, in bytes from the stream's first */
    uint64_t event;    /* its number, the first being 1 */
    char code[48];     /* a stable name, such as "malformed-payload"; new ones may come */
    char excerpt[272]; /* what was found, made printable; at most 64 bytes of it */
    char detail[512];  /* what exactly is wrong, and what to do, in one sentence */
} sluice_error;

/* ------------------------------------------------------------------------------------------------------------- Options */

#define SLUICE_ALL_KINDS UINT64_MAX

/* What happens where a limit is passed. */
enum {
    SLUICE_SKIP_EVENT = 0, /* the event is skipped to its end and told by a delta of kind SLUICE_MALFORMED */
    SLUICE_FAIL_STREAM = 1 /* the stream ends with the limit's error */
};

/* The layout of the memory that sluice_stream_reserve lends. */
enum {
    SLUICE_MIRRORED = 0, /* a ring that is mapped twice; SLUICE_LINEAR from when it must hold more than at first */
    SLUICE_LINEAR = 1    /* plain memory, in which what is unread is moved to the front */
};

/* How a stream is to be read. Limits count from 0; a value up to a limit is read, and one more is not. */
typedef struct sluice_options {
    size_t size;                       /* sluice_options_init writes it */
    const char *format;                /* a name of sluice_format_name; NULL (default): whichever the first events show */
    uint64_t kinds;                    /* bit 1 << kind for each kind to be told; SLUICE_MALFORMED always is. Default: all */
    uint32_t when_exceeded;            /* SLUICE_SKIP_EVENT by default */
    uint32_t buffer_layout;            /* SLUICE_MIRRORED by default */
    uint64_t max_event_bytes;          /* of one event, framing included; 16 MiB by default, 1 GiB at most */
    uint64_t max_data_lines_per_event; /* `data` lines that are joined into one payload; 65,536 by default, 1 at least */
    uint64_t max_event_name_bytes;     /* of an event's type; 1,024 by default */
    uint64_t max_id_bytes;             /* of SSE's `id`; 8,192 by default */
    uint64_t max_nesting_depth;        /* brackets open at once; 1,024 by default */
    uint64_t max_captures_per_event;   /* fields read from one payload; 65,536 by default */
    uint64_t max_choices;              /* choices are numbered below it; 16,384 by default, 1 at least */
    uint64_t max_tool_calls;           /* tool calls are numbered below it; 16,384 by default */
    uint64_t max_skeletons;            /* kinds of events remembered by their bytes; 16 by default and at most. Speed only */
} sluice_options;

/* Writes the defaults. `size` is sizeof(sluice_options): no byte beyond it is written, and those that this library does not
 * know become 0. Does nothing where `options` is NULL, or `size` is less than that of a size_t or more than 4,096. */
void sluice_options_init(sluice_options *options, size_t size);

/* ------------------------------------------------------------------------------------------------------------- Engines */

/* An engine with small buffers, which grow to the largest event that it meets; NULL where there is no memory for them. */
sluice_engine *sluice_engine_create(void);
/* Gives the engine up. Its memory is freed at once, or with the last of its streams, which go on as if nothing had
 * happened. NULL is ignored. */
void sluice_engine_destroy(sluice_engine *engine);

/* ------------------------------------------------------------------------------------------------------------- Streams */

/* Makes a stream, and puts it into *stream, or NULL where it fails. `engine`: whose buffers the stream is read with; NULL
 * for an engine of its own. `options`: read in this call only; NULL for the defaults. Streams of other limits, kinds or
 * layout than the defaults hold a copy of them each: see sluice_stream_create_like.
 * SLUICE_MISUSE: `stream` is NULL, an option has a value that no header has, or the options' size is that of no header: it
 * ends inside a field, or is more than 4,096. SLUICE_UNKNOWN_FORMAT, SLUICE_UNSUPPORTED, SLUICE_OUT_OF_MEMORY. */
sluice_status sluice_stream_create(sluice_engine *engine, const sluice_options *options, sluice_stream **stream);
/* Makes a fresh stream of the same engine that shares format and options with `other`, which may be unfinished. A format
 * that `other` has found by its events is passed on. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_stream_create_like(const sluice_stream *other, sluice_stream **stream);
/* Frees a stream, whatever it is in the middle of. NULL is ignored. */
void sluice_stream_destroy(sluice_stream *stream);

/* Lends the stream its next bytes; they may be cut anywhere. Then call sluice_stream_next until it says SLUICE_NEED_MORE;
 * until then the bytes must stay, and no other stream of the engine can be read. Events that lie whole in the chunk are
 * read where they are; of an unfinished one the bytes are copied, each once. Linear in `length` together with
 * sluice_stream_next.
 * SLUICE_FAILED: the stream has ended with an error before. SLUICE_MISUSE: the last chunk of the engine is unread, the
 * stream has ended, `bytes` is NULL but `length` is not 0, `length` is more than half of the address space. */
sluice_status sluice_stream_feed(sluice_stream *stream, const void *bytes, size_t length);

/* Lends room for `size` bytes (1 to 1 GiB) of the stream's own buffer, for read(2) or recv(2) to write to; then call
 * sluice_stream_commit. Nothing of an unfinished event is copied when it goes on. *space is good until any other call with
 * this stream. SLUICE_FAILED: the stream has ended with an error, or there is no memory. SLUICE_MISUSE: as of
 * sluice_stream_feed, a null pointer, or the size. */
sluice_status sluice_stream_reserve(sluice_stream *stream, size_t size, void **space);
/* The first `written` bytes of the room were written: they are the stream's next chunk, as if fed. 0 is fine.
 * SLUICE_MISUSE: as of sluice_stream_feed, or more than was reserved since the last call with this stream. */
sluice_status sluice_stream_commit(sluice_stream *stream, size_t written);

/* Puts the next deltas into *batch, or NULL where there are none. Amortised constant time a delta, beside its bytes; no
 * allocation once the engine has met events as large.
 * SLUICE_OK: a batch. SLUICE_NEED_MORE: the chunk is read, and may go. SLUICE_END: all is read since sluice_stream_finish.
 * SLUICE_FAILED: the stream has ended with an error; the chunk may go. All but the first are repeated until something is
 * fed, and SLUICE_END and SLUICE_FAILED for ever. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_stream_next(sluice_stream *stream, const sluice_batch **batch);

/* The input has ended. Then call sluice_stream_next until it says SLUICE_END: an event whose last line end never came is
 * told now. SLUICE_FAILED, SLUICE_MISUSE: as of sluice_stream_feed. */
sluice_status sluice_stream_finish(sluice_stream *stream);

/* ---------------------------------------------------------------------------------------------- What became of a stream */

/* Whether everything came. */
enum {
    SLUICE_TRUNCATED = 0,     /* bytes came, but not (yet) the terminal marker of the format */
    SLUICE_COMPLETE = 1,      /* the terminal marker was seen, and no error */
    SLUICE_ERROR_CARRIED = 2, /* the stream carried an error */
    SLUICE_EMPTY = 3          /* not one byte came (yet) */
};

typedef struct sluice_end {
    uint64_t bytes;               /* read; where a limit has ended the stream, those before the event that passed it */
    uint64_t frames;              /* handed on by the framing */
    uint64_t deltas;              /* read from them, those of kind SLUICE_MALFORMED not counted */
    uint64_t malformed_events;    /* events that could not be read, or whose number shows that others are missing */
    uint64_t missing_events;      /* by the numbers that the stream gives its events; such a stream is not complete */
    uint64_t ignored_lines;       /* SSE lines with a field name that means nothing to the standard */
    uint32_t completeness;        /* SLUICE_TRUNCATED, SLUICE_COMPLETE, SLUICE_ERROR_CARRIED or SLUICE_EMPTY */
    uint32_t ended_inside_event;  /* 1: the input has ended inside an event; else 0 */
} sluice_end;

/* Writes how the stream has come so far, or has ended, to *end; `size` is sizeof(sluice_end), as of sluice_options_init.
 * May be asked for at any time. SLUICE_MISUSE: a null pointer, or a size of more than 4,096. */
sluice_status sluice_stream_end(const sluice_stream *stream, sluice_end *end, size_t size);

/* Writes what has ended the stream to *error; `size` is sizeof(sluice_error). SLUICE_MISUSE: a null pointer, or no error has
 * ended it. Errors that the stream carried from its server are deltas. */
sluice_status sluice_stream_error(const sluice_stream *stream, sluice_error *error, size_t size);

/* Writes why an event could not be read to *error; `delta` is one of kind SLUICE_MALFORMED of the stream's last batch.
 * SLUICE_MISUSE: it is none of them, or a null pointer. */
sluice_status sluice_stream_problem(
    const sluice_stream *stream, const sluice_delta *delta, sluice_error *error, size_t size);

/* The name of the stream's wire format; NULL while it is not known, or where `stream` is NULL. */
const char *sluice_stream_format(const sluice_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
