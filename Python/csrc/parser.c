// The type Parser: one stream of an engine.
//
// A chunk is lent to the engine where it lies. Small chunks are read with the GIL, and deltas are made of the engine's batches.
// Large ones are read without it, and deltas are copied to a pile first. Until a chunk is read the parser is busy, and other
// threads cannot use it.

#include "sluice_python.h"

#include <stdlib.h>
#include <string.h>

/* Chunks of as many bytes are read without the GIL. To release it and take it again costs as much as reading 1 KiB. */
#define RELEASE_BYTES 4096
/* Buffers that may change are copied in pieces of this size. */
#define PIECE_BYTES ((size_t)256 << 10)

typedef struct {
    PyObject_HEAD
    sluice_stream *stream;
    shared_engine *shared;
    sluice_answer *answer; /* NULL unless the parser collects */
    PyObject *table_name;  /* the name of a custom format, or NULL */
    uint64_t kinds;        /* of the deltas to return */
    bool is_busy;
    bool has_ended;
} Parser;

/* What a read of a chunk has come to. */
typedef struct {
    PyObject *list; /* NULL if there are no deltas */
    sluice_status status;
    bool has_failed; /* a Python exception is set */
} outcome;

static PyTypeObject *parser_type;
static PyObject *message_maker; /* sluice._message.Message._of_json */

/* A subclass may have other arguments, so they are read here and not when the object is made. */
static int parser_init(Parser *self, PyObject *arguments, PyObject *keywords)
{
    if (self->stream != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the parser has been initialised; create a parser for the next stream");
        return -1;
    }
    parser_options read;
    if (parser_options_read(&read, arguments, keywords) < 0) return -1;
    if (self->shared == NULL) self->shared = engine_take();
    sluice_status status = SLUICE_OUT_OF_MEMORY;
    if (self->shared != NULL) status = sluice_stream_create(self->shared->engine, &read.options, &self->stream);
    Py_XDECREF(read.table);
    Py_XDECREF(self->table_name);
    self->table_name = read.table_name;
    // Without kinds, an answer alone is asked for.
    self->kinds = read.kinds == 0 && read.collects ? 0 : read.kinds | (uint64_t)1 << SLUICE_MALFORMED;
    if (status == SLUICE_OK) {
        if (read.collects) self->answer = sluice_answer_create(read.max_answer_bytes);
        return 0;
    }
    if (status == SLUICE_OUT_OF_MEMORY)
        PyErr_NoMemory();
    else
        PyErr_Format(sluice_error_class, "the parser cannot be created: %s", sluice_status_name(status));
    return -1;
}

static void parser_dealloc(Parser *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    sluice_stream_destroy(self->stream);
    sluice_answer_destroy(self->answer);
    if (self->shared != NULL) engine_return(self->shared);
    Py_XDECREF(self->table_name);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

// --------------------------------------------------------------------------------------------------- Reading with the GIL

/* A delta of a batch, whose bytes are still where the engine has them. */
static PyObject *make_delta(const Parser *self, const sluice_batch *batch, const sluice_delta *delta)
{
    delta_parts parts = {{"", 0}, {"", 0}, NULL, NULL};
    if (delta->kind != SLUICE_USAGE && delta->kind != SLUICE_MALFORMED) {
        parts.text = sluice_delta_text(batch, delta);
        parts.name = sluice_delta_name(batch, delta);
    }
    if (delta->kind != SLUICE_ERROR && delta->kind != SLUICE_MALFORMED) return delta_make(delta, &parts);
    sluice_error problem;
    sluice_error_details details;
    if (delta->kind == SLUICE_MALFORMED) {
        sluice_stream_problem(self->stream, delta, &problem, sizeof problem);
        parts.problem = &problem;
    } else {
        sluice_stream_error_details(self->stream, delta, &details, sizeof details);
        parts.details = &details;
    }
    // A named tuple is an object that the garbage collector tracks: see engines.c.
    int was_collecting = PyGC_Disable();
    PyObject *made = delta_make(delta, &parts);
    if (was_collecting) PyGC_Enable();
    return made;
}

static bool append_deltas(const Parser *self, const sluice_batch *batch, PyObject *list)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!is_of(self->kinds, batch->deltas[i].kind)) continue;
        PyObject *delta = make_delta(self, batch, &batch->deltas[i]);
        if (delta == NULL) return false;
        int status = PyList_Append(list, delta);
        Py_DECREF(delta);
        if (status < 0) return false;
    }
    return true;
}

/* Reads a chunk, or with NULL the end of the input. It is read to its end even if memory is short: others share the engine. */
static outcome read_holding(Parser *self, const char *bytes, size_t length)
{
    outcome read = {PyList_New(0), SLUICE_OK, false};
    read.has_failed = read.list == NULL;
    if (read.has_failed) return read;
    engine_wait(self->shared);
    const sluice_batch *batch;
    read.status = bytes != NULL ? sluice_stream_feed(self->stream, bytes, length) : sluice_stream_finish(self->stream);
    while (read.status == SLUICE_OK && (read.status = sluice_stream_next(self->stream, &batch)) == SLUICE_OK) {
        if (self->answer != NULL) sluice_answer_add(self->answer, self->stream);
        if (self->kinds != 0 && !read.has_failed) read.has_failed = !append_deltas(self, batch, read.list);
    }
    return read;
}

// ------------------------------------------------------------------------------------------------ Reading without the GIL

/* Reads a chunk into the answer and a pile, if there are any; `*fits` becomes false if the pile cannot grow. */
static sluice_status read_chunk(Parser *self, pile *copies, const char *bytes, size_t length, bool *fits)
{
    const sluice_batch *batch;
    sluice_status status = sluice_stream_feed(self->stream, bytes, length);
    while (status == SLUICE_OK && (status = sluice_stream_next(self->stream, &batch)) == SLUICE_OK) {
        if (self->answer != NULL) sluice_answer_add(self->answer, self->stream);
        if (copies != NULL && *fits) *fits = pile_add(copies, self->stream, batch, self->kinds);
    }
    return status;
}

/* The same for a buffer that another thread may write to meanwhile: the engine relies on bytes that do not change. */
static sluice_status read_copy(Parser *self, pile *copies, const char *bytes, size_t length, bool *fits)
{
    size_t room = length < PIECE_BYTES ? length : PIECE_BYTES;
    char *piece = malloc(room);
    *fits = piece != NULL;
    sluice_status status = SLUICE_NEED_MORE;
    for (size_t at = 0; *fits && status == SLUICE_NEED_MORE && at < length; at += room) {
        size_t count = length - at < room ? length - at : room;
        memcpy(piece, bytes + at, count);
        status = read_chunk(self, copies, piece, count, fits);
    }
    free(piece);
    return status;
}

static outcome read_released(Parser *self, const char *bytes, size_t length, bool may_change)
{
    outcome read = {NULL, SLUICE_OK, false};
    pile *copies = self->kinds != 0 ? pile_take() : NULL;
    if (copies == NULL && self->kinds != 0) {
        read.has_failed = true;
        return read;
    }
    bool fits = true;
    PyThreadState *thread = engine_begin(self->shared);
    read.status = may_change ? read_copy(self, copies, bytes, length, &fits) : read_chunk(self, copies, bytes, length, &fits);
    engine_end(self->shared, thread);
    if (!fits)
        PyErr_NoMemory();
    else if (copies != NULL)
        read.list = pile_list(copies);
    read.has_failed = !fits || (copies != NULL && read.list == NULL);
    if (copies != NULL) pile_return(copies);
    return read;
}

// ------------------------------------------------------------------------------------------------------------ The methods

/* Raises the error that has ended the stream, with the deltas in front of it. */
static void raise_failure(const Parser *self, PyObject *list)
{
    sluice_error error;
    if (sluice_stream_error(self->stream, &error, sizeof error) != SLUICE_OK) {
        PyErr_SetString(PyExc_SystemError, "a stream has failed without an error");
        return;
    }
    PyObject *problem = problem_value(&error);
    PyObject *raised = problem == NULL ? NULL : PyObject_CallMethod(stream_error_class, "_of_problem", "OO", problem, list);
    if (raised != NULL) PyErr_SetObject(stream_error_class, raised);
    Py_XDECREF(problem);
    Py_XDECREF(raised);
}

/* What a method returns of a read. */
static PyObject *settle(Parser *self, outcome read)
{
    self->is_busy = false;
    if (!read.has_failed && read.status == SLUICE_MISUSE) {
        read.has_failed = true;
        PyErr_SetString(PyExc_SystemError, "an engine was used out of turn");
    }
    if (read.has_failed) {
        Py_XDECREF(read.list);
        return NULL;
    }
    if (read.list == NULL) read.list = PyList_New(0);
    if (read.list == NULL || read.status != SLUICE_FAILED) return read.list;
    self->has_ended = true;
    raise_failure(self, read.list);
    Py_DECREF(read.list);
    return NULL;
}

/* Claims the parser for a call; false if it cannot be used. */
static bool claim(Parser *self)
{
    if (self->is_busy) {
        PyErr_SetString(PyExc_RuntimeError, "the parser is in use by another thread; use one parser for each stream");
        return false;
    }
    if (self->stream == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the parser is not initialised; call super().__init__()");
        return false;
    }
    if (self->has_ended) {
        PyErr_SetString(sluice_error_class, "the stream has ended; create a parser for the next one");
        return false;
    }
    self->is_busy = true;
    return true;
}

static PyObject *feed_bytes(Parser *self, const char *bytes, Py_ssize_t length, bool may_change)
{
    if (length >= RELEASE_BYTES) return settle(self, read_released(self, bytes, (size_t)length, may_change));
    return settle(self, read_holding(self, length > 0 ? bytes : "", (size_t)length));
}

static PyObject *parser_feed(Parser *self, PyObject *chunk)
{
    if (PyBytes_CheckExact(chunk)) {
        if (!claim(self)) return NULL;
        return feed_bytes(self, PyBytes_AsString(chunk), PyBytes_Size(chunk), false);
    }
    if (PyUnicode_Check(chunk)) {
        PyErr_SetString(PyExc_TypeError, "a chunk must be bytes, and is a str: read the response as bytes");
        return NULL;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(chunk, &view, PyBUF_SIMPLE) < 0) return NULL;
    PyObject *list = claim(self) ? feed_bytes(self, view.buf, view.len, true) : NULL;
    PyBuffer_Release(&view);
    return list;
}

static PyObject *parser_finish(Parser *self, PyObject *Py_UNUSED(ignored))
{
    if (!claim(self)) return NULL;
    self->has_ended = true;
    return settle(self, read_holding(self, NULL, 0));
}

static bool check_idle(const Parser *self)
{
    bool is_idle = self->stream != NULL && !self->is_busy;
    if (!is_idle) PyErr_SetString(PyExc_RuntimeError, "the parser is in use by another thread, or not initialised");
    return is_idle;
}

static PyObject *get_end(Parser *self, void *Py_UNUSED(context))
{
    return check_idle(self) ? end_value(self->stream) : NULL;
}

static PyObject *get_format(Parser *self, void *Py_UNUSED(context))
{
    if (!check_idle(self)) return NULL;
    if (self->table_name != NULL) return Py_NewRef(self->table_name);
    const char *name = sluice_stream_format(self->stream);
    return name == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(name);
}

static PyObject *get_message(Parser *self, void *Py_UNUSED(context))
{
    if (!check_idle(self)) return NULL;
    if (self->answer == NULL) return Py_NewRef(Py_None);
    sluice_text json;
    sluice_answer_json(self->answer, self->stream, &json);
    return PyObject_CallFunction(message_maker, "s#", json.bytes, (Py_ssize_t)json.length);
}

static PyMethodDef parser_methods[] = {
    {"feed", (PyCFunction)parser_feed, METH_O,
     "feed($self, chunk, /)\n--\n\n"
     "Return the deltas of the next bytes of the stream, which may be cut anywhere.\n\n"
     "`chunk` is bytes, bytearray, memoryview or any other contiguous buffer. Bytes are parsed where they lie. Chunks of 4 KiB\n"
     "and more are parsed without the GIL; then other buffers are copied, because they may change meanwhile. Raises StreamError if the stream cannot be read further; its `deltas` are those in\n"
     "front of the error. An error that the server sent is a delta."},
    {"finish", (PyCFunction)parser_finish, METH_NOARGS,
     "finish($self, /)\n--\n\n"
     "End the input, and return the deltas of an event whose last line end is missing.\n\n"
     "Raises StreamError as `feed` does. Whether the stream was complete is in `end.status`."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef parser_getters[] = {
    {"end", (getter)get_end, NULL, "The End: the status and counts of the stream so far.", NULL},
    {"format", (getter)get_format, NULL, "The name of the stream's format; None until it is known.", NULL},
    {"message", (getter)get_message, NULL, "The Message so far, a copy; None unless the parser was created with `collect`.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot parser_slots[] = {
    {Py_tp_doc, "Parser(format=None, *, table=None, kinds=None, collect=False, when_exceeded='skip', max_event_bytes=None, ...)\n--\n\n"
                "Parses one stream.\n\n"
                "    parser = sluice.Parser()\n"
                "    for chunk in chunks:\n"
                "        for delta in parser.feed(chunk):\n"
                "            print(delta.kind, delta.text)\n"
                "    parser.finish()\n"
                "    assert parser.end.status in (\"complete\", \"finished\")\n\n"
                "`format` is a name of sluice.formats(), or None to detect the format. `table` is a custom format as JSON, or as\n"
                "the dict of it. `kinds` are those to return; by default all but 'detail' and 'payload'. With `collect`,\n"
                "`message` is the whole answer. Limits are as in the C header; None stands for the default."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, parser_init},
    {Py_tp_dealloc, parser_dealloc},
    {Py_tp_methods, parser_methods},
    {Py_tp_getset, parser_getters},
    {0, NULL}};
static PyType_Spec parser_spec = {
    "sluice.Parser", sizeof(Parser), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, parser_slots};

int parser_ready(PyObject *module)
{
    PyObject *message = PyImport_ImportModule("sluice._message");
    PyObject *maker = message == NULL ? NULL : PyObject_GetAttrString(message, "_of_json");
    Py_XDECREF(message);
    if (maker == NULL) return -1;
    message_maker = maker;
    parser_type = (PyTypeObject *)PyType_FromSpec(&parser_spec);
    return parser_type == NULL ? -1 : PyModule_AddObjectRef(module, "Parser", (PyObject *)parser_type);
}
