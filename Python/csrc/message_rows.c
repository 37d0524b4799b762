// A row a message: the answer of a response, as sluice_answer_read has it.

#include "reading.h"

#include <string.h>

static const column_spec call_columns[] = {
    COLUMN("index", "l"), COLUMN("id", "u"), COLUMN("name", "u"), COLUMN("origin", "u"), COLUMN("arguments", "u")};
static const column_spec call[] = {NESTED("item", "+s", call_columns)};
static const column_spec choice_columns[] = {
    COLUMN("choice", "l"),  COLUMN("text", "u"),          COLUMN("reasoning", "u"),  COLUMN("tool_plan", "u"),
    COLUMN("refusal", "u"), COLUMN("finish_reason", "u"), NESTED("calls", "+l", call)};
static const column_spec choice[] = {NESTED("item", "+s", choice_columns)};
static const column_spec usage_columns[] = {
    COLUMN("input", "l"),       COLUMN("output", "l"),       COLUMN("total", "l"),     COLUMN("cached", "l"),
    COLUMN("cache_write", "l"), COLUMN("reasoning", "l"),    COLUMN("tool", "l"),      COLUMN("audio_input", "l"),
    COLUMN("audio_output", "l"), COLUMN("all_input", "l"),   COLUMN("all_output", "l")};
static const column_spec error_columns[] = {
    COLUMN("source", "u"), COLUMN("type", "u"),       COLUMN("code", "u"),       COLUMN("message", "u"),
    COLUMN("param", "u"),  COLUMN("request_id", "u"), COLUMN("retry_after", "g")};
static const column_spec problem_columns[] = {
    COLUMN("code", "u"), COLUMN("offset", "l"), COLUMN("event", "l"), COLUMN("excerpt", "u"), COLUMN("detail", "u")};
static const column_spec problem[] = {NESTED("item", "+s", problem_columns)};
static const column_spec timing_columns[] = {
    COLUMN("ttft", "g"), COLUMN("ttfo", "g"), COLUMN("latency", "g"), COLUMN("duration", "g")};

enum {
    FILE_NAME, OFFSET, BYTES, FORMAT, STATUS, ERROR, ID, MODEL, TEXT, REASONING, TOOL_PLAN, REFUSAL, CALLS, FINISH_REASON,
    OTHERS, USAGE, EVENTS, MALFORMED, UNREAD, PROBLEMS, TIMINGS
};
static const column_spec columns_of_message[] = {
    COLUMN("file", "u"),
    COLUMN("offset", "l"),
    COLUMN("bytes", "l"),
    COLUMN("format", "u"),
    COLUMN("status", "u"),
    NESTED("error", "+s", error_columns),
    COLUMN("id", "u"),
    COLUMN("model", "u"),
    COLUMN("text", "u"),
    COLUMN("reasoning", "u"),
    COLUMN("tool_plan", "u"),
    COLUMN("refusal", "u"),
    NESTED("calls", "+l", call),
    COLUMN("finish_reason", "u"),
    NESTED("other_choices", "+l", choice),
    NESTED("usage", "+s", usage_columns),
    COLUMN("events", "l"),
    COLUMN("malformed_events", "l"),
    COLUMN("unread_events", "l"),
    NESTED("problems", "+l", problem),
    NESTED("timings", "+s", timing_columns)};
static const column_spec message = NESTED("", "+s", columns_of_message);

static void add_calls(column *to, const sluice_answer_choice *from)
{
    static const char *const origins[] = {"client", "custom", "server", "mcp", "approval"};
    for (size_t i = 0; i < from->call_count; i++) {
        const sluice_answer_call *known = &from->calls[i];
        column *item = &to->children[0], *parts = item->children;
        column_struct(item);
        column_count(&parts[0], known->index);
        column_text_or_null(&parts[1], known->id);
        column_text_or_null(&parts[2], known->name);
        column_string(&parts[3], known->origin < 5 ? origins[known->origin] : "unknown");
        column_text(&parts[4], known->arguments);
    }
    column_list(to);
}

static void add_choices(column *row, const sluice_answer_values *values)
{
    static const sluice_answer_choice none = {
        0, {"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}, NULL, 0};
    const sluice_answer_choice *first = values->choice_count > 0 ? &values->choices[0] : &none;
    column_text(&row[TEXT], first->text);
    column_text(&row[REASONING], first->reasoning);
    column_text(&row[TOOL_PLAN], first->tool_plan);
    column_text(&row[REFUSAL], first->refusal);
    add_calls(&row[CALLS], first);
    column_text_or_null(&row[FINISH_REASON], first->finish_reason);
    for (size_t i = 1; i < values->choice_count; i++) {
        const sluice_answer_choice *other = &values->choices[i];
        column *item = &row[OTHERS].children[0], *parts = item->children;
        column_struct(item);
        column_int(&parts[0], other->number);
        column_text(&parts[1], other->text);
        column_text(&parts[2], other->reasoning);
        column_text(&parts[3], other->tool_plan);
        column_text(&parts[4], other->refusal);
        column_text_or_null(&parts[5], other->finish_reason);
        add_calls(&parts[6], other);
    }
    column_list(&row[OTHERS]);
}

static void add_usage(column *to, const sluice_answer_usage *usage)
{
    const int64_t counts[] = {
        usage->input, usage->output, usage->total, usage->cached, usage->cache_write, usage->reasoning,
        usage->tool, usage->audio_input, usage->audio_output, usage->all_input, usage->all_output};
    bool is_known = false;
    for (size_t i = 0; i < 11; i++) is_known = is_known || counts[i] >= 0;
    if (!is_known) {
        column_null(to);
        return;
    }
    column_struct(to);
    for (size_t i = 0; i < 11; i++) column_count(&to->children[i], counts[i]);
}

static void add_problems(column *to, const sluice_answer_values *values)
{
    for (size_t i = 0; i < values->problem_count; i++) {
        const sluice_error *known = values->problems[i];
        column *item = &to->children[0], *parts = item->children;
        column_struct(item);
        column_string(&parts[0], known->code);
        column_int(&parts[1], (int64_t)known->offset);
        column_count(&parts[2], known->event > 0 ? (int64_t)known->event : -1);
        column_string(&parts[3], known->excerpt);
        column_string(&parts[4], known->detail);
    }
    column_list(to);
}

static void add_simple_error(column *to, const char *from, const char *code, const char *text)
{
    column_struct(to);
    column_string(&to->children[0], from);
    column_null(&to->children[1]);
    column_string(&to->children[2], code);
    column_string(&to->children[3], text);
    for (int i = 4; i < 7; i++) column_null(&to->children[i]);
}

/* The file's error, or the one that has ended the reading, or the last that the server sent. */
static void add_error(reader *read, column *to, const sluice_answer_values *values)
{
    sluice_error ended;
    if (read->failure.code != NULL) {
        add_simple_error(to, "file", read->failure.code, read->failure.message);
        row_fail(read, read->failure.message);
    } else if (sluice_stream_error(read->stream, &ended, sizeof ended) == SLUICE_OK) {
        add_simple_error(to, "stream", ended.code, ended.detail);
        row_fail(read, ended.detail);
    } else if (values->error != NULL) {
        const sluice_error_details *details = values->error;
        column_struct(to);
        column_string(&to->children[0], "server");
        column_string_or_null(&to->children[1], details->type);
        column_string_or_null(&to->children[2], details->code);
        column_text(&to->children[3], values->error_message);
        column_string_or_null(&to->children[4], details->parameter);
        column_string_or_null(&to->children[5], details->request_id);
        if (details->retry_after_seconds < 0)
            column_null(&to->children[6]);
        else
            column_double(&to->children[6], details->retry_after_seconds);
    } else {
        column_null(to);
    }
}

static void add_time(column *to, int64_t nanoseconds)
{
    if (nanoseconds < 0)
        column_null(to);
    else
        column_double(to, seconds_of(nanoseconds));
}

static void add_timings(column *to, const reader *read)
{
    if (!read->has_timed) {
        column_null(to);
        return;
    }
    column_struct(to);
    add_time(&to->children[0], read->times.first_token);
    add_time(&to->children[1], read->times.first_output);
    add_time(&to->children[2], read->times.last_token);
    add_time(&to->children[3], read->times.now);
}

static void add_end(reader *read)
{
    column *row = read->table.root.children;
    const sluice_answer_values *values;
    sluice_end end;
    sluice_answer_read(read->answer, &values);
    sluice_stream_end(read->stream, &end, sizeof end);
    bool is_unread = read->failure.code != NULL && read->taken == 0;
    // A format that was tried is none that was found.
    sluice_error ended;
    bool has_ended = sluice_stream_error(read->stream, &ended, sizeof ended) == SLUICE_OK;
    bool is_tried = has_ended && (strcmp(ended.code, "unknown-format") == 0 || strcmp(ended.code, "not-a-stream") == 0);
    column_struct(&read->table.root);
    column_string(&row[FILE_NAME], read->item->name);
    column_int(&row[OFFSET], read->begin);
    column_int(&row[BYTES], read->taken);
    column_string_or_null(&row[FORMAT], is_tried || is_unread ? NULL : sluice_stream_format(read->stream));
    add_error(read, &row[ERROR], values);
    column_string(&row[STATUS], row_status(read, &end));
    column_text_or_null(&row[ID], values->response_id);
    column_text_or_null(&row[MODEL], values->model);
    add_choices(row, values);
    add_usage(&row[USAGE], &values->usage);
    column_int(&row[EVENTS], (int64_t)end.frames);
    column_int(&row[MALFORMED], (int64_t)end.malformed_events);
    column_int(&row[UNREAD], (int64_t)end.unread_events);
    add_problems(&row[PROBLEMS], values);
    add_timings(&row[TIMINGS], read);
}

const row_kind message_rows = {
    &message, SLUICE_ANSWER_KINDS | (uint64_t)1 << SLUICE_DETAIL, true, NULL, add_end};
