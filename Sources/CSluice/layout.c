// A batch points into the engine's own records, so that no delta is converted: the two types must be one in memory.

#include <assert.h>

#include "CSluiceSimdjson.h"
#include "sluice.h"

#define SAME(public_name, own_name)                                                                              \
    static_assert(offsetof(sluice_delta, public_name) == offsetof(c_sluice_record, own_name), "layout of a delta"); \
    static_assert(sizeof(((sluice_delta *)0)->public_name) == sizeof(((c_sluice_record *)0)->own_name), "layout of a delta")

SAME(text_offset, offset);
SAME(input_tokens, offset);
SAME(problem, offset);
SAME(name_offset, other_offset);
SAME(output_tokens, other_offset);
SAME(event_offset, event);
SAME(text_length, length);
SAME(name_length, other_length);
SAME(choice, choice);
SAME(tool, tool);
SAME(kind, kind);
SAME(flags, flags);
SAME(text_region, region);
SAME(name_region, other_region);
static_assert(sizeof(sluice_delta) == sizeof(c_sluice_record), "size of a delta");

// What has been released as ABI 1; fields may follow those that the caller owns.
static_assert(SLUICE_ABI_VERSION == 1 && sizeof(void *) == 8, "the sizes below are those of ABI 1 where pointers have 64 bits");
static_assert(sizeof(sluice_delta) == 48 && sizeof(sluice_region) == 16, "size of a delta");
static_assert(sizeof(sluice_batch) >= 32 && offsetof(sluice_batch, region_count) == 24, "size of a batch");
static_assert(sizeof(sluice_options) >= 104 && offsetof(sluice_options, max_templates) == 96, "size of options");

// Where the fields of options begin, and those before them end; Values.swift has the same numbers.
#define BEGINS(name, offset) static_assert(offsetof(sluice_options, name) == (offset), "layout of options")
BEGINS(format, 8);
BEGINS(kinds, 16);
BEGINS(when_exceeded, 24);
BEGINS(buffer_layout, 28);
BEGINS(max_event_bytes, 32);
BEGINS(max_data_lines_per_event, 40);
BEGINS(max_event_name_bytes, 48);
BEGINS(max_id_bytes, 56);
BEGINS(max_nesting_depth, 64);
BEGINS(max_captures_per_event, 72);
BEGINS(max_choices, 80);
BEGINS(max_tool_calls, 88);
BEGINS(max_templates, 96);
BEGINS(table, 104);

static_assert(sizeof(sluice_end) >= 56 && offsetof(sluice_end, ended_inside_event) == 52, "size of an end");
static_assert(offsetof(sluice_end, unread_events) == 56 && offsetof(sluice_end, unread_kinds) == 64, "layout of an end");
static_assert(sizeof(sluice_unread_kind) >= 96 && offsetof(sluice_unread_kind, name) == 24, "size of an unread kind");
static_assert(
    sizeof(sluice_error_details) >= 648 && offsetof(sluice_error_details, parameter) == 256
        && offsetof(sluice_error_details, request_id) == 512 && offsetof(sluice_error_details, retry_after_seconds) == 640,
    "size of error details");
static_assert(sizeof(sluice_error) >= 848 && offsetof(sluice_error, detail) == 336, "size of an error");

// Array elements, and what is behind them.
static_assert(sizeof(sluice_answer_call) == 64 && offsetof(sluice_answer_call, origin) == 56, "size of a call");
static_assert(sizeof(sluice_answer_choice) == 104 && offsetof(sluice_answer_choice, calls) == 88, "size of a choice");
static_assert(sizeof(sluice_answer_usage) == 88, "size of a usage");
static_assert(
    sizeof(sluice_answer_values) >= 176 && offsetof(sluice_answer_values, usage) == 88
        && offsetof(sluice_answer_values, error) == 48,
    "size of an answer's values");
