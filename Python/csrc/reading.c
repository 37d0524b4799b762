// One file at a time: its bytes through the engine, in one response or many.

#include "reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool reader_open(reader *read, const read_options *options)
{
    memset(read, 0, sizeof *read);
    read->options = options;
    read->engine = sluice_engine_create();
    read->room = READ_BYTES;
    read->buffer = malloc(read->room);
    bool is_ready = read->engine != NULL && read->buffer != NULL && columns_init(&read->table, options->rows->spec)
                    && sluice_stream_create(read->engine, &options->options, &read->stream) == SLUICE_OK;
    if (!is_ready) reader_close(read);
    return is_ready;
}

void reader_close(reader *read)
{
    sluice_answer_destroy(read->answer);
    sluice_stream_destroy(read->stream);
    sluice_engine_destroy(read->engine);
    columns_free(&read->table);
    free(read->buffer);
    memset(read, 0, sizeof *read);
}

bool reader_flush(reader *read)
{
    if (read->table.has_failed) return false;
    if (read->table.root.length == 0) return true;
    struct ArrowArray batch;
    if (!columns_export(&read->table, &batch)) return false;
    if (!read->emit(read->context, &batch)) read->is_stopped = true;
    return true;
}

static void flush_if_full(reader *read)
{
    // A delta's row takes some 150 bytes beside its text.
    size_t bytes = read->table.bytes + (size_t)read->table.root.length * 150;
    if (bytes < read->options->batch_bytes) return;
    if (!reader_flush(read)) read->is_stopped = true;
}

void row_fail(reader *read, const char *what)
{
    if (!read->options->check || read->why[0] != '\0') return;
    snprintf(read->why, sizeof read->why, "%s: %s", read->item->name, what);
    read->is_stopped = true;
}

const char *row_status(reader *read, const sluice_end *end)
{
    static const char *const names[] = {"truncated", "complete", "failed", "empty", "finished"};
    const char *name = names[end->completeness < 5 ? end->completeness : 0];
    bool is_whole = end->completeness == SLUICE_COMPLETE || end->completeness == SLUICE_FINISHED;
    // What a file has lost, nobody knows.
    if (read->failure.code != NULL && (is_whole || read->taken == 0)) name = read->taken == 0 ? "unreadable" : names[0];
    if (!is_whole) row_fail(read, name);
    return name;
}

double seconds_of(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e9;
}

// ------------------------------------------------------------------------------------------------------------- Responses

bool response_begin(reader *read, int64_t offset)
{
    sluice_stream_reset(read->stream);
    read->begin = offset;
    read->taken = 0;
    read->has_failed = false;
    read->has_timed = false;
    read->times = (response_times){-1, -1, -1, -1};
    if (!read->options->rows->answers) return true;
    sluice_answer_destroy(read->answer);
    read->answer = sluice_answer_create(read->options->max_answer_bytes);
    return true;
}

/* Tokens are deltas of text, reasoning, refusal and arguments that have a byte, as `sluice stats` counts them. */
static void note_tokens(reader *read, const sluice_batch *batch)
{
    const uint32_t tokens = 1u << SLUICE_TEXT | 1u << SLUICE_REASONING | 1u << SLUICE_REFUSAL | 1u << SLUICE_TOOL_ARGUMENTS;
    for (size_t i = 0; i < batch->count; i++) {
        const sluice_delta *delta = &batch->deltas[i];
        if (delta->kind > SLUICE_PAYLOAD || (tokens >> delta->kind & 1) == 0 || delta->text_length == 0) continue;
        if (read->times.first_token < 0) read->times.first_token = read->times.now;
        if (read->times.first_output < 0 && delta->kind != SLUICE_REASONING) read->times.first_output = read->times.now;
        read->times.last_token = read->times.now;
    }
}

static void drain(reader *read, sluice_status status)
{
    const sluice_batch *batch;
    while (status == SLUICE_OK && (status = sluice_stream_next(read->stream, &batch)) == SLUICE_OK) {
        if (read->answer != NULL) sluice_answer_add(read->answer, read->stream);
        if (read->times.now >= 0) note_tokens(read, batch);
        if (read->options->rows->add_batch != NULL) {
            read->options->rows->add_batch(read, batch);
            flush_if_full(read);
        }
    }
    if (status == SLUICE_FAILED) read->has_failed = true;
}

void response_feed(reader *read, const char *bytes, size_t length)
{
    if (atomic_load(read->halt)) read->is_stopped = true;
    read->taken += (int64_t)length;
    if (length > 0 && !read->has_failed && !read->is_stopped)
        drain(read, sluice_stream_feed(read->stream, bytes, length));
}

void response_end(reader *read, bool must_have_row)
{
    if (read->is_stopped) return;
    if (!read->has_failed) drain(read, sluice_stream_finish(read->stream));
    sluice_end end;
    sluice_stream_end(read->stream, &end, sizeof end);
    // Between responses there may be keep-alives and another terminal payload.
    if (end.completeness == SLUICE_EMPTY && !must_have_row && !read->has_failed) return;
    read->options->rows->add_end(read);
    flush_if_full(read);
}

// ----------------------------------------------------------------------------------------------------------------- Files

static void read_all(reader *read, source *from)
{
    size_t count;
    while (!read->is_stopped && (count = source_read(from, read->buffer, READ_BYTES, &read->failure)) > 0)
        response_feed(read, read->buffer, count);
}

/* What is left of the last read of the file. */
typedef struct {
    source *from;
    size_t at, end;
} window;

/* Feeds up to `count` bytes; returns how many there were. */
static int64_t feed_count(reader *read, window *bytes, int64_t count)
{
    int64_t left = count;
    while (left > 0 && !read->is_stopped) {
        if (bytes->at == bytes->end) {
            bytes->at = 0;
            bytes->end = source_read(bytes->from, read->buffer, READ_BYTES, &read->failure);
            if (bytes->end == 0) break;
        }
        size_t part = (int64_t)(bytes->end - bytes->at) < left ? bytes->end - bytes->at : (size_t)left;
        response_feed(read, read->buffer + bytes->at, part);
        bytes->at += part;
        left -= (int64_t)part;
    }
    return count - left;
}

/* A recording: read by read, as it arrived. A blank line in its times ends a response, if there may be many. */
static void read_timed(reader *read, source *from, const arrivals *known)
{
    window bytes = {from, 0, 0};
    int64_t offset = 0;
    bool is_open = true, is_timed = true;
    for (size_t i = 0; i < known->count && !read->is_stopped; i++) {
        const arrival *next = &known->reads[i];
        if (next->nanoseconds < 0) {
            // The last response ends with the file.
            if (read->options->many && i + 1 < known->count) {
                response_end(read, true);
                is_open = false;
            }
            continue;
        }
        if (!is_open) response_begin(read, offset);
        is_open = true;
        read->has_timed = true;
        read->times.now = next->nanoseconds;
        int64_t count = feed_count(read, &bytes, next->count);
        offset += count;
        is_timed = is_timed && count == next->count;
    }
    // Whatever the times do not cover has none.
    if (feed_count(read, &bytes, INT64_MAX) > 0 || !is_timed) read->has_timed = false;
}

static bool is_recording(const reader *read, const source *from, const arrivals *known)
{
    if (known->count == 0 || (known->responses > 1 && !read->options->many)) return false;
    struct stat file;
    return source_is_compressed(from) || (stat(read->item->path, &file) == 0 && file.st_size == known->bytes);
}

void reader_read(reader *read, const read_item *item)
{
    read->item = item;
    read->failure.code = NULL;
    source *from = source_open(item, item->start, &read->failure);
    response_begin(read, item->start);
    if (from == NULL) {
        response_end(read, true);
        return;
    }
    arrivals known = {NULL, 0, 0, 0};
    if (item->path != NULL && item->start == 0) known = arrivals_read(item->path);
    if (is_recording(read, from, &known)) {
        read_timed(read, from, &known);
        response_end(read, true);
    } else if (read->options->many) {
        reader_read_many(read, from);
    } else {
        read_all(read, from);
        response_end(read, true);
    }
    free(known.reads);
    source_close(from);
}
