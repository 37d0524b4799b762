/* Frames without their meaning: events of SSE, lines of NDJSON, elements of a JSON array, AWS messages. Included by sluice.h,
 * whose rules hold here too.
 *
 *     sluice_framer *framer;
 *     sluice_framer_create("sse", 0, &framer);
 *     sluice_framer_feed(framer, chunk, length);
 *     while ((status = sluice_framer_next(framer, &frame, sizeof frame)) == SLUICE_OK) use(frame.payload);
 */
#ifndef SLUICE_FRAMES_H
#define SLUICE_FRAMES_H

#include "sluice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Splits one stream into frames. One thread at a time uses it. */
typedef struct sluice_framer sluice_framer;

/* One frame. Its bytes are valid until the next call with the framer, and need not be UTF-8. */
typedef struct sluice_frame {
    sluice_region payload;       /* the joined data lines, the line, the element, the message's payload */
    sluice_region event;         /* the event's type as sent; empty means "message" */
    sluice_region last_event_id; /* the value of the latest `id` field, empty before the first */
    uint64_t offset;             /* of the frame in the stream, in bytes */
    uint64_t number;             /* of the frame, the first being 1; frames that could not be read count */
    int64_t retry_milliseconds;  /* the latest `retry` field since the frame before; -1 if there was none */
    uint8_t is_error;            /* 1 if the framing marks it as an error: SSE's type "error", an AWS exception */
    uint8_t is_unterminated;     /* 1 if the input ended before the frame's delimiter */
} sluice_frame;

/* Creates a framer in *framer; NULL on failure. `framing`: "sse", "ndjson", "json-array" or "aws"; NULL to detect it from the
 * first bytes. `max_event_bytes`: as in sluice_options; 0 for its default.
 * SLUICE_UNKNOWN_FORMAT: there is no such framing. SLUICE_MISUSE: `framer` is NULL. */
sluice_status sluice_framer_create(const char *framing, uint64_t max_event_bytes, sluice_framer **framer);
/* Frees a framer, at any time. NULL is ignored. */
void sluice_framer_destroy(sluice_framer *framer);

/* Lends the framer its next bytes, as sluice_stream_feed. Then call sluice_framer_next until it returns SLUICE_NEED_MORE. */
sluice_status sluice_framer_feed(sluice_framer *framer, const void *bytes, size_t length);
/* Ends the input; then call sluice_framer_next until it returns SLUICE_END. `flush`: 1 to get an unfinished last event as a
 * frame, 0 to discard it, as WHATWG's standard says. SLUICE_MISUSE: as for sluice_stream_finish. */
sluice_status sluice_framer_finish(sluice_framer *framer, int flush);
/* Writes the next frame to *frame; `size` is sizeof(sluice_frame). Linear in the bytes of the frame.
 * SLUICE_OK: a frame. SLUICE_UNREADABLE: a frame could not be read, see sluice_framer_error; the next call reads the one after
 * it. SLUICE_NEED_MORE, SLUICE_END: as sluice_stream_next. SLUICE_FAILED: memory is short. SLUICE_MISUSE: a null pointer, or a
 * size of more than 4,096. */
sluice_status sluice_framer_next(sluice_framer *framer, sluice_frame *frame, size_t size);
/* Writes the error of the frame that could not be read last to *error; `size` is sizeof(sluice_error). SLUICE_MISUSE: a null
 * pointer, there is none, or a size of more than 4,096. */
sluice_status sluice_framer_error(const sluice_framer *framer, sluice_error *error, size_t size);

#ifdef __cplusplus
}
#endif
#endif
