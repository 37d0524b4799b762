// Event templates: events whose bytes are those of one read before, except for some strings and numbers, are compared instead of
// framed and parsed. A stream is read without them too, with the same result; event_template.hpp has the proof.
#ifndef C_SLUICE_TEMPLATES_H
#define C_SLUICE_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of CSluiceSimdjson.h.
typedef struct c_sluice_parser c_sluice_parser;
typedef struct c_sluice_table c_sluice_table;

/// The templates of a parser, for any number of streams; used by one thread at a time.
typedef struct c_sluice_templates c_sluice_templates;

c_sluice_templates *_Nullable c_sluice_templates_create(void);
void c_sluice_templates_destroy(c_sluice_templates *_Nonnull templates);

/// Reads the following events of the parser's run while they match templates. If an event is carried, it comes first, and no
/// other is read without it; its records have the region of carried bytes.
void c_sluice_templates_read(c_sluice_templates *_Nonnull templates, c_sluice_parser *_Nonnull parser,
                             const c_sluice_table *_Nonnull table);

/// Undoes the last run: its events are read again, or parsed, so comparing them has earned nothing.
void c_sluice_templates_discard_run(c_sluice_templates *_Nonnull templates);

/// The number of bytes compared, matching or not. A byte counts each time.
uint64_t c_sluice_templates_looks(const c_sluice_templates *_Nonnull templates);

/// Notes that documents of this many bytes were parsed: more comparisons may fail then.
void c_sluice_templates_parsed(c_sluice_templates *_Nonnull templates, size_t bytes);

/// Counts bytes that the caller has looked at: fewer comparisons may fail then.
void c_sluice_templates_looked(c_sluice_templates *_Nonnull templates, size_t bytes);

/// Whether bytes after a payload may be indexed with it, although templates may match them.
bool c_sluice_templates_may_look_ahead(c_sluice_templates *_Nonnull templates, const c_sluice_parser *_Nonnull parser);

/// An event that was framed, walked and read.
typedef struct {
    const uint8_t *_Nonnull bytes;    // from its first byte to its last line end
    size_t length;
    size_t payload;                   // offset of its payload
    size_t payload_length;
} c_sluice_event;

enum {
    C_SLUICE_EVENT_DOCUMENT = 0,      // the payload was walked last, and has a program
    C_SLUICE_EVENT_SILENT,            // the payload was walked last, and such events carry nothing
    C_SLUICE_EVENT_MARKER,            // the payload is a terminal marker, such as [DONE]
    C_SLUICE_EVENT_TEXT,              // the payload is plain text, which is the only delta
};

/// Whether another event may be learned now. Learning costs as much as about a hundred matches, so it is limited.
bool c_sluice_templates_want_learning(c_sluice_templates *_Nonnull templates);

/// Learns a template from an event, if it can have one.
void c_sluice_templates_learn(c_sluice_templates *_Nonnull templates, c_sluice_parser *_Nonnull parser,
                              const c_sluice_table *_Nonnull table, c_sluice_event event, int32_t type);

#ifdef __cplusplus
}
#endif
#endif
