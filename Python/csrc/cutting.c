// Files of many responses, one after the other: where one ends and the next begins.
//
// A response ends behind the event with its terminal marker. Whether an event has one, a stream of its own says that reads
// nothing but a line of it: so a file can be read from any event on, and gives the same responses in every part. Lines are
// tried only if they have a word that such markers have in the file's format. Formats without a marker, and framings
// without lines, are not cut: the file is one response.

#include "reading.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_WORDS 4
/* A line that is longer is no end of a response. */
#define MOST_LINE_BYTES ((size_t)16 << 20)

static const struct {
    const char *format;
    const char *words[MOST_WORDS];
} markers[] = {
    {"anthropic-messages", {"message_stop"}},
    {"openai-responses", {"[DONE]", "response.completed", "response.incomplete", "response.failed"}},
    {"ollama-chat", {"\"done\":true", "\"done\": true"}},
    {"ollama-generate", {"\"done\":true", "\"done\": true"}},
    {"cohere-v2", {"message-end"}},
    {"cohere-v1", {"stream-end"}},
    {"text-field", {"[DONE]", "\"done\":true", "\"done\": true"}},
};
static const char *const other_words[MOST_WORDS] = {"[DONE]"};

typedef struct {
    reader *read;
    sluice_stream *probe;
    const char *const *words;
    const char *hits[MOST_WORDS]; /* the next of each word; NULL if there is none in the lines */
    bool is_sse;
    bool is_ending;   /* the terminal marker came, and not yet the blank line */
    bool is_skipping; /* until the first response of the part */
    bool is_done;     /* with all responses of the part */
    int64_t offset;   /* of the lines in the file */
    bool is_open;     /* a response has begun */
} cutter;

// ----------------------------------------------------------------------------------------------------- What the file is

static const char *skip_space(const char *at, const char *end)
{
    if (end - at >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    while (at < end && strchr(" \t\r\n", *at) != NULL && *at != '\0') at++;
    return at;
}

/* Whether lines separate what the head begins with; *is_sse: whether events end with a blank one. */
static bool has_lines(const char *head, size_t length, bool *is_sse)
{
    const char *at = skip_space(head, head + length);
    if (at == head + length) return false;
    *is_sse = *at != '{';
    return *at != '[' && *at != '\0';
}

/* The format of a file's head, which is that of all its responses; NULL if it is not known. */
static const char *detect(const reader *read, const char *head, size_t length)
{
    sluice_stream *stream;
    const sluice_batch *batch;
    if (read->options->options.format != NULL) return read->options->options.format;
    if (sluice_stream_create(read->engine, &read->options->options, &stream) != SLUICE_OK) return NULL;
    sluice_status status = sluice_stream_feed(stream, head, length);
    while (status == SLUICE_OK) status = sluice_stream_next(stream, &batch);
    const char *format = sluice_stream_format(stream);
    sluice_stream_destroy(stream);
    return format;
}

static bool create(const reader *read, const char *format, uint64_t kinds, sluice_stream **stream)
{
    sluice_options options = read->options->options;
    if (options.table == NULL) options.format = format;
    options.kinds = kinds;
    return sluice_stream_create(read->engine, &options, stream) == SLUICE_OK;
}

static bool cutter_open(cutter *cut, const char *format)
{
    reader *read = cut->read;
    cut->words = other_words;
    for (size_t i = 0; format != NULL && i < sizeof markers / sizeof markers[0]; i++)
        if (strcmp(format, markers[i].format) == 0) cut->words = markers[i].words;
    sluice_stream *stream;
    if (!create(read, format, read->options->options.kinds, &stream)) return false;
    sluice_stream_destroy(read->stream);
    read->stream = stream;
    return create(read, format, 0, &cut->probe);
}

/* The next file of the reader may have another format. */
static void cutter_close(cutter *cut)
{
    sluice_stream *stream;
    sluice_stream_destroy(cut->probe);
    if (sluice_stream_create(cut->read->engine, &cut->read->options->options, &stream) != SLUICE_OK) return;
    sluice_stream_destroy(cut->read->stream);
    cut->read->stream = stream;
}

// ----------------------------------------------------------------------------------------------------------------- Lines

static void probe_feed(sluice_stream *probe, const char *bytes, size_t length)
{
    const sluice_batch *batch;
    sluice_status status = bytes != NULL ? sluice_stream_feed(probe, bytes, length) : sluice_stream_finish(probe);
    while (status == SLUICE_OK) status = sluice_stream_next(probe, &batch);
}

/* Whether a line, with its end, has the terminal marker of a response. */
static bool is_terminal(cutter *cut, const char *line, size_t length, const char *word)
{
    const char *at = line, *end = line + length;
    if (cut->is_sse && length > 5 && memcmp(line, "data:", 5) == 0) at += 5;
    at = skip_space(at, end);
    if (end - at >= 6 && memcmp(at, "[DONE]", 6) == 0 && skip_space(at + 6, end) == end) return true;
    if (strcmp(word, "[DONE]") == 0) return false;
    sluice_stream_reset(cut->probe);
    probe_feed(cut->probe, line, length);
    if (cut->is_sse) probe_feed(cut->probe, "\n", 1);
    probe_feed(cut->probe, NULL, 0);
    sluice_end state;
    sluice_stream_end(cut->probe, &state, sizeof state);
    return state.completeness == SLUICE_COMPLETE
           || (state.completeness == SLUICE_ERROR_CARRIED && strcmp(word, "response.failed") == 0);
}

/* The first of the words at or behind `at`; NULL if there is none. Each byte is looked at once for each word. */
static const char *find_word(cutter *cut, const char *at, const char *end, const char **word)
{
    const char *first = NULL;
    for (int i = 0; i < MOST_WORDS && cut->words[i] != NULL; i++) {
        if (cut->hits[i] != NULL && cut->hits[i] < at)
            cut->hits[i] = memmem(at, (size_t)(end - at), cut->words[i], strlen(cut->words[i]));
        if (cut->hits[i] == NULL || (first != NULL && cut->hits[i] >= first)) continue;
        first = cut->hits[i];
        *word = cut->words[i];
    }
    return first;
}

static void feed(cutter *cut, const char *bytes, const char *end)
{
    if (!cut->is_skipping) response_feed(cut->read, bytes, (size_t)(end - bytes));
}

/* A response ends at this offset, and the next begins. */
static void next_response(cutter *cut, int64_t offset)
{
    if (!cut->is_skipping) response_end(cut->read, cut->read->begin == 0);
    cut->is_skipping = cut->is_ending = false;
    cut->is_done = offset > cut->read->item->end;
    cut->is_open = !cut->is_done;
    if (cut->is_open) response_begin(cut->read, offset);
}

static const char *line_end(const char *at, const char *end)
{
    return (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
}

/* Reads whole lines. */
static void take_lines(cutter *cut, const char *lines, const char *end)
{
    const char *fed = lines, *at = lines, *word = "";
    for (int i = 0; i < MOST_WORDS && cut->words[i] != NULL; i++)
        cut->hits[i] = memmem(lines, (size_t)(end - lines), cut->words[i], strlen(cut->words[i]));
    while (at < end && !cut->is_done && !cut->read->is_stopped) {
        if (cut->is_ending) {
            bool is_blank = *at == '\n' || (*at == '\r' && at[1] == '\n');
            at = line_end(at, end);
            if (!is_blank) continue;
        } else {
            const char *hit = find_word(cut, at, end, &word);
            if (hit == NULL) break;
            const char *before = memrchr(lines, '\n', (size_t)(hit - lines));
            const char *line = before == NULL ? lines : before + 1;
            at = line_end(hit, end);
            // What came before is read first: the probe has the same engine.
            feed(cut, fed, line);
            fed = line;
            if (!is_terminal(cut, line, (size_t)(at - line), word)) continue;
            cut->is_ending = cut->is_sse;
            if (cut->is_sse) continue;
        }
        feed(cut, fed, at);
        fed = at;
        next_response(cut, cut->offset + (at - lines));
    }
    if (!cut->is_done) feed(cut, fed, end);
    cut->offset += end - lines;
}

/* Reads the file's bytes line by line; `length` of them are in the buffer. */
static void take_all(cutter *cut, source *from, size_t length)
{
    reader *read = cut->read;
    while (!cut->is_done && !read->is_stopped) {
        const char *last = memrchr(read->buffer, '\n', length);
        size_t whole = last == NULL ? 0 : (size_t)(last + 1 - read->buffer);
        if (whole == 0 && length >= MOST_LINE_BYTES) {
            feed(cut, read->buffer, read->buffer + length);
            cut->offset += (int64_t)length;
            whole = length;
        } else if (whole > 0) {
            take_lines(cut, read->buffer, read->buffer + whole);
        }
        length -= whole;
        memmove(read->buffer, read->buffer + whole, length);
        if (length + READ_BYTES > read->room) {
            char *moved = realloc(read->buffer, length * 2 + READ_BYTES);
            if (moved == NULL) break;
            read->buffer = moved;
            read->room = length * 2 + READ_BYTES;
        }
        size_t count = source_read(from, read->buffer + length, READ_BYTES, &read->failure);
        if (count == 0) {
            feed(cut, read->buffer, read->buffer + length);
            break;
        }
        length += count;
    }
}

void reader_read_many(reader *read, source *from)
{
    cutter cut = {.read = read, .is_skipping = read->item->start > 0, .offset = read->item->start, .is_open = true};
    size_t length = source_read(from, read->buffer, READ_BYTES, &read->failure);
    const char *format;
    bool is_cut;
    if (read->item->start == 0) {
        is_cut = has_lines(read->buffer, length, &cut.is_sse);
        format = detect(read, read->buffer, length);
    } else {
        // The head of the file decides, as for its other parts.
        read_failure ignored = {NULL, ""};
        source *head = source_open(read->item, 0, &ignored);
        char *bytes = malloc(READ_BYTES);
        size_t count = head != NULL && bytes != NULL ? source_read(head, bytes, READ_BYTES, &ignored) : 0;
        is_cut = has_lines(bytes, count, &cut.is_sse);
        format = detect(read, bytes != NULL ? bytes : "", count);
        free(bytes);
        source_close(head);
    }
    if (!is_cut || !cutter_open(&cut, format)) {
        response_feed(read, read->buffer, length);
        while (!read->is_stopped && (length = source_read(from, read->buffer, READ_BYTES, &read->failure)) > 0)
            response_feed(read, read->buffer, length);
        response_end(read, true);
        return;
    }
    response_begin(read, read->item->start);
    take_all(&cut, from, length);
    // What is left behind the last marker: a response that was cut, or nothing.
    if (cut.is_open && !cut.is_skipping && (read->taken > 0 || read->begin == 0)) response_end(read, read->begin == 0);
    else if (read->failure.code != NULL && cut.is_open && !cut.is_skipping) response_end(read, true);
    cutter_close(&cut);
}

int64_t next_event(const char *path, int64_t offset)
{
    enum { BLOCK = 1 << 16 };
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *block = malloc(BLOCK + 1);
    int64_t found = -1;
    bool is_sse = true;
    ssize_t count = file < 0 || block == NULL ? -1 : pread(file, block, BLOCK, 0);
    if (count <= 0 || !has_lines(block, (size_t)count, &is_sse)) offset = -1;
    while (found < 0 && offset >= 0 && (count = pread(file, block, BLOCK, offset)) > 0) {
        block[count] = '\0';
        for (char *at = block; found < 0 && (at = memchr(at, '\n', (size_t)(block + count - at))) != NULL; at++) {
            const char *next = at[1] == '\r' ? at + 2 : at + 1;
            if (!is_sse)
                found = offset + (at + 1 - block);
            else if (next < block + count && *next == '\n')
                found = offset + (next + 1 - block);
        }
        // The last bytes again, which may begin a blank line.
        offset = count < BLOCK ? -1 : offset + count - 2;
    }
    free(block);
    if (file >= 0) close(file);
    return found;
}
