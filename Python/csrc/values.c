// Named tuples: what can be asked for rarely, and is easy to read where it is printed.

#include "sluice_python.h"

#include <string.h>

static PyTypeObject *problem_type, *error_type, *end_type, *unread_type;

static PyStructSequence_Field problem_fields[] = {
    {"code", "a stable name, such as 'malformed-payload'"},
    {"offset", "offset of the event, in bytes from the beginning of the stream"},
    {"event", "number of the event, the first being 1"},
    {"excerpt", "the bytes that were found, at most 64, escaped"},
    {"detail", "what is wrong and what to do, in one sentence"},
    {NULL, NULL}};
static PyStructSequence_Desc problem_desc = {
    "sluice.Problem", "An event that could not be read, or a delta that was dropped.", problem_fields, 5};

static PyStructSequence_Field error_fields[] = {
    {"type", "the class of the error, such as 'invalid_request_error', or None"},
    {"code", "its code, such as 'context_length_exceeded' or '429', or None"},
    {"message", "the error's message; empty where the stream gives none"},
    {"param", "the parameter of the request that caused it, or None"},
    {"request_id", "the id under which the provider has logged the request, or None"},
    {"retry_after", "seconds after which the request may be repeated, or None"},
    {NULL, NULL}};
static PyStructSequence_Desc error_desc = {
    "sluice.ServerError", "An error that the server sent in the stream.", error_fields, 6};

static PyStructSequence_Field end_fields[] = {
    {"status", "'complete', 'finished' (no terminal marker), 'truncated', 'failed' or 'empty'"},
    {"bytes", "bytes read"},
    {"frames", "frames emitted by the framing"},
    {"deltas", "deltas read from the frames, without those of kind 'malformed'"},
    {"malformed_events", "events that could not be read, or whose number shows that others are missing"},
    {"missing_events", "events missing according to the stream's own numbers"},
    {"ignored_lines", "SSE lines with a field name that the standard does not define"},
    {"ended_inside_event", "whether the input ended inside an event"},
    {"unread_events", "events that no rule of the format reads and that are no keep-alives"},
    {"unread_kinds", "the first kinds of them, at most 8"},
    {NULL, NULL}};
static PyStructSequence_Desc end_desc = {"sluice.End", "How a stream has ended, or would end now.", end_fields, 10};

static PyStructSequence_Field unread_fields[] = {
    {"name", "their type, or else their top-level keys"},
    {"count", "events of this kind"},
    {"offset", "offset of the first of them, in bytes from the beginning of the stream"},
    {"event", "number of the first of them, the first event of the stream being 1"},
    {NULL, NULL}};
static PyStructSequence_Desc unread_desc = {
    "sluice.UnreadKind", "Events of one kind that no rule of the format reads.", unread_fields, 4};

static int add_type(PyObject *module, PyTypeObject **type, PyStructSequence_Desc *desc)
{
    *type = PyStructSequence_NewType(desc);
    if (*type == NULL) return -1;
    return PyModule_AddObjectRef(module, strchr(desc->name, '.') + 1, (PyObject *)*type);
}

int values_ready(PyObject *module)
{
    return add_type(module, &problem_type, &problem_desc) < 0 || add_type(module, &error_type, &error_desc) < 0
                   || add_type(module, &end_type, &end_desc) < 0 || add_type(module, &unread_type, &unread_desc) < 0
               ? -1
               : 0;
}

/* Makes a tuple of new references, which are released if one is NULL. */
static PyObject *make_value(PyTypeObject *type, PyObject **items, Py_ssize_t count)
{
    bool is_whole = true;
    for (Py_ssize_t i = 0; i < count; i++) is_whole = is_whole && items[i] != NULL;
    PyObject *value = is_whole ? PyStructSequence_New(type) : NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        if (value != NULL)
            PyStructSequence_SetItem(value, i, items[i]);
        else
            Py_XDECREF(items[i]);
    return value;
}

static PyObject *text_or_none(const char *text)
{
    if (text[0] == '\0') return Py_NewRef(Py_None);
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *text_value(const char *text)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

PyObject *problem_value(const sluice_error *error)
{
    PyObject *items[] = {
        text_value(error->code), PyLong_FromUnsignedLongLong(error->offset), PyLong_FromUnsignedLongLong(error->event),
        text_value(error->excerpt), text_value(error->detail)};
    return make_value(problem_type, items, 5);
}

PyObject *error_value(const sluice_error_details *details, PyObject *type, PyObject *message)
{
    // The name of an error without a class may be its code.
    PyObject *kind = text_or_none(details->type);
    if (kind == Py_None && type != Py_None) {
        PyObject *code = text_value(details->code);
        int is_code = code == NULL ? -1 : PyObject_RichCompareBool(code, type, Py_EQ);
        Py_XDECREF(code);
        Py_DECREF(kind);
        kind = is_code < 0 ? NULL : Py_NewRef(is_code ? Py_None : type);
    }
    PyObject *delay = details->retry_after_seconds < 0 ? Py_NewRef(Py_None) : PyFloat_FromDouble(details->retry_after_seconds);
    PyObject *items[] = {
        kind, text_or_none(details->code), Py_NewRef(message), text_or_none(details->parameter),
        text_or_none(details->request_id), delay};
    return make_value(error_type, items, 6);
}

static PyObject *unread_value(const sluice_unread_kind *kind)
{
    PyObject *items[] = {
        text_value(kind->name), PyLong_FromUnsignedLongLong(kind->count), PyLong_FromUnsignedLongLong(kind->offset),
        PyLong_FromUnsignedLongLong(kind->event)};
    return make_value(unread_type, items, 4);
}

static PyObject *unread_kinds(const sluice_stream *stream)
{
    PyObject *list = PyList_New(0);
    sluice_unread_kind kind;
    for (size_t i = 0; list != NULL && sluice_stream_unread(stream, i, &kind, sizeof kind) == SLUICE_OK; i++) {
        PyObject *value = unread_value(&kind);
        if (value == NULL || PyList_Append(list, value) < 0) Py_CLEAR(list);
        Py_XDECREF(value);
    }
    if (list == NULL) return NULL;
    PyObject *tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

PyObject *end_value(const sluice_stream *stream)
{
    sluice_end end;
    if (sluice_stream_end(stream, &end, sizeof end) != SLUICE_OK) {
        PyErr_SetString(PyExc_SystemError, "a stream has no end");
        return NULL;
    }
    PyObject *items[] = {
        Py_NewRef(status_name(end.completeness)),
        PyLong_FromUnsignedLongLong(end.bytes),
        PyLong_FromUnsignedLongLong(end.frames),
        PyLong_FromUnsignedLongLong(end.deltas),
        PyLong_FromUnsignedLongLong(end.malformed_events),
        PyLong_FromUnsignedLongLong(end.missing_events),
        PyLong_FromUnsignedLongLong(end.ignored_lines),
        PyBool_FromLong((long)end.ended_inside_event),
        PyLong_FromUnsignedLongLong(end.unread_events),
        unread_kinds(stream)};
    return make_value(end_type, items, 10);
}
