#include "sluice_python.h"

PyObject *kind_names[KIND_COUNT];
PyObject *origin_names[8];
PyObject *sluice_error_class, *stream_error_class, *table_error_class;
static PyObject *status_names[5];

static int make_names(PyObject **names, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        names[i] = PyUnicode_InternFromString(texts[i]);
        if (names[i] == NULL) return -1;
    }
    return 0;
}

int names_ready(void)
{
    static const char *const kinds[KIND_COUNT] = {"text",  "reasoning", "refusal", "tool_call", "tool_arguments", "finish",
                                                  "usage", "error",     "partial", "malformed", "detail",         "payload"};
    static const char *const origins[8] = {"client",  "custom",  "server",  "mcp",
                                           "approval", "unknown", "unknown", "unknown"};
    static const char *const statuses[5] = {"truncated", "complete", "failed", "empty", "finished"};
    if (make_names(kind_names, kinds, KIND_COUNT) < 0 || make_names(origin_names, origins, 8) < 0
        || make_names(status_names, statuses, 5) < 0)
        return -1;
    PyObject *errors = PyImport_ImportModule("sluice._errors");
    if (errors == NULL) return -1;
    sluice_error_class = PyObject_GetAttrString(errors, "Error");
    stream_error_class = PyObject_GetAttrString(errors, "StreamError");
    table_error_class = PyObject_GetAttrString(errors, "TableError");
    Py_DECREF(errors);
    return sluice_error_class != NULL && stream_error_class != NULL && table_error_class != NULL ? 0 : -1;
}

PyObject *status_name(uint32_t completeness)
{
    return status_names[completeness < 5 ? completeness : 0];
}
