// What Python asks for: capsules of the Arrow PyCapsule interface, and where files can be cut.

#include "sluice_python.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

static void free_schema(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema->release != NULL) schema->release(schema);
    free(schema);
}

static void free_stream(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream->release != NULL) stream->release(stream);
    free(stream);
}

static const row_kind *rows_of(const char *name)
{
    if (strcmp(name, "message") == 0) return &message_rows;
    if (strcmp(name, "delta") == 0) return &delta_rows;
    PyErr_Format(PyExc_ValueError, "rows must be 'message' or 'delta', and is '%s'", name);
    return NULL;
}

static PyObject *arrow_schema(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    const char *name;
    if (!PyArg_ParseTuple(arguments, "s:arrow_schema", &name)) return NULL;
    const row_kind *rows = rows_of(name);
    struct ArrowSchema *schema = rows == NULL ? NULL : malloc(sizeof *schema);
    if (schema != NULL && columns_schema(rows->spec, schema)) {
        PyObject *capsule = PyCapsule_New(schema, "arrow_schema", free_schema);
        if (capsule != NULL) return capsule;
        schema->release(schema);
    }
    free(schema);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

static char *copy_bytes(const char *bytes, Py_ssize_t length)
{
    char *copy = malloc((size_t)length + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, bytes, (size_t)length);
    copy[length] = '\0';
    return copy;
}

/* An item of (name, path or None, bytes or None, start, end). */
static bool read_item_of(PyObject *tuple, read_item *item)
{
    const char *name, *path, *bytes;
    Py_ssize_t name_length, path_length, length;
    long long start, end;
    if (!PyArg_ParseTuple(
            tuple, "s#z#z#LL:item", &name, &name_length, &path, &path_length, &bytes, &length, &start, &end))
        return false;
    item->start = start;
    item->end = end;
    item->name = copy_bytes(name, name_length);
    if (path != NULL) item->path = copy_bytes(path, path_length);
    if (bytes != NULL) item->bytes = copy_bytes(bytes, length);
    item->length = bytes != NULL ? (size_t)length : 0;
    if (item->name != NULL && (item->path != NULL || item->bytes != NULL)) return true;
    PyErr_NoMemory();
    return false;
}

static bool read_items(PyObject *list, table_plan *plan)
{
    Py_ssize_t count = PyList_Size(list);
    if (count < 0) return false;
    plan->items = calloc((size_t)count + 1, sizeof(read_item));
    if (plan->items == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        plan->count++;
        if (!read_item_of(PyList_GetItem(list, i), &plan->items[i])) return false;
    }
    return true;
}

/* The options of a parser, whose texts are copied. */
static bool read_parser_options(PyObject *keywords, table_plan *plan)
{
    PyObject *none = PyTuple_New(0);
    parser_options read;
    int status = none == NULL ? -1 : parser_options_read(&read, none, keywords);
    Py_XDECREF(none);
    if (status < 0) return false;
    read_options *options = &plan->options;
    options->options = read.options;
    options->options.kinds = options->rows->kinds != 0 ? options->rows->kinds : read.kinds;
    // An array counts the bytes of its texts with 31 bits.
    uint64_t most = (uint64_t)1 << 30;
    options->max_answer_bytes = read.max_answer_bytes < most ? read.max_answer_bytes : most;
    if (read.options.format != NULL) plan->format = copy_bytes(read.options.format, (Py_ssize_t)strlen(read.options.format));
    if (read.options.table != NULL) plan->table = copy_bytes(read.options.table, (Py_ssize_t)strlen(read.options.table));
    bool fits = (plan->format != NULL) == (read.options.format != NULL)
                && (plan->table != NULL) == (read.options.table != NULL);
    options->options.format = plan->format;
    options->options.table = plan->table;
    Py_XDECREF(read.table);
    Py_XDECREF(read.table_name);
    if (!fits) PyErr_NoMemory();
    return fits;
}

static PyObject *arrow_stream(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    const char *rows;
    PyObject *items, *keywords;
    int many, check;
    Py_ssize_t threads, batch_bytes, task_bytes;
    if (!PyArg_ParseTuple(
            arguments, "sO!ppnnnO!:arrow_stream", &rows, &PyList_Type, &items, &many, &check, &threads, &batch_bytes,
            &task_bytes, &PyDict_Type, &keywords))
        return NULL;
    table_plan *plan = calloc(1, sizeof *plan);
    struct ArrowArrayStream *stream = calloc(1, sizeof *stream);
    if (plan == NULL || stream == NULL) {
        free(plan);
        free(stream);
        return PyErr_NoMemory();
    }
    plan->options.many = many != 0;
    plan->options.check = check != 0;
    plan->options.batch_bytes = (size_t)batch_bytes;
    plan->threads = (size_t)threads;
    plan->task_bytes = (size_t)task_bytes;
    plan->options.rows = rows_of(rows);
    if (plan->options.rows == NULL || !read_items(items, plan) || !read_parser_options(keywords, plan)) {
        plan_free(plan);
        free(stream);
        return NULL;
    }
    bool is_made;
    Py_BEGIN_ALLOW_THREADS
    is_made = table_stream(plan, stream);
    Py_END_ALLOW_THREADS
    PyObject *capsule = is_made ? PyCapsule_New(stream, "arrow_array_stream", free_stream) : PyErr_NoMemory();
    if (capsule == NULL) {
        if (is_made) stream->release(stream);
        free(stream);
    }
    return capsule;
}

static PyObject *next_event_of(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    const char *path;
    long long offset;
    if (!PyArg_ParseTuple(arguments, "yL:next_event", &path, &offset)) return NULL;
    int64_t found;
    Py_BEGIN_ALLOW_THREADS
    found = next_event(path, offset);
    Py_END_ALLOW_THREADS
    return PyLong_FromLongLong(found);
}

static PyMethodDef arrow_methods[] = {
    {"arrow_schema", arrow_schema, METH_VARARGS, NULL},
    {"arrow_stream", arrow_stream, METH_VARARGS, NULL},
    {"next_event", next_event_of, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL}};

int arrow_ready(PyObject *module)
{
    return PyModule_AddFunctions(module, arrow_methods);
}
