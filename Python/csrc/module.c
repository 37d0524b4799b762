#include "sluice_python.h"

static PyObject *formats(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < sluice_format_count(); i++) {
        PyObject *name = PyUnicode_FromString(sluice_format_name(i));
        if (name == NULL || PyList_Append(list, name) < 0) Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"formats", formats, METH_NOARGS, "formats()\n--\n\nReturn the names of the built-in formats, such as 'openai-chat'."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "sluice._sluice", "The C part of sluice.", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__sluice(void)
{
    if (sluice_abi_version() != SLUICE_ABI_VERSION) {
        PyErr_Format(
            PyExc_ImportError, "libsluice has ABI %u, and sluice was built for ABI %d", sluice_abi_version(),
            SLUICE_ABI_VERSION);
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) return NULL;
    if (names_ready() < 0 || values_ready(module) < 0 || delta_ready(module) < 0 || parser_ready(module) < 0
        || arrow_ready(module) < 0 || PyModule_AddStringConstant(module, "version", sluice_version()) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
