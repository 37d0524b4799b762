/* The whole answer of a stream. Included by sluice.h, whose rules hold here too.
 *
 *     while ((status = sluice_stream_next(stream, &batch)) == SLUICE_OK) sluice_answer_add(answer, stream);
 *     ...
 *     sluice_answer_json(answer, stream, &json);
 */
#ifndef SLUICE_ANSWER_H
#define SLUICE_ANSWER_H

#include "sluice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Joins the deltas of a stream into the answer as it would have been without streaming: texts, tool calls, blocks, usage. With
 * details in `kinds` it has what the stream says beside the answer. Its bytes are copies: it is independent of engines. One
 * thread at a time uses it. */
typedef struct sluice_answer sluice_answer;

/* Creates an empty answer. `max_bytes`: bytes of text and arguments that it holds at most, and as many again of ids, names,
 * reasons and details; 0 for 64 MiB. What exceeds them is dropped, and reported in `problems`. */
sluice_answer *sluice_answer_create(uint64_t max_bytes);
/* Frees an answer. NULL is ignored. */
void sluice_answer_destroy(sluice_answer *answer);
/* Adds the deltas of the stream's last batch. Call it once after each sluice_stream_next that has returned SLUICE_OK, always
 * with the same stream. Linear in the bytes of the deltas. SLUICE_MISUSE: a null pointer, or the stream has no batch. */
sluice_status sluice_answer_add(sluice_answer *answer, const sluice_stream *stream);
/* Stores the answer so far in *json, in UTF-8: the object that `sluice collect` prints, without `file`, and with `problems`,
 * the first 100 errors of unreadable events and dropped deltas (code, offset, event, excerpt, detail). `stream`: its format,
 * status and counts. The text belongs to the answer until the next call with it. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_answer_json(sluice_answer *answer, const sluice_stream *stream, sluice_text *json);

#ifdef __cplusplus
}
#endif
#endif
