/* Prints the whole answer of a stream as one line of JSON; on the way, the arguments of its tool calls so far, to stderr.
 *
 *     cc -o answer answer.c $(pkg-config --cflags --libs sluice)
 *     curl -N … | ./answer
 */
#include <sluice.h>
#include <stdio.h>

/* Shows what a tool call's arguments are so far, as JSON in which all that was opened is closed. */
static void show_arguments(sluice_json *arguments, const sluice_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const sluice_delta *delta = &batch->deltas[i];
        sluice_text text = sluice_delta_text(batch, delta);
        if (delta->kind == SLUICE_TOOL_CALL && !(delta->flags & SLUICE_CONTINUATION)) sluice_json_reset(arguments);
        if (delta->kind != SLUICE_TOOL_ARGUMENTS) continue;
        if (sluice_json_append(arguments, text.bytes, text.length) == SLUICE_OK
            && sluice_json_text(arguments, &text) == SLUICE_OK)
            fprintf(stderr, "%.*s\n", (int)text.length, text.bytes);
    }
}

int main(void)
{
    char chunk[65536];
    size_t count;
    const sluice_batch *batch;
    sluice_text text;
    sluice_stream *stream;
    sluice_answer *answer = sluice_answer_create(0);
    sluice_json *arguments = sluice_json_create(0);
    sluice_status status = sluice_stream_create(NULL, NULL, &stream);
    if (status != SLUICE_OK) return 1;
    do {
        count = fread(chunk, 1, sizeof chunk, stdin);
        status = count > 0 ? sluice_stream_feed(stream, chunk, count) : sluice_stream_finish(stream);
        if (status != SLUICE_OK) break;
        while ((status = sluice_stream_next(stream, &batch)) == SLUICE_OK) {
            sluice_answer_add(answer, stream);
            show_arguments(arguments, batch);
        }
    } while (status == SLUICE_NEED_MORE);
    if (sluice_answer_json(answer, stream, &text) == SLUICE_OK) printf("%.*s\n", (int)text.length, text.bytes);
    sluice_json_destroy(arguments);
    sluice_answer_destroy(answer);
    sluice_stream_destroy(stream);
    return status == SLUICE_END ? 0 : 1;
}
