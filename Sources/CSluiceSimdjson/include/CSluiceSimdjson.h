// A C interface to simdjson: takes a JSON payload and a compiled path table, returns captures.
//
// simdjson's stage 1 indexes the payload's structure and checks UTF-8, control bytes in strings and unclosed strings. One
// walk over that index follows the path table; a payload that looks like one before is compared instead, with the same
// result. Unlike simdjson's on-demand front end, the walk needs no padding after the payload, checks the grammar of the values that it skips (brackets, commas, colons, numbers, literals), and limits
// nesting. Escape sequences inside strings that are not captured are not checked.
#ifndef C_SLUICE_SIMDJSON_H
#define C_SLUICE_SIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// No C++ exception leaves these functions: if an allocation fails, they return an error, or drop data that only serves speed.

// MARK: Path table

/// A trie of object keys and array elements; immutable once built, shared by any number of parsers and threads.
typedef struct c_sluice_table c_sluice_table;

/// The maximum number of arrays in one path; captures have a position for each.
#define C_SLUICE_MAX_ARRAY_LEVELS 3
/// The maximum number of members that a table may have for one object.
#define C_SLUICE_MAX_MEMBERS 64
/// The maximum number of components of one path.
#define C_SLUICE_MAX_PATH_DEPTH 24

/// Creates an empty table whose root is node 0; NULL if the allocation fails.
c_sluice_table *_Nullable c_sluice_table_create(void);
void c_sluice_table_destroy(c_sluice_table *_Nonnull table);

/// Returned in place of a node if an allocation fails.
#define C_SLUICE_NO_MEMORY (-2)

/// Returns the node of member `key` of the objects at `parent`, and creates it if it is new; -1 if C_SLUICE_MAX_MEMBERS or
/// C_SLUICE_MAX_PATH_DEPTH is exceeded.
int32_t c_sluice_table_member(c_sluice_table *_Nonnull table, int32_t parent, const uint8_t *_Nonnull key, size_t length);
/// Returns the node of the elements of the arrays at `parent`, and creates it if it is new; -1 if C_SLUICE_MAX_ARRAY_LEVELS or
/// C_SLUICE_MAX_PATH_DEPTH is exceeded.
int32_t c_sluice_table_element(c_sluice_table *_Nonnull table, int32_t parent);

enum {
    C_SLUICE_CONTAINERS = 1,     // whole objects and arrays are captured too
    C_SLUICE_DISCRIMINATOR = 2,  // conditions compare strings here: they are part of an event's token signature
};

/// Prepares a table for walks, which need that; no path is added afterwards. False if the allocation fails.
bool c_sluice_table_finish(c_sluice_table *_Nonnull table);

/// Adds a terminal marker of a format whose payloads are text. False if the allocation fails.
bool c_sluice_table_add_marker(c_sluice_table *_Nonnull table, const uint8_t *_Nonnull bytes, size_t length);

/// Captures scalars at `node` as `path`, which is less than 0xFFFF, with the given flags. False if the allocation fails.
bool c_sluice_table_capture(c_sluice_table *_Nonnull table, int32_t node, uint16_t path, uint32_t flags);

// MARK: Captures

enum {
    C_SLUICE_STRING = 1,      // the bytes between the quotes; no escape among them
    C_SLUICE_ESCAPED = 9,     // the bytes between the quotes; at least one backslash among them
    C_SLUICE_NUMBER = 3,
    C_SLUICE_TRUE = 4,
    C_SLUICE_FALSE = 5,
    C_SLUICE_CONTAINER = 6,   // a whole object or array, brackets included
};

/// The difference of the two kinds of strings.
#define C_SLUICE_ESCAPED_BIT 8

/// One field found in a payload. null is never captured: it counts as absent.
typedef struct {
    uint32_t offset;          // bytes from the payload's start
    uint32_t length;          // bytes
    uint16_t path;
    uint8_t kind;
    uint8_t levels;           // the number of valid `positions`
    uint32_t positions[C_SLUICE_MAX_ARRAY_LEVELS];
} c_sluice_capture;

enum {
    C_SLUICE_OK = 0,
    C_SLUICE_MEMORY,          // the allocation of the structural index failed
    C_SLUICE_UTF8,            // the payload is not valid UTF-8
    C_SLUICE_SYNTAX,          // not JSON; `offset` says where
    C_SLUICE_NOT_OBJECT,      // valid JSON, but not an object
    C_SLUICE_DEPTH,           // nested deeper than the limit
    C_SLUICE_TOO_MANY,        // more captures than the limit
    C_SLUICE_EMPTY,           // only white space
};

typedef struct {
    uint32_t max_depth;       // open brackets at once
    uint32_t max_captures;    // captures of one payload
    uint32_t max_templates;   // event templates that are kept
    uint32_t max_name_bytes;  // of an SSE event's type
    uint32_t max_choices;     // numbers of choices are less
    uint32_t max_tools;       // numbers of tool calls are less
    uint32_t max_data_lines;  // of one SSE event
} c_sluice_limits;

typedef struct {
    int32_t status;
    uint32_t offset;          // of an error, bytes from the payload's start
    uint32_t count;
    const c_sluice_capture *_Nonnull captures;  // owned by the parser, valid until its next call
} c_sluice_walk_result;

// MARK: Parser

/// simdjson's parser, the capture buffer and the compiled programs, for any number of streams; used by one thread at a time.
typedef struct c_sluice_parser c_sluice_parser;

c_sluice_parser *_Nullable c_sluice_parser_create(void);
void c_sluice_parser_destroy(c_sluice_parser *_Nonnull parser);

/// Sets the limits of the following payloads. A new parser allows no captures.
void c_sluice_parser_bound(c_sluice_parser *_Nonnull parser, c_sluice_limits limits);

/// Finds the table's paths in one payload, in document order. If a key is repeated, the last value counts. Reads only
/// payload[0..<available) (length <= available, length < 2^32 - 64). The bytes after the payload may be indexed too, many
/// payloads at once, so they must not change until c_sluice_parser_forget. Allocates only if a payload is longer, or has more
/// captures, than all before it. Linear in the payload's length.
c_sluice_walk_result c_sluice_parser_walk(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                          const uint8_t *_Nonnull payload, size_t length, size_t available);

/// The captures of the payload that c_sluice_parser_read_frames has read last. It is walked now, unless it was.
c_sluice_walk_result c_sluice_parser_walk_last(c_sluice_parser *_Nonnull parser);

/// As c_sluice_parser_walk, of the payload that was walked last, whose bytes have not changed: it is not indexed again, unless
/// another was walked in between.
c_sluice_walk_result c_sluice_parser_walk_again(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                                const uint8_t *_Nonnull payload, size_t length);

/// Drops the index of bytes after the payload. Has to be called before available bytes are changed or freed.
void c_sluice_parser_forget(c_sluice_parser *_Nonnull parser);

/// The bytes of all payloads walked, for tests; and the bytes indexed. A byte counts each time.
uint64_t c_sluice_parser_walked_bytes(const c_sluice_parser *_Nonnull parser);
uint64_t c_sluice_parser_indexed_bytes(const c_sluice_parser *_Nonnull parser);

/// The name of the simdjson implementation in use.
const char *_Nonnull c_sluice_simdjson_implementation(void);

// MARK: Programs

/// One step of a compiled program: a captured string is emitted as text.
typedef struct {
    uint16_t capture;         // the index of the payload's capture; 0xFFFF: no text, only the two numbers
    uint16_t choice_capture;  // the capture of the choice's number; 0xFFFF: `choice`
    uint16_t tool_capture;    // the same for the tool call's number
    int32_t choice;
    int32_t tool;
    uint16_t tag;             // a value of the caller, which is stored in each delta
} c_sluice_step;

/// What the rules made of one event.
typedef struct {
    const c_sluice_step *_Nonnull steps;
    size_t step_count;
    uint64_t required;                // bits of `reads` that have to be set for the program to apply
    uint64_t ended;                   // bits of `reads` that it clears: the event has whole values
} c_sluice_lesson;

/// The kind of one delta and the location of its bytes: the type of DeltaRecord.swift.
typedef struct {
    int64_t offset;           // of its bytes, in their region
    int64_t other_offset;
    uint64_t event;           // offset in the stream of its event
    uint32_t length;
    uint32_t other_length;
    int32_t choice;
    int32_t tool;
    uint8_t kind;
    uint8_t flags;
    uint8_t region;
    uint8_t other_region;
} c_sluice_record;

/// The kind of text.
#define C_SLUICE_KIND_TEXT 0

/// Tags of steps: a kind of delta, and flags from bit 8 on.
#define C_SLUICE_TAG_FLAGS 8
/// The delta belongs to a tool call, whose number is limited.
#define C_SLUICE_TAG_TOOL 0x8000
/// In place of a kind: the step has no delta and marks the stream as complete.
#define C_SLUICE_TAG_TERMINAL 31
/// The maximum number of steps of an event. A step without text emits token counts, in place of the two numbers.
#define C_SLUICE_STEPS 8

/// Of `reads`, whose bits 35 to 47 are the caller's: an event is more than a terminal payload; an event has a whole value; before the run, no tool call lacks
/// arguments; the pieces that came, 16 bits from here.
#define C_SLUICE_READS_CONTENT (UINT64_C(1) << 32)
#define C_SLUICE_READS_WHOLE (UINT64_C(1) << 33)
#define C_SLUICE_READS_SETTLED (UINT64_C(1) << 34)
#define C_SLUICE_READS_PIECES 48

/// A run of events that have programs: its input and its result. It is part of the parser, where both C++ and Swift access it.
/// All words have the width with which they are written, because combining narrower ones stalls the processor.
typedef struct {
    // Written before each run. What only templates need (CSluiceTemplates.h) is marked with a T.
    const uint8_t *_Nullable next;      // an event begins here; after the run, the end of the events that were read
    const uint8_t *_Nullable end;
    size_t position;                    // of the first byte, in the region that the records' offsets count in
    uint64_t stream_offset;             // of the first byte
    size_t max_event_bytes;
    c_sluice_record *_Nullable record;  // where the next record is written
    size_t max_records;                 // at least C_SLUICE_STEPS; an event that might have more is not begun
    uint64_t kinds;                     // a bit for each kind of delta to emit; others are skipped
    bool is_lines;                      // T: an event is a line of NDJSON
    size_t scanned;                     // T: bytes at `next` whose delimiters were found before; reduced by matching events
    int64_t max_id_bytes;               // T: of an id in a line before an event; less than 0: no such lines
    // T: the beginning of a cut event, which precedes `next`, followed by a copy of the first bytes at `next`. Null: none.
    const uint8_t *_Nullable carried;
    size_t carried_length;
    size_t carried_before;              // bytes of it that precede `next`
    // Before the run, what came; after it, also a bit for each kind of delta that the events have, selected or not.
    uint64_t reads;

    // The result of the run.
    size_t events;
    size_t bytes;                       // of the events, from the initial `next`
    size_t count;                       // records written
    const uint32_t *_Nullable escaped;  // indices of records whose bytes have escapes; valid until the next run
    size_t escaped_count;
    size_t pause;                       // T: if too little matched: the number of events to parse before trying again
    size_t least;                       // T: the minimum size of an event with the template that matched last
    bool is_terminal;                   // one of the events completes the stream
    bool is_cut;                        // T: the bytes after the events match the beginning of a template, and contain no
                                        // event end
} c_sluice_run;

/// The parser's run.
c_sluice_run *_Nonnull c_sluice_parser_run(c_sluice_parser *_Nonnull parser);

/// The region of carried bytes; all others are in region 0.
#define C_SLUICE_CARRIED 1
/// The memory of the regions of records.
typedef struct {
    const uint8_t *_Nonnull bytes[2];
    size_t length[2];
} c_sluice_regions;

/// A frame; positions count from the run's `next`. The same words as a plain frame of CSluiceScan.
typedef struct {
    uint32_t start;
    uint32_t payload_start;
    uint32_t payload_length;
    uint32_t event;           // the event's type: its length, and in the upper half its offset after `start`; 0 for none
} c_sluice_frame;

/// The result of reading frames: how many were read, and of the next one, if its payload was walked, the result.
typedef struct {
    size_t frames;
    size_t payload_bytes;     // of the frames that were read
    bool is_walked;
    c_sluice_walk_result walk;
} c_sluice_frames_result;

/// Walks the payloads of frames[0..<count), whose positions count from the run's `next`, and writes the deltas of each that has a
/// program. Stops at the first that has none, that is no object, or whose event type has one of the lengths in `stops` (a
/// bit for each length up to 63): its captures are those of a walk. `available` is the number of readable bytes at `next`.
c_sluice_frames_result c_sluice_parser_read_frames(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                                   const c_sluice_frame *_Nonnull frames, size_t count, size_t available,
                                                   uint64_t stops);

/// Keeps the program of the payload that was walked last by c_sluice_parser_read_frames.
void c_sluice_parser_keep_program(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                  c_sluice_lesson lesson);

/// Decodes the records of the last run with escapes into `target`, which has the size of the run's bytes, including carried
/// ones, plus sixteen. Sets their region to `region`, in which `target` is at `position`. Returns the number of decoded
/// records, and in *written the bytes. It is less than all if one is malformed or ends inside a surrogate pair; that
/// record and later ones are not changed.
uint32_t c_sluice_parser_decode(c_sluice_parser *_Nonnull parser, c_sluice_record *_Nonnull records, uint32_t escaped_count,
                                const c_sluice_regions *_Nonnull from, uint8_t *_Nonnull target, size_t position,
                                uint8_t region, size_t *_Nonnull written);

// MARK: Strings

/// Decodes the JSON escapes of source[0..<length) into target (length + 3 bytes). Returns the number of bytes written, or -1
/// with the offset of an invalid escape in *error_offset.
/// *pending_high: on entry the high surrogate at the end of the previous string (0: none), on return that of this string. A
/// pair that is split over two strings is joined; an unpaired surrogate becomes U+FFFD.
ptrdiff_t c_sluice_unescape(const uint8_t *_Nonnull source, size_t length, uint8_t *_Nonnull target,
                            uint16_t *_Nonnull pending_high, uint32_t *_Nonnull error_offset);

/// Returns whether bytes[0..<length) are UTF-8 (RFC 3629). Reads only bytes[0..<available) (length <= available).
bool c_sluice_is_utf8(const uint8_t *_Nonnull bytes, size_t length, size_t available);

/// Returns whether a string's bytes, with escapes decoded if `escaped`, are `value`.
bool c_sluice_string_equals(const uint8_t *_Nonnull bytes, size_t length, bool escaped,
                            const uint8_t *_Nonnull value, size_t value_length);

/// Decodes base64 (RFC 4648, with or without padding) into target (length bytes); returns -1 if it is not base64.
ptrdiff_t c_sluice_base64_decode(const uint8_t *_Nonnull source, size_t length, uint8_t *_Nonnull target);

#ifdef __cplusplus
}
#endif
#endif
