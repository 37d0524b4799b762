/* What the files of the extension module share.
 *
 * Everything here is guarded by the GIL, except for `pile` between pile_take and pile_return, and the streams of a parser that
 * is busy: their owner uses them without the GIL. */
#ifndef SLUICE_PYTHON_H
#define SLUICE_PYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <pythread.h>
#include <structmember.h>

#include <stdbool.h>
#include <stdint.h>

#include <sluice.h>

#define KIND_COUNT 12

/* names.c: strings that are made once, and exceptions of sluice._errors. */
extern PyObject *kind_names[KIND_COUNT];
extern PyObject *origin_names[8];
extern PyObject *sluice_error_class, *stream_error_class, *table_error_class;
int names_ready(void);
/* The name of how a stream has ended; borrowed. */
PyObject *status_name(uint32_t completeness);

/* values.c: named tuples. */
int values_ready(PyObject *module);
PyObject *problem_value(const sluice_error *error);
/* `message` is a str or NULL. */
PyObject *error_value(const sluice_error_details *details, PyObject *type, PyObject *message);
PyObject *end_value(const sluice_stream *stream);

/* delta.c */
int delta_ready(PyObject *module);
/* The memory outside of a sluice_delta that a Delta is made of. */
typedef struct {
    sluice_text text;
    sluice_text name;
    const sluice_error *problem;         /* of SLUICE_MALFORMED */
    const sluice_error_details *details; /* of SLUICE_ERROR */
} delta_parts;
PyObject *delta_make(const sluice_delta *delta, const delta_parts *parts);

/* pile.c: deltas that are copied without the GIL. */
typedef struct {
    sluice_delta *deltas; /* their offsets are those of `bytes`; `problem` and, of errors, `tool` are indices */
    size_t count, capacity;
    char *bytes;
    size_t used, room;
    sluice_error *problems;
    size_t problem_count, problem_capacity;
    sluice_error_details *details;
    size_t detail_count, detail_capacity;
} pile;
pile *pile_take(void);
void pile_return(pile *copies);
/* Copies the deltas of a batch whose kinds are in `kinds`; false if allocation fails. */
bool pile_add(pile *copies, sluice_stream *stream, const sluice_batch *batch, uint64_t kinds);
PyObject *pile_list(const pile *copies);

/* engines.c */
typedef struct {
    sluice_engine *engine;
    size_t users;
    bool is_lent; /* a chunk is being read without the GIL */
    PyThread_type_lock lock;
} shared_engine;
shared_engine *engine_take(void);
void engine_return(shared_engine *shared);
/* Waits until no other thread reads with the engine. */
void engine_wait(shared_engine *shared);
/* The same, and releases the GIL for a read, after which engine_end takes it again. */
PyThreadState *engine_begin(shared_engine *shared);
void engine_end(shared_engine *shared, PyThreadState *thread);

/* options.c */
typedef struct {
    sluice_options options;
    uint64_t kinds; /* those to return */
    uint64_t max_answer_bytes;
    bool collects;
    PyObject *table; /* bytes that `options` points to, or NULL; owned */
    PyObject *table_name; /* of a custom format, or NULL; owned */
} parser_options;
int parser_options_read(parser_options *read, PyObject *arguments, PyObject *keywords);

/* parser.c */
int parser_ready(PyObject *module);

/* arrow.c */
int arrow_ready(PyObject *module);

static inline bool is_of(uint64_t kinds, uint8_t kind)
{
    return kind < KIND_COUNT && (kinds >> kind & 1) != 0;
}

#endif
