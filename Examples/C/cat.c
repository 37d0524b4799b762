/* Prints the text of a stream while it arrives: curl -sN … | ./cat
 *
 *     cc cat.c $(pkg-config --cflags --libs sluice) -o cat
 *
 * Exit status: 0 the stream was complete or finished, 1 it could not be read, 3 it was truncated, 4 it carried an error. */
#define _POSIX_C_SOURCE 200809L /* read */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <sluice.h>

/* Prints the deltas of the chunk; returns SLUICE_NEED_MORE, SLUICE_END or an error. */
static sluice_status print_deltas(sluice_stream *stream)
{
    const sluice_batch *batch;
    sluice_status status;
    while ((status = sluice_stream_next(stream, &batch)) == SLUICE_OK) {
        for (size_t i = 0; i < batch->count; i++) {
            const sluice_delta *delta = &batch->deltas[i];
            sluice_text text = sluice_delta_text(batch, delta);
            sluice_error problem;
            if (delta->kind == SLUICE_TEXT) {
                fwrite(text.bytes, 1, text.length, stdout);
            } else if (delta->kind == SLUICE_ERROR) {
                sluice_error_details details;
                fprintf(stderr, "the server says: %.*s\n", (int)text.length, text.bytes);
                if (sluice_stream_error_details(stream, delta, &details, sizeof details) == SLUICE_OK
                    && details.retry_after_seconds >= 0)
                    fprintf(stderr, "repeat the request after %g s\n", details.retry_after_seconds);
            } else if (delta->kind == SLUICE_MALFORMED
                       && sluice_stream_problem(stream, delta, &problem, sizeof problem) == SLUICE_OK) {
                fprintf(stderr, "event %llu: %s\n", (unsigned long long)problem.event, problem.detail);
            }
        }
        fflush(stdout);
    }
    return status;
}

/* Like read(2), but goes on after a signal. */
static ssize_t read_some(void *space, size_t size)
{
    ssize_t count;
    do count = read(STDIN_FILENO, space, size);
    while (count < 0 && errno == EINTR);
    if (count < 0) perror("cat");
    return count;
}

/* Reads standard input to its end, straight into the stream's own buffer. */
static sluice_status read_input(sluice_stream *stream)
{
    const size_t size = 65536;
    sluice_status status;
    void *space;
    ssize_t count;
    while ((status = sluice_stream_reserve(stream, size, &space)) == SLUICE_OK && (count = read_some(space, size)) > 0) {
        status = sluice_stream_commit(stream, (size_t)count);
        if (status == SLUICE_OK) status = print_deltas(stream);
        if (status != SLUICE_NEED_MORE) return status;
    }
    if (status == SLUICE_OK) status = sluice_stream_finish(stream);
    return status == SLUICE_OK ? print_deltas(stream) : status;
}

int main(void)
{
    sluice_stream *stream;
    sluice_status status = sluice_stream_create(NULL, NULL, &stream);
    if (status != SLUICE_OK) {
        fprintf(stderr, "cat: %s\n", sluice_status_name(status));
        return 1;
    }
    status = read_input(stream);

    sluice_end end;
    sluice_error error;
    sluice_stream_end(stream, &end, sizeof end);
    if (status == SLUICE_FAILED && sluice_stream_error(stream, &error, sizeof error) == SLUICE_OK)
        fprintf(stderr, "cat: %s (%s, byte %llu)\n", error.detail, error.code, (unsigned long long)error.offset);
    if (end.unread_events > 0)
        fprintf(stderr, "cat: %llu events were not read\n", (unsigned long long)end.unread_events);
    sluice_unread_kind kind;
    for (size_t i = 0; sluice_stream_unread(stream, i, &kind, sizeof kind) == SLUICE_OK; i++)
        fprintf(stderr, "cat: %s: %llu events\n", kind.name, (unsigned long long)kind.count);
    sluice_stream_destroy(stream);

    if (status != SLUICE_END) return 1;
    if (end.completeness == SLUICE_ERROR_CARRIED) return 4;
    return end.completeness == SLUICE_COMPLETE || end.completeness == SLUICE_FINISHED ? 0 : 3;
}
