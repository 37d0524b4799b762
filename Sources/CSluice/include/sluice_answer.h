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

/* A tool call of an answer. Empty texts stand for what the stream does not have. */
typedef struct sluice_answer_call {
    sluice_text id;
    sluice_text name;
    sluice_text arguments; /* usually JSON */
    int64_t index;         /* the call's number in the stream; -1 if the stream does not number calls */
    uint32_t origin;       /* SLUICE_CLIENT and the values after it */
    uint32_t reserved;     /* 0 */
} sluice_answer_call;

/* One of n parallel completions. Empty texts stand for what the stream does not have. */
typedef struct sluice_answer_choice {
    int64_t number;
    sluice_text text;
    sluice_text reasoning;
    sluice_text tool_plan;
    sluice_text refusal;
    sluice_text finish_reason;
    const sluice_answer_call *calls; /* in order of arrival */
    size_t call_count;
} sluice_answer_choice;

/* Token counts; -1 if unknown. `all_input` and `all_output` mean the same for every provider. */
typedef struct sluice_answer_usage {
    int64_t input;
    int64_t output;
    int64_t total;
    int64_t cached;
    int64_t cache_write;
    int64_t reasoning;
    int64_t tool;
    int64_t audio_input;
    int64_t audio_output;
    int64_t all_input;
    int64_t all_output;
} sluice_answer_usage;

/* An answer as structs. Owned by the library: later versions may add fields at its end. */
typedef struct sluice_answer_values {
    const sluice_answer_choice *choices; /* by their numbers */
    size_t choice_count;
    sluice_text response_id;
    sluice_text model;
    const sluice_error_details *error;   /* the last error that the server sent; NULL if it sent none */
    sluice_text error_message;
    const sluice_error *const *problems; /* the first 100 errors of unreadable events and dropped deltas */
    size_t problem_count;
    sluice_answer_usage usage;
} sluice_answer_values;

/* Stores the answer so far in *values: for programs that need no JSON, and not its blocks and details. Everything it points to
 * belongs to the answer until the next call with it. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_answer_read(sluice_answer *answer, const sluice_answer_values **values);

#ifdef __cplusplus
}
#endif
#endif
