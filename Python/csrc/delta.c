// The type Delta: immutable, without a dictionary, not tracked by the garbage collector because it refers to strings only.
//
// Its three most used attributes are slots, which the interpreter reads without a call. The memory of deltas that were
// released is used again.

#include "sluice_python.h"

typedef struct {
    PyObject_HEAD
    PyObject *kind;
    PyObject *text;
    PyObject *name;
    PyObject *id;
    PyObject *extra; /* a Problem or ServerError, or None */
    int64_t input_tokens;
    int64_t output_tokens;
    uint64_t event_offset;
    int32_t choice;
    int32_t tool;
    uint8_t number; /* of its kind */
    uint8_t flags;
} Delta;

#define MOST_IDLE 1024
static Delta *idle[MOST_IDLE];
static size_t idle_count;
static PyTypeObject *delta_type;

static Delta *delta_new(void)
{
    if (idle_count > 0) return (Delta *)PyObject_Init((PyObject *)idle[--idle_count], delta_type);
    return PyObject_New(Delta, delta_type);
}

static void delta_dealloc(Delta *self)
{
    Py_DECREF(self->kind);
    Py_XDECREF(self->text);
    Py_XDECREF(self->name);
    Py_XDECREF(self->id);
    Py_XDECREF(self->extra);
    if (idle_count < MOST_IDLE)
        idle[idle_count++] = self;
    else
        PyObject_Free(self);
    Py_DECREF(delta_type);
}

static PyObject *string(sluice_text text)
{
    return PyUnicode_FromStringAndSize(text.bytes, (Py_ssize_t)text.length);
}

static PyObject *string_or_none(sluice_text text)
{
    return text.length == 0 ? Py_NewRef(Py_None) : string(text);
}

static bool delta_fill(Delta *self, const delta_parts *parts)
{
    switch (self->number) {
    case SLUICE_TOOL_CALL:
        self->text = Py_NewRef(Py_None);
        self->id = string_or_none(parts->text);
        self->name = string_or_none(parts->name);
        return self->id != NULL && self->name != NULL;
    case SLUICE_USAGE: self->text = Py_NewRef(Py_None); return true;
    case SLUICE_MALFORMED:
        self->text = Py_NewRef(Py_None);
        self->extra = problem_value(parts->problem);
        return self->extra != NULL;
    case SLUICE_ERROR:
        self->text = string(parts->text);
        self->name = string_or_none(parts->name);
        if (self->text == NULL || self->name == NULL) return false;
        self->extra = error_value(parts->details, self->name, self->text);
        return self->extra != NULL;
    case SLUICE_DETAIL:
    case SLUICE_PAYLOAD:
        self->text = string(parts->text);
        self->name = string_or_none(parts->name);
        return self->text != NULL && self->name != NULL;
    default: self->text = string(parts->text); return self->text != NULL;
    }
}

PyObject *delta_make(const sluice_delta *delta, const delta_parts *parts)
{
    Delta *self = delta_new();
    if (self == NULL) return NULL;
    bool is_usage = delta->kind == SLUICE_USAGE;
    self->kind = Py_NewRef(kind_names[delta->kind]);
    self->text = self->name = self->id = self->extra = NULL;
    self->input_tokens = is_usage ? delta->input_tokens : -1;
    self->output_tokens = is_usage ? delta->output_tokens : -1;
    self->event_offset = delta->event_offset;
    self->choice = delta->choice;
    // Of an error, the number of its details.
    self->tool = delta->kind == SLUICE_ERROR ? 0 : delta->tool;
    self->number = delta->kind;
    self->flags = delta->flags;
    if (delta_fill(self, parts)) {
        if (self->name == NULL) self->name = Py_NewRef(Py_None);
        return (PyObject *)self;
    }
    Py_DECREF(self);
    return NULL;
}

// ------------------------------------------------------------------------------------------------------------ Attributes

#define BIT(kind) (1u << (kind))
#define TOOLS (BIT(SLUICE_TOOL_CALL) | BIT(SLUICE_TOOL_ARGUMENTS))
#define NO_CHOICE (BIT(SLUICE_USAGE) | BIT(SLUICE_ERROR) | BIT(SLUICE_MALFORMED) | BIT(SLUICE_PAYLOAD) | BIT(SLUICE_PARTIAL))
#define IN_BLOCKS (BIT(SLUICE_TEXT) | BIT(SLUICE_REASONING) | BIT(SLUICE_REFUSAL) | BIT(SLUICE_DETAIL))
#define JSONS (BIT(SLUICE_DETAIL) | BIT(SLUICE_PAYLOAD))
#define WHOLES (BIT(SLUICE_TOOL_ARGUMENTS) | BIT(SLUICE_USAGE))

static bool is_one_of(const Delta *self, uint32_t kinds)
{
    return (kinds >> self->number & 1) != 0;
}

static PyObject *number_if(bool applies, int64_t number)
{
    return applies ? PyLong_FromLongLong(number) : Py_NewRef(Py_None);
}

static PyObject *get_choice(Delta *self, void *Py_UNUSED(context))
{
    return number_if(!is_one_of(self, NO_CHOICE), self->choice);
}

static PyObject *get_tool(Delta *self, void *Py_UNUSED(context))
{
    return number_if(is_one_of(self, TOOLS), self->tool);
}

static PyObject *get_block(Delta *self, void *Py_UNUSED(context))
{
    return number_if(is_one_of(self, IN_BLOCKS) && (self->flags & SLUICE_NUMBERED) != 0, self->tool);
}

static PyObject *get_input_tokens(Delta *self, void *Py_UNUSED(context))
{
    return number_if(self->input_tokens >= 0, self->input_tokens);
}

static PyObject *get_output_tokens(Delta *self, void *Py_UNUSED(context))
{
    return number_if(self->output_tokens >= 0, self->output_tokens);
}

static PyObject *get_event_offset(Delta *self, void *Py_UNUSED(context))
{
    return PyLong_FromUnsignedLongLong(self->event_offset);
}

static PyObject *get_id(Delta *self, void *Py_UNUSED(context))
{
    return Py_NewRef(self->id != NULL ? self->id : Py_None);
}

static PyObject *get_origin(Delta *self, void *Py_UNUSED(context))
{
    return Py_NewRef(self->number == SLUICE_TOOL_CALL ? origin_names[SLUICE_ORIGIN(self)] : Py_None);
}

static PyObject *get_problem(Delta *self, void *Py_UNUSED(context))
{
    return Py_NewRef(self->number == SLUICE_MALFORMED ? self->extra : Py_None);
}

static PyObject *get_error(Delta *self, void *Py_UNUSED(context))
{
    return Py_NewRef(self->number == SLUICE_ERROR ? self->extra : Py_None);
}

static PyObject *flag_of(const Delta *self, uint32_t kinds, uint8_t flag)
{
    return PyBool_FromLong(is_one_of(self, kinds) && (self->flags & flag) != 0);
}

static PyObject *get_is_whole(Delta *self, void *Py_UNUSED(context))
{
    return flag_of(self, WHOLES, SLUICE_WHOLE);
}

static PyObject *get_is_json(Delta *self, void *Py_UNUSED(context))
{
    return flag_of(self, JSONS, SLUICE_WHOLE);
}

static PyObject *get_is_tool_plan(Delta *self, void *Py_UNUSED(context))
{
    return flag_of(self, BIT(SLUICE_REASONING), SLUICE_TOOL_PLAN);
}

static PyObject *get_is_tool_counted(Delta *self, void *Py_UNUSED(context))
{
    return flag_of(self, TOOLS, SLUICE_TOOL_COUNTED);
}

static PyObject *get_is_continuation(Delta *self, void *Py_UNUSED(context))
{
    return flag_of(self, BIT(SLUICE_TOOL_CALL), SLUICE_CONTINUATION);
}

static PyMemberDef delta_members[] = {
    {"kind", T_OBJECT_EX, offsetof(Delta, kind), READONLY,
     "what the delta contains: 'text', 'reasoning', 'refusal', 'tool_call', 'tool_arguments', 'finish', 'usage', 'error', "
     "'partial', 'malformed', 'detail' or 'payload'"},
    {"text", T_OBJECT_EX, offsetof(Delta, text), READONLY,
     "the text, arguments, reason of a finish, message of an error, value of a detail, or payload; None for tool calls, usage "
     "and malformed events"},
    {"name", T_OBJECT_EX, offsetof(Delta, name), READONLY,
     "the name of a tool or a detail, the type of an error or of a payload's event; None if there is none"},
    {NULL, 0, 0, 0, NULL}};

#define GET(name, doc) {#name, (getter)get_##name, NULL, doc, NULL}
static PyGetSetDef delta_getters[] = {
    GET(choice, "number of the parallel completion, from 0; None for usage, errors, malformed events and payloads"),
    GET(tool, "number of the tool call of its choice, from 0; None for other kinds"),
    GET(block, "number of the block that a text, reasoning, refusal or detail has; None unless details are among `kinds`"),
    GET(event_offset, "offset of the delta's event, in bytes from the beginning of the stream"),
    GET(input_tokens, "tokens of the request; None if a usage does not have them, and for other kinds"),
    GET(output_tokens, "tokens of the answer; None if a usage does not have them, and for other kinds"),
    GET(id, "the id of a tool call; None if the stream has none, and for other kinds"),
    GET(origin, "who runs a tool call: 'client', 'custom', 'server', 'mcp' or 'approval'; None for other kinds"),
    GET(problem, "the Problem of a malformed event; None for other kinds"),
    GET(error, "the ServerError of an error; None for other kinds"),
    GET(is_whole, "whether arguments are a whole JSON object, or a usage replaces all earlier counts"),
    GET(is_json, "whether a detail or payload is JSON rather than text"),
    GET(is_tool_plan, "whether a reasoning is a plan for tool calls"),
    GET(is_tool_counted, "whether the stream does not number tool calls, so that `tool` counts them"),
    GET(is_continuation, "whether a tool call completes the id or name of the last one with its number"),
    {NULL, NULL, NULL, NULL, NULL}};

// --------------------------------------------------------------------------------------------- Comparison and description

static int same(PyObject *left, PyObject *right)
{
    if (left == right) return 1;
    return left == NULL || right == NULL ? 0 : PyObject_RichCompareBool(left, right, Py_EQ);
}

static PyObject *delta_compare(PyObject *left, PyObject *right, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(right) != delta_type || Py_TYPE(left) != delta_type)
        Py_RETURN_NOTIMPLEMENTED;
    Delta *a = (Delta *)left, *b = (Delta *)right;
    int is_same = a->number == b->number && a->flags == b->flags && a->choice == b->choice && a->tool == b->tool
                  && a->event_offset == b->event_offset && a->input_tokens == b->input_tokens
                  && a->output_tokens == b->output_tokens;
    if (is_same == 1) is_same = same(a->text, b->text);
    if (is_same == 1) is_same = same(a->name, b->name);
    if (is_same == 1) is_same = same(a->id, b->id);
    if (is_same == 1) is_same = same(a->extra, b->extra);
    return is_same < 0 ? NULL : PyBool_FromLong(is_same == (operation == Py_EQ));
}

static Py_hash_t delta_hash(Delta *self)
{
    PyObject *parts = Py_BuildValue("(OOOKi)", self->kind, self->text, self->name, self->event_offset, self->choice);
    if (parts == NULL) return -1;
    Py_hash_t hash = PyObject_Hash(parts);
    Py_DECREF(parts);
    return hash;
}

/* Adds `, name=value` to *text unless the value is None; false on failure. */
static bool describe(PyObject **text, Delta *self, const char *name)
{
    PyObject *value = PyObject_GetAttrString((PyObject *)self, name);
    if (value == NULL) return false;
    if (value != Py_None && value != Py_False) {
        PyObject *shorter = *text;
        *text = PyUnicode_FromFormat("%U, %s=%R", shorter, name, value);
        Py_DECREF(shorter);
    }
    Py_DECREF(value);
    return *text != NULL;
}

static PyObject *delta_repr(Delta *self)
{
    static const char *const names[] = {
        "text", "id", "name", "origin", "choice", "tool", "block", "input_tokens", "output_tokens", "problem", "error",
        "is_whole", "is_json", "is_tool_plan", "is_tool_counted", "is_continuation", "event_offset"};
    PyObject *text = PyUnicode_FromFormat("Delta(kind=%R", self->kind);
    if (text == NULL) return NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!describe(&text, self, names[i])) {
            Py_XDECREF(text);
            return NULL;
        }
    PyObject *closed = PyUnicode_FromFormat("%U)", text);
    Py_DECREF(text);
    return closed;
}

static PyType_Slot delta_slots[] = {
    {Py_tp_doc, "One piece of a stream: text, a tool call, a finish reason, usage, an error.\n\n"
                "    for delta in parser.feed(chunk):\n"
                "        if delta.kind == \"text\":\n"
                "            print(delta.text, end=\"\")\n\n"
                "Attributes that do not apply are None."},
    {Py_tp_dealloc, delta_dealloc},
    {Py_tp_members, delta_members},
    {Py_tp_getset, delta_getters},
    {Py_tp_richcompare, delta_compare},
    {Py_tp_hash, delta_hash},
    {Py_tp_repr, delta_repr},
    {0, NULL}};
static PyType_Spec delta_spec = {
    "sluice.Delta", sizeof(Delta), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, delta_slots};

int delta_ready(PyObject *module)
{
    delta_type = (PyTypeObject *)PyType_FromSpec(&delta_spec);
    return delta_type == NULL ? -1 : PyModule_AddObjectRef(module, "Delta", (PyObject *)delta_type);
}
