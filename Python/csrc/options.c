// The keyword arguments of a parser.

#include "sluice_python.h"

#include <string.h>

static int kind_bit(PyObject *name, uint64_t *kinds)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int is_it = PyObject_RichCompareBool(name, kind_names[kind], Py_EQ);
        if (is_it < 0) return -1;
        if (is_it) {
            *kinds |= (uint64_t)1 << kind;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError, "%R is no kind of deltas, such as 'text' or 'tool_call'", name);
    return -1;
}

static int read_kinds(PyObject *names, uint64_t *kinds)
{
    if (names == Py_None) {
        *kinds = SLUICE_ANSWER_KINDS;
        return 0;
    }
    if (PyUnicode_Check(names)) {
        PyErr_Format(PyExc_TypeError, "kinds must be an iterable of kinds, such as [%R], and is a str", names);
        return -1;
    }
    PyObject *iterator = PyObject_GetIter(names);
    if (iterator == NULL) return -1;
    *kinds = 0;
    int status = 0;
    PyObject *name;
    while (status == 0 && (name = PyIter_Next(iterator)) != NULL) {
        status = kind_bit(name, kinds);
        Py_DECREF(name);
    }
    Py_DECREF(iterator);
    return status < 0 || PyErr_Occurred() ? -1 : 0;
}

static int read_limit(PyObject *given, const char *name, uint64_t *limit)
{
    if (given == NULL || given == Py_None) return 0;
    PyObject *number = PyNumber_Index(given);
    if (number == NULL) {
        PyErr_Format(PyExc_TypeError, "%s must be an int or None, and is %R", name, given);
        return -1;
    }
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (value == -1 && PyErr_Occurred()) return -1;
    if (overflow < 0 || (overflow == 0 && value < 0)) {
        PyErr_Format(PyExc_ValueError, "%s must be 0 or more, and is %R", name, given);
        return -1;
    }
    *limit = overflow > 0 ? INT64_MAX : (uint64_t)value;
    return 0;
}

static int read_when_exceeded(const char *name, uint32_t *when)
{
    if (name == NULL) return 0;
    if (strcmp(name, "skip") == 0) {
        *when = SLUICE_SKIP_EVENT;
    } else if (strcmp(name, "fail") == 0) {
        *when = SLUICE_FAIL_STREAM;
    } else {
        PyErr_Format(PyExc_ValueError, "when_exceeded must be 'skip' or 'fail', and is '%s'", name);
        return -1;
    }
    return 0;
}

/* The library has the names of built-in formats only. */
static int read_table_name(parser_options *read)
{
    PyObject *json = PyImport_ImportModule("json");
    PyObject *table = json == NULL ? NULL : PyObject_CallMethod(json, "loads", "O", read->table);
    PyObject *base = table == NULL ? NULL : PyObject_CallMethod(table, "get", "ss", "extends", "custom");
    if (base != NULL) read->table_name = PyObject_CallMethod(table, "get", "sO", "name", base);
    Py_XDECREF(json);
    Py_XDECREF(table);
    Py_XDECREF(base);
    return read->table_name == NULL ? -1 : 0;
}

/* A table as zero-terminated JSON: a str, or what json.dumps makes one of. */
static int read_table(PyObject *given, parser_options *read)
{
    if (given == Py_None) return 0;
    PyObject *text;
    if (PyUnicode_Check(given)) {
        text = Py_NewRef(given);
    } else {
        PyObject *json = PyImport_ImportModule("json");
        text = json == NULL ? NULL : PyObject_CallMethod(json, "dumps", "O", given);
        Py_XDECREF(json);
    }
    if (text == NULL) return -1;
    read->table = PyUnicode_AsUTF8String(text);
    Py_DECREF(text);
    char *bytes;
    // With NULL for the length, a zero byte inside is a ValueError.
    if (read->table == NULL || PyBytes_AsStringAndSize(read->table, &bytes, NULL) < 0) return -1;
    read->options.table = bytes;
    sluice_error error;
    if (sluice_table_check(bytes, &error, sizeof error) == SLUICE_OK) return read_table_name(read);
    PyErr_Format(table_error_class, "%s: %s", error.code, error.detail);
    return -1;
}

static int check_format(const parser_options *read)
{
    const char *format = read->options.format;
    if (format == NULL) return 0;
    if (read->options.table != NULL) {
        PyErr_SetString(PyExc_ValueError, "format and table were both given; a table is a format");
        return -1;
    }
    for (size_t i = 0; i < sluice_format_count(); i++)
        if (strcmp(format, sluice_format_name(i)) == 0) return 0;
    PyErr_Format(PyExc_ValueError, "there is no format '%s'; sluice.formats() lists them", format);
    return -1;
}

int parser_options_read(parser_options *read, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {
        "format", "table", "kinds", "collect", "when_exceeded", "max_event_bytes", "max_data_lines_per_event",
        "max_event_name_bytes", "max_id_bytes", "max_nesting_depth", "max_captures_per_event", "max_choices",
        "max_tool_calls", "max_templates", "max_answer_bytes", NULL};
    enum { LIMIT_COUNT = 10, FIRST_LIMIT = 5 };
    memset(read, 0, sizeof *read);
    sluice_options *options = &read->options;
    sluice_options_init(options, sizeof *options);
    uint64_t *places[LIMIT_COUNT] = {
        &options->max_event_bytes,  &options->max_data_lines_per_event, &options->max_event_name_bytes,
        &options->max_id_bytes,     &options->max_nesting_depth,        &options->max_captures_per_event,
        &options->max_choices,      &options->max_tool_calls,           &options->max_templates,
        &read->max_answer_bytes};
    PyObject *limits[LIMIT_COUNT] = {NULL}, *table = Py_None, *kinds = Py_None;
    const char *when = NULL;
    int collects = 0;
    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "|z$OOpzOOOOOOOOOO:Parser", names, &options->format, &table, &kinds, &collects, &when,
            &limits[0], &limits[1], &limits[2], &limits[3], &limits[4], &limits[5], &limits[6], &limits[7], &limits[8],
            &limits[9]))
        return -1;
    if (read_kinds(kinds, &read->kinds) < 0 || read_when_exceeded(when, &options->when_exceeded) < 0) return -1;
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (read_limit(limits[i], names[FIRST_LIMIT + i], places[i]) < 0) return -1;
    if (read_table(table, read) < 0 || check_format(read) < 0) {
        Py_CLEAR(read->table);
        Py_CLEAR(read->table_name);
        return -1;
    }
    read->collects = collects != 0;
    options->kinds = read->collects ? read->kinds | SLUICE_ANSWER_KINDS | (uint64_t)1 << SLUICE_DETAIL : read->kinds;
    return 0;
}
