// A row a delta, straight from the engine's batches, and for each response a row of kind `end`.

#include "reading.h"

#include <string.h>

enum {
    FILE_NAME, OFFSET, EVENT_OFFSET, TIME, KIND, CHOICE, BLOCK, TOOL, ID, NAME, TEXT, INPUT_TOKENS, OUTPUT_TOKENS, IS_WHOLE
};
static const column_spec columns_of_delta[] = {
    COLUMN("file", "u"),          COLUMN("offset", "l"),       COLUMN("event_offset", "l"), COLUMN("time", "g"),
    COLUMN("kind", "u"),          COLUMN("choice", "i"),       COLUMN("block", "i"),        COLUMN("tool", "i"),
    COLUMN("id", "u"),            COLUMN("name", "u"),         COLUMN("text", "u"),         COLUMN("input_tokens", "l"),
    COLUMN("output_tokens", "l"), COLUMN("is_whole", "b")};
static const column_spec delta_struct = NESTED("", "+s", columns_of_delta);

static const char *const kinds[] = {"text",  "reasoning", "refusal", "tool_call", "tool_arguments", "finish",
                                    "usage", "error",     "partial", "malformed", "detail",         "payload"};

/* What a kind has, as the attributes of `Delta`. */
#define BIT(kind) (1u << (kind))
#define TOOLS (BIT(SLUICE_TOOL_CALL) | BIT(SLUICE_TOOL_ARGUMENTS))
#define NO_CHOICE (BIT(SLUICE_USAGE) | BIT(SLUICE_ERROR) | BIT(SLUICE_MALFORMED) | BIT(SLUICE_PAYLOAD) | BIT(SLUICE_PARTIAL))
#define IN_BLOCKS (BIT(SLUICE_TEXT) | BIT(SLUICE_REASONING) | BIT(SLUICE_REFUSAL) | BIT(SLUICE_DETAIL))
#define WHOLES (BIT(SLUICE_TOOL_ARGUMENTS) | BIT(SLUICE_USAGE))

/* The columns that every row has. */
static void begin_row(reader *read, int64_t event_offset, const char *kind)
{
    column *row = read->table.root.children;
    column_struct(&read->table.root);
    column_string(&row[FILE_NAME], read->item->name);
    column_int(&row[OFFSET], read->begin);
    column_int(&row[EVENT_OFFSET], read->begin + event_offset);
    if (read->times.now < 0)
        column_null(&row[TIME]);
    else
        column_double(&row[TIME], seconds_of(read->times.now));
    column_string(&row[KIND], kind);
}

/* A row of a problem or an end: a name and a text. */
static void add_plain_row(reader *read, int64_t event_offset, const char *kind, const char *name, const char *text)
{
    column *row = read->table.root.children;
    begin_row(read, event_offset, kind);
    for (int i = CHOICE; i <= ID; i++) column_null(&row[i]);
    column_string_or_null(&row[NAME], name);
    column_string_or_null(&row[TEXT], text);
    for (int i = INPUT_TOKENS; i <= IS_WHOLE; i++) column_null(&row[i]);
}

static void add_texts(column *row, const sluice_batch *batch, const sluice_delta *delta)
{
    if (delta->kind == SLUICE_USAGE) {
        for (int i = ID; i <= TEXT; i++) column_null(&row[i]);
        column_count(&row[INPUT_TOKENS], delta->input_tokens);
        column_count(&row[OUTPUT_TOKENS], delta->output_tokens);
        return;
    }
    sluice_text text = sluice_delta_text(batch, delta);
    bool is_call = delta->kind == SLUICE_TOOL_CALL;
    if (is_call)
        column_text_or_null(&row[ID], text);
    else
        column_null(&row[ID]);
    column_text_or_null(&row[NAME], sluice_delta_name(batch, delta));
    if (is_call)
        column_null(&row[TEXT]);
    else
        column_text(&row[TEXT], text);
    column_null(&row[INPUT_TOKENS]);
    column_null(&row[OUTPUT_TOKENS]);
}

static void add_delta(reader *read, const sluice_batch *batch, const sluice_delta *delta)
{
    column *row = read->table.root.children;
    uint32_t bit = BIT(delta->kind);
    begin_row(read, (int64_t)delta->event_offset, kinds[delta->kind]);
    column_count(&row[CHOICE], bit & NO_CHOICE ? -1 : delta->choice);
    column_count(&row[BLOCK], (bit & IN_BLOCKS) && (delta->flags & SLUICE_NUMBERED) ? delta->tool : -1);
    column_count(&row[TOOL], bit & TOOLS ? delta->tool : -1);
    add_texts(row, batch, delta);
    if (bit & WHOLES)
        column_bool(&row[IS_WHOLE], (delta->flags & SLUICE_WHOLE) != 0);
    else
        column_null(&row[IS_WHOLE]);
}

static void add_batch(reader *read, const sluice_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const sluice_delta *delta = &batch->deltas[i];
        if (delta->kind > SLUICE_PAYLOAD) continue;
        if (delta->kind == SLUICE_MALFORMED) {
            sluice_error problem;
            sluice_stream_problem(read->stream, delta, &problem, sizeof problem);
            add_plain_row(read, (int64_t)delta->event_offset, "malformed", problem.code, problem.detail);
        } else {
            add_delta(read, batch, delta);
        }
    }
}

static void add_end(reader *read)
{
    sluice_error ended;
    sluice_end end;
    sluice_stream_end(read->stream, &end, sizeof end);
    if (read->failure.code != NULL) {
        add_plain_row(read, read->taken, "malformed", read->failure.code, read->failure.message);
        row_fail(read, read->failure.message);
    } else if (sluice_stream_error(read->stream, &ended, sizeof ended) == SLUICE_OK) {
        add_plain_row(read, (int64_t)ended.offset, "malformed", ended.code, ended.detail);
        row_fail(read, ended.detail);
    }
    add_plain_row(read, read->taken, "end", NULL, row_status(read, &end));
}

const row_kind delta_rows = {&delta_struct, 0, false, add_batch, add_end};
