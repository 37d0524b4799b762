// simdjson behind a C interface: a JSON payload and a compiled path table in, captures out.
//
// simdjson's stage 1 indexes the payload's structure and checks UTF-8, control bytes in strings and unclosed strings.
// One walk over that index then follows the path table. Unlike simdjson's own on-demand front end, the walk needs no
// padding behind the payload, checks the grammar of what it passes over (brackets, commas, colons, numbers, literals),
// and limits nesting. What is not checked: the escape sequences inside strings that are not captured.
#ifndef C_SLUICE_SIMDJSON_H
#define C_SLUICE_SIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// No C++ exception leaves these functions: where memory is short they say so, or forget what is there for speed only.

// MARK: Path table

/// A trie of object keys and array elements; immutable once built, shared by any number of parsers and threads.
typedef struct c_sluice_table c_sluice_table;

/// Arrays that one path may pass through; the captures carry a position for each.
#define C_SLUICE_MAX_ARRAY_LEVELS 3
/// Members that one object of a table may name.
#define C_SLUICE_MAX_MEMBERS 64
/// Components that one path may have.
#define C_SLUICE_MAX_PATH_DEPTH 24

/// An empty table whose root is node 0; NULL when memory is short.
c_sluice_table *_Nullable c_sluice_table_create(void);
void c_sluice_table_destroy(c_sluice_table *_Nonnull table);

/// Memory is short, in place of a node.
#define C_SLUICE_NO_MEMORY (-2)

/// The node of member `key` of the objects at `parent`, made when it is new; -1 past C_SLUICE_MAX_MEMBERS or
/// C_SLUICE_MAX_PATH_DEPTH.
int32_t c_sluice_table_member(c_sluice_table *_Nonnull table, int32_t parent, const uint8_t *_Nonnull key, size_t length);
/// The node of the elements of the arrays at `parent`, made when it is new; -1 past C_SLUICE_MAX_ARRAY_LEVELS or
/// C_SLUICE_MAX_PATH_DEPTH.
int32_t c_sluice_table_element(c_sluice_table *_Nonnull table, int32_t parent);

enum {
    C_SLUICE_CONTAINERS = 1,     // whole objects and arrays are captured too
    C_SLUICE_DISCRIMINATOR = 2,  // strings here tell kinds of payloads apart: they are part of a payload's shape
};

/// A payload that is no text where the table's format has text for payloads: it says that the stream is complete. False when
/// memory is short.
bool c_sluice_table_add_marker(c_sluice_table *_Nonnull table, const uint8_t *_Nonnull bytes, size_t length);

/// Scalars at `node` are captured as `path`, less than 0xFFFF, with the given flags. False when memory is short.
bool c_sluice_table_capture(c_sluice_table *_Nonnull table, int32_t node, uint16_t path, uint32_t flags);

// MARK: Captures

enum {
    C_SLUICE_STRING = 1,      // the bytes between the quotes; no escape among them
    C_SLUICE_ESCAPED = 2,     // the bytes between the quotes; at least one backslash among them
    C_SLUICE_NUMBER = 3,
    C_SLUICE_TRUE = 4,
    C_SLUICE_FALSE = 5,
    C_SLUICE_CONTAINER = 6,   // a whole object or array, brackets included
};

/// One field found in a payload. null is never captured: it reads as absent.
typedef struct {
    uint32_t offset;          // bytes from the payload's start
    uint32_t length;          // bytes
    uint16_t path;
    uint8_t kind;
    uint8_t levels;           // how many of `positions` count
    uint32_t positions[C_SLUICE_MAX_ARRAY_LEVELS];
} c_sluice_capture;

enum {
    C_SLUICE_OK = 0,
    C_SLUICE_MEMORY,          // no memory for the structural index
    C_SLUICE_UTF8,            // the payload is not valid UTF-8
    C_SLUICE_SYNTAX,          // not JSON; `offset` says where
    C_SLUICE_NOT_OBJECT,      // valid JSON, but no object at the top
    C_SLUICE_DEPTH,           // nested deeper than the limit
    C_SLUICE_TOO_MANY,        // more captures than the limit
    C_SLUICE_EMPTY,           // nothing but white space
};

typedef struct {
    uint32_t max_depth;       // open brackets at once
    uint32_t max_captures;    // captures of one payload
    uint32_t max_skeletons;   // kinds of events that are remembered
    uint32_t max_name_bytes;  // of an SSE event's type
    uint32_t max_choices;     // numbers of choices are less
    uint32_t max_tools;       // numbers of tool calls are less
    uint32_t max_data_lines;  // of one SSE event
} c_sluice_limits;

typedef struct {
    int32_t status;
    uint32_t offset;          // of an error, bytes from the payload's start
    uint32_t count;
    // Payloads with the same number have the same captures but for the bytes of strings and numbers, and the same
    // bytes in strings at discriminators; only whether a string has escapes may differ. 0: no such number.
    uint32_t shape;
    const c_sluice_capture *_Nonnull captures;  // owned by the parser, valid until its next call
} c_sluice_walk_result;

// MARK: Parser

/// simdjson's parser and the capture buffer; used by one thread at a time, by any number of streams.
typedef struct c_sluice_parser c_sluice_parser;

c_sluice_parser *_Nullable c_sluice_parser_create(void);
void c_sluice_parser_destroy(c_sluice_parser *_Nonnull parser);

/// What holds from now on; at first nothing may be captured.
void c_sluice_parser_bound(c_sluice_parser *_Nonnull parser, c_sluice_limits limits);

/// Finds the table's paths in one payload, in document order; of a repeated key the last counts, as in other readers.
/// Reads payload[0..<available) only (length <= available, length < 2^32 - 64). What lies behind the payload may be
/// indexed ahead, many payloads at once, so it must not change until c_sluice_parser_forget. Allocates only when a payload is longer, or has more captures,
/// than every one before it. Linear in the payload's length.
c_sluice_walk_result c_sluice_parser_walk(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                          const uint8_t *_Nonnull payload, size_t length, size_t available);

/// Forgets what was indexed ahead; to be called before bytes that were available are changed or given back.
void c_sluice_parser_forget(c_sluice_parser *_Nonnull parser);

/// The name of the simdjson implementation that this machine runs.
const char *_Nonnull c_sluice_simdjson_implementation(void);

// MARK: Skeletons

/// One thing that reading a payload always comes to: a captured string is handed on as text.
typedef struct {
    uint16_t capture;         // its number among the payload's captures; 0xFFFF: no text, the two numbers are all
    uint16_t choice_capture;  // the capture that numbers the choice; 0xFFFF: `choice`
    uint16_t tool_capture;    // the same of the tool call's number
    int32_t choice;
    int32_t tool;
    uint16_t tag;             // the caller's own; comes back with each delta
} c_sluice_step;

/// An event that was framed, walked and read, and what came of it.
typedef struct {
    const uint8_t *_Nonnull bytes;    // from its first byte to the one behind its last line end
    size_t length;
    size_t payload;                   // offset of the payload that was walked last
    const c_sluice_step *_Nonnull steps;
    size_t step_count;
} c_sluice_event;

/// What one delta is about and where its bytes lie; see DeltaRecord.swift, whose type this is.
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

/// Tags of steps: a kind of delta, and flags from the ninth bit on.
#define C_SLUICE_TAG_FLAGS 8
/// The delta is one of a tool call, whose number is limited.
#define C_SLUICE_TAG_TOOL 0x8000
/// In place of a kind: the step brings forth no delta, it says that the stream is complete.
#define C_SLUICE_TAG_TERMINAL 31
/// Steps that an event may have. One without text tells tokens, in place of the two numbers.
#define C_SLUICE_STEPS 8

/// A run of known events: what is to be read, and what has been. It stands in the parser, where both sides find it; all words
/// are as wide as they are written: narrower ones would be put together, which a processor waits for.
typedef struct {
    // Written before each run.
    const uint8_t *_Nullable next;      // an event begins here; after the run, what is behind those that were read
    const uint8_t *_Nullable end;
    size_t position;                    // of the first byte, in the region that the records' offsets count in
    uint64_t stream_offset;             // of the first byte
    size_t max_event_bytes;
    c_sluice_record *_Nullable record;  // where the next is written
    size_t max_records;                 // C_SLUICE_STEPS at least; no event is begun that might bring forth more
    uint64_t kinds;                     // a bit for each kind of delta that is wanted; others are passed over
    bool is_lines;                      // an event is a line of NDJSON
    size_t scanned;                     // bytes from `next` on whose delimiters were found before; used up by events that match
    int64_t max_id_bytes;               // of the id whose line may stand before an event; less than 0: no such lines
    // The beginning of an event that was cut, which comes before `next`, and behind it the first bytes from there again. Null:
    // none.
    const uint8_t *_Nullable carried;
    size_t carried_length;
    size_t carried_before;              // bytes of it that come before `next`

    // What the run has come to.
    size_t events;
    size_t bytes;                       // of the events, one behind the other, from where `next` was
    size_t count;                       // records written
    const uint32_t *_Nullable escaped;  // which of them have bytes with escapes, until the next run
    size_t escaped_count;
    size_t pause;               // where too little matched: how many events to read otherwise before it is tried again
    size_t least;               // bytes that an event like the one that matched last has at least
    bool is_terminal;           // one of the records says that the stream is complete
    bool is_cut;                // what is behind the events is the beginning of a known one, and not the whole of any
} c_sluice_run;

/// The region of bytes that were carried; that of all others is 0.
#define C_SLUICE_CARRIED 1
/// Where the bytes of records lie, by their regions.
typedef struct {
    const uint8_t *_Nonnull bytes[2];
    size_t length[2];
} c_sluice_regions;

/// Reads as many events as have known skeletons; see skeletons.hpp for why that is the same as framing and walking them. Where
/// an event was carried, it is the first, and there are none without it; the records' regions tell which are its own.
void c_sluice_parser_read_known(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table);

/// The events of the last run are read again, or otherwise: they were looked at in vain.
void c_sluice_parser_discard_run(c_sluice_parser *_Nonnull parser);

/// Bytes that were looked at: compared, matching or not, and indexed. What was looked at twice counts twice.
uint64_t c_sluice_parser_looks(const c_sluice_parser *_Nonnull parser);

/// The parser's run.
c_sluice_run *_Nonnull c_sluice_parser_run(c_sluice_parser *_Nonnull parser);

/// Decodes the bytes of those records of the last run that have escapes into `target`, which has room for all of the run's
/// bytes, those carried included, and sixteen more; their region becomes `region`, where `target` lies at `position`. Returns
/// how many were decoded, and in *written the bytes: fewer than all where one is malformed, or ends inside a surrogate pair;
/// that one and those behind it are as they were.
uint32_t c_sluice_parser_decode(c_sluice_parser *_Nonnull parser, c_sluice_record *_Nonnull records, uint32_t escaped_count,
                                const c_sluice_regions *_Nonnull from, uint8_t *_Nonnull target, size_t position,
                                uint8_t region, size_t *_Nonnull written);

/// Whether one more event may be learnt now; learning costs what some hundred matches cost, and is rationed.
bool c_sluice_parser_wants_learning(c_sluice_parser *_Nonnull parser);

/// Remembers an event whose data is a marker, such as [DONE], that says that the stream is complete and nothing else.
void c_sluice_parser_learn_marker(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                                  c_sluice_event event, size_t payload_length);

/// Remembers the event whose payload was the last that c_sluice_parser_walk walked, if it can have a skeleton.
void c_sluice_parser_learn(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table,
                           c_sluice_event event);

/// Learns an event whose data, `payload_length` bytes, is text as it stands: one delta, of the kind that its only step has.
void c_sluice_parser_learn_text(c_sluice_parser *_Nonnull parser, const c_sluice_table *_Nonnull table, c_sluice_event event,
                                size_t payload_length);

// MARK: Strings

/// Decodes JSON escapes of source[0..<length) into target (room for length + 3 bytes) and returns the bytes written,
/// or -1 with *error_offset where an escape is malformed.
/// *pending_high: a high surrogate that the string before this one ended with (0: none) on entry, this one's on return;
/// a pair cut over two strings is joined, a lone surrogate becomes U+FFFD.
ptrdiff_t c_sluice_unescape(const uint8_t *_Nonnull source, size_t length, uint8_t *_Nonnull target,
                            uint16_t *_Nonnull pending_high, uint32_t *_Nonnull error_offset);

/// Whether bytes[0..<length) are UTF-8 (RFC 3629). Reads bytes[0..<available) only (length <= available).
bool c_sluice_is_utf8(const uint8_t *_Nonnull bytes, size_t length, size_t available);

/// Whether a string's bytes, escapes decoded when `escaped`, are `value`.
bool c_sluice_string_equals(const uint8_t *_Nonnull bytes, size_t length, bool escaped,
                            const uint8_t *_Nonnull value, size_t value_length);

/// Decodes base64 (RFC 4648, with or without padding) into target (room for length) ; -1 when it is not base64.
ptrdiff_t c_sluice_base64_decode(const uint8_t *_Nonnull source, size_t length, uint8_t *_Nonnull target);

#ifdef __cplusplus
}
#endif
#endif
