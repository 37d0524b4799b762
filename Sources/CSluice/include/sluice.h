/* Sluice: parses token streams of language models (Server-Sent Events, NDJSON, JSON arrays, AWS event streams) into deltas.
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
 * print_stream returns SLUICE_END if the whole stream was read; sluice_stream_end reports whether the stream was complete.
 *
 * OWNERSHIP. _create functions return engines and streams, which the caller owns until _destroy. All other memory keeps its
 * owner. A chunk is borrowed, not copied: from sluice_stream_feed on it must stay valid and unchanged until
 * sluice_stream_next returns anything but SLUICE_OK, or until the stream is reset or destroyed. A batch, its deltas and their bytes
 * belong to the engine. They are valid until the next call with any stream of that engine, except for calls that only query
 * (sluice_stream_problem, _error_details, _end, _unread, _error, _format). Copy what you store. Strings returned as
 * `const char *` are zero-terminated and valid for the lifetime of the process (a format's name: of its stream).
 *
 * THREADS. An engine and its streams belong to one thread at a time. They may move to another thread with synchronization
 * (a mutex, for example). Engines are independent of each other. Functions without an engine or stream argument may be
 * called by any thread at any time. No function prints, does I/O, or calls back.
 *
 * ERRORS. A negative status is an error. SLUICE_FAILED means that an error has ended the stream; any other error means that
 * the call did nothing. SLUICE_MISUSE is an invalid call: a null handle, or a chunk fed while the last one is unread. Using a
 * handle after it was destroyed, or from two threads at once, is undefined behaviour. A failed allocation of memory that
 * grows with the input is an error of the stream (out-of-memory). A failed allocation of a small object of fixed size ends
 * the process, as everywhere in the Swift run-time.
 *
 * VERSIONS. SLUICE_ABI_VERSION changes with each incompatible change of the ABI and is part of the library's soname.
 * Functions, error codes, kinds, statuses and flags may be added without such a change, and so may fields at the end of
 * structs: the caller passes the size of the structs that it owns, and the library owns batches and values of answers. (Deltas,
 * regions, choices and calls are array elements; their size is fixed.) Ignore deltas of unknown kinds. */
#ifndef SLUICE_H
#define SLUICE_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_VERSION "0.2.0"
#define SLUICE_ABI_VERSION 1

/* The memory that the streams of one thread share: simdjson's parser, event templates, scratch buffers. */
typedef struct sluice_engine sluice_engine;
/* The state of one stream. Between events it holds less than 400 bytes, for events of any size. */
typedef struct sluice_stream sluice_stream;

/* ------------------------------------------------------------------------------------------------------------ Statuses */

typedef int32_t sluice_status;
enum {
    SLUICE_OK = 0,              /* success; sluice_stream_next returned a batch */
    SLUICE_NEED_MORE = 1,       /* the whole chunk was read: feed the next, or finish */
    SLUICE_END = 2,             /* the stream has ended, and all of it was read */
    SLUICE_UNREADABLE = 3,      /* of sluice_framer_next alone: a frame could not be read, and the next can */
    SLUICE_FAILED = -1,         /* an error has ended the stream: see sluice_stream_error */
    SLUICE_MISUSE = -2,         /* an invalid call; it has changed nothing */
    SLUICE_UNKNOWN_FORMAT = -3, /* there is no format with that name */
    SLUICE_UNSUPPORTED = -4,    /* an option of a newer header, which this library does not support */
    SLUICE_OUT_OF_MEMORY = -5,  /* allocation failed for a stream's engine or table */
    SLUICE_INVALID_TABLE = -6   /* the table of a custom format cannot be read: see sluice_table_check */
};

/* Returns the name of a status, such as "need more", or "unknown status". Any thread; constant time. */
const char *sluice_status_name(sluice_status status);

/* ------------------------------------------------------------------------------------------------------------ Versions */

/* Returns SLUICE_ABI_VERSION of the loaded library. Programs that do not link by soname should compare it with the header's. */
uint32_t sluice_abi_version(void);
/* Returns SLUICE_VERSION of the loaded library. */
const char *sluice_version(void);

/* ------------------------------------------------------------------------------------------------------------- Formats */

/* Returns the number of built-in wire formats. */
size_t sluice_format_count(void);
/* Returns the name of one, such as "openai-chat"; NULL if `index` is not less than the count. */
const char *sluice_format_name(size_t index);

struct sluice_error;
/* Checks a table of a custom format, as `table` of sluice_options: JSON in UTF-8, zero-terminated; docs/TABLES.md has its form.
 * SLUICE_INVALID_TABLE: it cannot be read, and *error says what was found; `size` is sizeof(sluice_error), and `error` may be
 * NULL. SLUICE_MISUSE: `table` is NULL, or `size` is more than 4,096. Any thread; linear in the table's bytes. */
sluice_status sluice_table_check(const char *table, struct sluice_error *error, size_t size);

/* -------------------------------------------------------------------------------------------------------------- Deltas */

/* Kinds of deltas. */
enum {
    SLUICE_TEXT = 0,           /* text of the answer */
    SLUICE_REASONING = 1,      /* text of the model's reasoning */
    SLUICE_REFUSAL = 2,        /* text of a refusal */
    SLUICE_TOOL_CALL = 3,      /* a tool call begins, or its id or name is completed: text is its id, name its name */
    SLUICE_TOOL_ARGUMENTS = 4, /* a piece of a tool call's arguments, or with SLUICE_WHOLE all of them */
    SLUICE_FINISH = 5,         /* a choice has ended; text is the reason */
    SLUICE_USAGE = 6,          /* token counts */
    SLUICE_ERROR = 7,          /* the stream carried an error: text is its message, name its type; see _error_details */
    SLUICE_PARTIAL = 8,        /* the text that a failed server had sent before its error, as repeated in that error */
    SLUICE_MALFORMED = 9,      /* an event could not be read, or its number shows that others are missing: see
                                * sluice_stream_problem; the stream continues */
    SLUICE_DETAIL = 10,        /* not by default: what else the stream says; name is the field's, such as "signature" */
    SLUICE_PAYLOAD = 11        /* not by default: the document or text of an event, in front of its deltas; name is its type */
};

/* Bits of a delta's flags. */
enum {
    SLUICE_WHOLE = 1,        /* the arguments are a whole JSON object; the usage replaces all earlier counts; a detail or payload
                              * is JSON rather than text */
    SLUICE_TOOL_PLAN = 2,    /* the reasoning is a plan for tool calls */
    SLUICE_TOOL_COUNTED = 4, /* the stream does not number tool calls; `tool` counts them in order of arrival */
    SLUICE_CONTINUATION = 8, /* the tool call is the last one with its number, whose id or name it completes; the name is
                              * the next piece of it */
    SLUICE_NUMBERED = 16     /* with details: `tool` is the number of the block that a text, reasoning, refusal or detail has */
};

/* Who runs a tool call: bits 4 to 6 of the flags of SLUICE_TOOL_CALL. Later versions may add values; do not run such calls. */
enum {
    SLUICE_CLIENT = 0,  /* the client runs a function with JSON arguments */
    SLUICE_CUSTOM = 1,  /* the client runs a custom tool, whose input is plain text or has a form of its own */
    SLUICE_SERVER = 2,  /* the provider runs it, or has run it: nothing is to be done */
    SLUICE_MCP = 3,     /* the provider runs it on a server of the Model Context Protocol */
    SLUICE_APPROVAL = 4 /* the provider asks whether it may run it */
};

/* The origin of a delta that points to a sluice_delta of kind SLUICE_TOOL_CALL. */
#define SLUICE_ORIGIN(delta) (((delta)->flags >> 4) & 7)

/* One piece of the stream. Its bytes are at an offset in a region of its batch: sluice_delta_text returns them. */
typedef struct sluice_delta {
    union {
        int64_t text_offset;   /* bytes from the beginning of its region; undefined if the length is 0 */
        int64_t input_tokens;  /* of SLUICE_USAGE: tokens of the request, -1 if unknown */
        int64_t problem;       /* of SLUICE_MALFORMED: the index of its error in the batch */
    };
    union {
        int64_t name_offset;   /* as text_offset */
        int64_t output_tokens; /* of SLUICE_USAGE: tokens of the answer, -1 if unknown */
    };
    uint64_t event_offset;     /* offset of the delta's event, in bytes from the beginning of the stream */
    uint32_t text_length;      /* bytes */
    uint32_t name_length;      /* bytes */
    int32_t choice;            /* number of the parallel completion, from 0 */
    int32_t tool;              /* of tool calls and arguments: number of the call of that choice, from 0; else of the block */
    uint8_t kind;
    uint8_t flags;
    uint8_t text_region;       /* index of a region of the batch */
    uint8_t name_region;
} sluice_delta;

/* Memory that deltas refer to: the chunk, or a buffer of the engine with joined or decoded bytes. */
typedef struct sluice_region {
    const char *bytes;
    size_t length;
} sluice_region;

/* The deltas of several events. Owned by the library: see OWNERSHIP. */
typedef struct sluice_batch {
    const sluice_delta *deltas;
    size_t count;                 /* at least 1 */
    const sluice_region *regions;
    size_t region_count;
} sluice_batch;

/* Valid UTF-8 without a terminating zero byte; `bytes` is never NULL. */
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

/* Returns the text, reasoning, refusal, arguments, finish reason, tool call's id, or error message of a delta. */
static inline sluice_text sluice_delta_text(const sluice_batch *batch, const sluice_delta *delta)
{
    return sluice_region_text(batch, delta->text_region, delta->text_offset, delta->text_length);
}

/* Returns the tool call's name, the error's type, the detail's name or the payload's event type of a delta; empty if the stream has none. */
static inline sluice_text sluice_delta_name(const sluice_batch *batch, const sluice_delta *delta)
{
    return sluice_region_text(batch, delta->name_region, delta->name_offset, delta->name_length);
}

/* -------------------------------------------------------------------------------------------------------------- Errors */

/* An error with its place in the stream. The strings are zero-terminated; a string that was cut ends with "...". */
typedef struct sluice_error {
    uint64_t offset;   /* offset of the event, in bytes from the beginning of the stream */
    uint64_t event;    /* number of the event, the first being 1 */
    char code[48];     /* a stable name, such as "malformed-payload"; later versions may add names */
    char excerpt[272]; /* the bytes that were found, at most 64, with control characters and non-ASCII bytes escaped */
    char detail[512];  /* what is wrong and what to do, in one sentence */
} sluice_error;

/* What else an error that the server sent in the stream says. The strings are zero-terminated, and empty if the error does not
 * have them; a string that was cut ends with "...". */
typedef struct sluice_error_details {
    char type[128];             /* the class of the error, such as "invalid_request_error" */
    char code[128];             /* its code, such as "context_length_exceeded" or "429" */
    char parameter[256];        /* the parameter of the request that caused it */
    char request_id[128];       /* the id under which the provider has logged the request */
    double retry_after_seconds; /* seconds after which the request may be repeated; -1 if unknown */
} sluice_error_details;

/* ------------------------------------------------------------------------------------------------------------- Options */

/* What an answer consists of: all kinds but details and payloads. */
#define SLUICE_ANSWER_KINDS (((uint64_t)1 << SLUICE_DETAIL) - 1)
#define SLUICE_ALL_KINDS UINT64_MAX

/* What happens if an event exceeds a limit. */
enum {
    SLUICE_SKIP_EVENT = 0, /* the event is skipped to its end and reported as a delta of kind SLUICE_MALFORMED */
    SLUICE_FAIL_STREAM = 1 /* the stream ends with the limit's error */
};

/* The layout of the memory that sluice_stream_reserve lends. */
enum {
    SLUICE_MIRRORED = 0, /* a ring that is mapped twice; becomes SLUICE_LINEAR if it has to grow */
    SLUICE_LINEAR = 1    /* ordinary memory, whose unread bytes are moved to the front */
};

/* Options of a stream. A value equal to a limit is accepted; a greater one exceeds it. */
typedef struct sluice_options {
    size_t size;                       /* set by sluice_options_init */
    const char *format;                /* a name of sluice_format_name; NULL (default) to detect the format */
    uint64_t kinds;                    /* bit 1 << kind for each kind to emit; SLUICE_ANSWER_KINDS by default */
    uint32_t when_exceeded;            /* SLUICE_SKIP_EVENT by default */
    uint32_t buffer_layout;            /* SLUICE_MIRRORED by default */
    uint64_t max_event_bytes;          /* of one event, framing included; 16 MiB by default, 1 GiB at most */
    uint64_t max_data_lines_per_event; /* `data` lines that are joined into one payload; 65,536 by default, 1 at least */
    uint64_t max_event_name_bytes;     /* of an event's type; 1,024 by default */
    uint64_t max_id_bytes;             /* of SSE's `id`; 8,192 by default */
    uint64_t max_nesting_depth;        /* brackets open at once; 1,024 by default */
    uint64_t max_captures_per_event;   /* fields read from one payload; 65,536 by default */
    uint64_t max_choices;              /* choices have numbers below it; 16,384 by default, 1 at least */
    uint64_t max_tool_calls;           /* tool calls have numbers below it; 16,384 by default */
    uint64_t max_templates;            /* event templates that an engine keeps; 16 by default and at most. Affects speed only */
    const char *table;                 /* a custom format as JSON, see sluice_table_check; NULL by default. `format` is then NULL */
} sluice_options;

/* Writes the defaults. `size` is sizeof(sluice_options). No byte beyond it is written; bytes of fields that this library does
 * not know are set to 0. Does nothing if `options` is NULL, or `size` is less than sizeof(size_t) or more than 4,096. */
void sluice_options_init(sluice_options *options, size_t size);

/* ------------------------------------------------------------------------------------------------------------- Engines */

/* Creates an engine with small buffers, which grow to the largest event that it reads; NULL if allocation fails. */
sluice_engine *sluice_engine_create(void);
/* Releases the engine. Its memory is freed at once, or with the last of its streams, which remain usable. NULL is ignored. */
void sluice_engine_destroy(sluice_engine *engine);

/* ------------------------------------------------------------------------------------------------------------- Streams */

/* Creates a stream in *stream; NULL on failure. `engine`: the engine that reads the stream; NULL to create one for this
 * stream. `options`: read during this call only; NULL for the defaults. A stream with limits, kinds or layout other than the
 * defaults stores a copy of them; sluice_stream_create_like shares it.
 * SLUICE_MISUSE: `stream` is NULL, an option has an undefined value, or the size of the options is invalid: it ends inside a
 * field, or is more than 4,096; or both `format` and `table` are set. SLUICE_UNKNOWN_FORMAT, SLUICE_UNSUPPORTED,
 * SLUICE_OUT_OF_MEMORY, SLUICE_INVALID_TABLE. */
sluice_status sluice_stream_create(sluice_engine *engine, const sluice_options *options, sluice_stream **stream);
/* Creates a stream of the same engine that shares the format and options of `other`, which may be unfinished. If `other` has
 * detected its format, the new stream has that format too. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_stream_create_like(const sluice_stream *other, sluice_stream **stream);
/* Begins the stream anew, at any time, with the format and options with which it was created: as if it was destroyed and
 * created again, but nothing is allocated. Bytes that were fed and not read are dropped; the chunk may be freed. The format is
 * detected again if it was detected; a stream of sluice_stream_create_like keeps the format that it had at first.
 * SLUICE_MISUSE: a null pointer. */
sluice_status sluice_stream_reset(sluice_stream *stream);
/* Frees a stream, at any time. NULL is ignored. */
void sluice_stream_destroy(sluice_stream *stream);

/* Lends the stream its next bytes, which may be cut anywhere. Then call sluice_stream_next until it returns SLUICE_NEED_MORE.
 * Until then the bytes must stay valid and unchanged, and no other stream of the engine can be read. Events that are complete
 * in the chunk are read in place; the bytes of an unfinished event are copied, each once. Together with sluice_stream_next
 * linear in `length`.
 * SLUICE_FAILED: an error has ended the stream. SLUICE_MISUSE: the last chunk of the engine is unread, the stream has ended,
 * `bytes` is NULL but `length` is not 0, or `length` is more than half of the address space. */
sluice_status sluice_stream_feed(sluice_stream *stream, const void *bytes, size_t length);

/* Lends `size` bytes (1 to 1 GiB) of the stream's own buffer, for read(2) or recv(2) to write to. Then call
 * sluice_stream_commit. The bytes of an unfinished event are not copied when it continues. *space is valid until any other
 * call with this stream. SLUICE_FAILED: an error has ended the stream, or allocation failed. SLUICE_MISUSE: as for
 * sluice_stream_feed, a null pointer, or an invalid size. */
sluice_status sluice_stream_reserve(sluice_stream *stream, size_t size, void **space);
/* Makes the first `written` bytes of the reserved space the stream's next chunk, as if fed. 0 is valid.
 * SLUICE_MISUSE: as for sluice_stream_feed, or more than was reserved since the last call with this stream. */
sluice_status sluice_stream_commit(sluice_stream *stream, size_t written);

/* Stores the next deltas in *batch; NULL if there are none. Amortised constant time per delta, apart from its bytes. Does not
 * allocate once the engine has read an event as large.
 * SLUICE_OK: a batch. SLUICE_NEED_MORE: the chunk is read and may be freed. SLUICE_END: everything is read after
 * sluice_stream_finish. SLUICE_FAILED: an error has ended the stream; the chunk may be freed. SLUICE_NEED_MORE is returned
 * again until the next feed, SLUICE_END and SLUICE_FAILED by all later calls, until the stream is reset. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_stream_next(sluice_stream *stream, const sluice_batch **batch);

/* Ends the input. Then call sluice_stream_next until it returns SLUICE_END: it emits the deltas of an event whose last line
 * end is missing. SLUICE_FAILED, SLUICE_MISUSE: as for sluice_stream_feed. */
sluice_status sluice_stream_finish(sluice_stream *stream);

/* ---------------------------------------------------------------------------------------------- The result of a stream */

/* Whether a stream is complete. */
enum {
    SLUICE_TRUNCATED = 0,     /* bytes were received, but not (yet) the terminal marker, or an event is missing */
    SLUICE_COMPLETE = 1,      /* the terminal marker was received, no error, and no event is known to be missing */
    SLUICE_ERROR_CARRIED = 2, /* the stream carried an error */
    SLUICE_EMPTY = 3,         /* nothing was received (yet), or nothing but keep-alives and terminal payloads */
    SLUICE_FINISHED = 4       /* a finish reason and a clean end of the input, but no terminal marker */
};

typedef struct sluice_end {
    uint64_t bytes;               /* bytes read; after an exceeded limit, those before the event that exceeded it */
    uint64_t frames;              /* frames emitted by the framing */
    uint64_t deltas;              /* deltas read from the frames, without those of kind SLUICE_MALFORMED */
    uint64_t malformed_events;    /* events that could not be read, or whose number shows that others are missing */
    uint64_t missing_events;      /* events missing according to the stream's own numbers; such a stream is not complete */
    uint64_t ignored_lines;       /* SSE lines with a field name that the standard does not define */
    uint32_t completeness;        /* SLUICE_TRUNCATED and the values after it */
    uint32_t ended_inside_event;  /* 1 if the input ended inside an event, otherwise 0 */
    uint64_t unread_events;       /* events that no rule of the format reads and that are no keep-alives */
    uint64_t unread_kinds;        /* the number of kinds of them that sluice_stream_unread returns, at most 8 */
} sluice_end;

/* A kind of events that no rule of the format reads. */
typedef struct sluice_unread_kind {
    uint64_t count;  /* events of this kind */
    uint64_t offset; /* offset of the first of them, in bytes from the beginning of the stream */
    uint64_t event;  /* number of the first of them, the first event of the stream being 1 */
    char name[72];   /* their type, or else their top-level keys; zero-terminated, printable */
} sluice_unread_kind;

/* Writes the status and counts of the stream so far to *end; `size` is sizeof(sluice_end), as for sluice_options_init. May be
 * called at any time. SLUICE_MISUSE: a null pointer, or a size of more than 4,096. */
sluice_status sluice_stream_end(const sluice_stream *stream, sluice_end *end, size_t size);

/* Writes a kind of unread events to *kind, in the order of their first events; `size` is sizeof(sluice_unread_kind). May be
 * called at any time. SLUICE_MISUSE: `index` is not less than unread_kinds of sluice_end, a null pointer, or a size of more than
 * 4,096. */
sluice_status sluice_stream_unread(const sluice_stream *stream, size_t index, sluice_unread_kind *kind, size_t size);

/* Writes the error that has ended the stream to *error; `size` is sizeof(sluice_error). SLUICE_MISUSE: a null pointer, or no
 * error has ended the stream. Errors that the server sent in the stream are deltas. */
sluice_status sluice_stream_error(const sluice_stream *stream, sluice_error *error, size_t size);

/* Writes the error of an unreadable event to *error; `delta` is one of kind SLUICE_MALFORMED of the stream's last batch.
 * SLUICE_MISUSE: it is not one of them, or a null pointer. */
sluice_status sluice_stream_problem(
    const sluice_stream *stream, const sluice_delta *delta, sluice_error *error, size_t size);

/* Writes the details of an error that the server sent to *details; `delta` is one of kind SLUICE_ERROR of the stream's last
 * batch, and `size` is sizeof(sluice_error_details). The details are empty if the error has none.
 * SLUICE_MISUSE: it is not one of them, a null pointer, or a size of more than 4,096. */
sluice_status sluice_stream_error_details(
    const sluice_stream *stream, const sluice_delta *delta, sluice_error_details *details, size_t size);

/* Returns the name of the stream's wire format, which lives as long as the stream; NULL if it is not known yet. */
const char *sluice_stream_format(const sluice_stream *stream);

#ifdef __cplusplus
}
#endif
#include "sluice_answer.h"
#include "sluice_frames.h"
#include "sluice_json.h"
#endif
