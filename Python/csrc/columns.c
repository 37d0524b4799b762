#include "columns.h"

#include <stdlib.h>
#include <string.h>

static bool grow(columns *table, grown *to, size_t more)
{
    if (table->has_failed) return false;
    if (to->room - to->length >= more) return true;
    size_t room = to->room * 2 > to->length + more ? to->room * 2 : to->length + more;
    if (room < 64) room = 64;
    char *moved = realloc(to->bytes, room);
    if (moved == NULL) {
        table->has_failed = true;
        return false;
    }
    to->bytes = moved;
    to->room = room;
    return true;
}

static void append(columns *table, grown *to, const void *bytes, size_t length)
{
    if (length == 0 || !grow(table, to, length)) return;
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

// ---------------------------------------------------------------------------------------------------------------- Values

/* Bit `index` of a bitmap that grows with its length. */
static void append_bit(columns *table, grown *to, int64_t index, bool value)
{
    if ((index & 7) == 0) append(table, to, "", 1);
    if (value && !table->has_failed) to->bytes[index >> 3] |= (char)(1 << (index & 7));
}

/* The bitmap begins with the first null: most columns have none. */
static void append_validity(column *to, bool is_valid)
{
    if (is_valid && to->null_count == 0) return;
    if (to->null_count == 0)
        for (int64_t i = 0; i < to->length; i++) append_bit(to->table, &to->validity, i, true);
    append_bit(to->table, &to->validity, to->length, is_valid);
    if (!is_valid) to->null_count++;
}

static void append_offset(column *to, size_t end)
{
    int32_t offset = (int32_t)end;
    append(to->table, &to->offsets, &offset, sizeof offset);
}

static void append_zero(column *to)
{
    static const char zeros[8] = {0};
    switch (to->spec->format[0]) {
    case 'u': append_offset(to, to->data.length); break;
    case 'l':
    case 'g': append(to->table, &to->data, zeros, 8); break;
    case 'i': append(to->table, &to->data, zeros, 4); break;
    case 'b': append_bit(to->table, &to->data, to->length, false); break;
    default:
        if (to->spec->format[1] == 'l')
            append_offset(to, (size_t)to->children[0].length);
        else
            for (size_t i = 0; i < to->spec->child_count; i++) column_null(&to->children[i]);
    }
}

void column_null(column *to)
{
    append_validity(to, false);
    append_zero(to);
    to->length++;
}

void column_text(column *to, sluice_text text)
{
    append_validity(to, true);
    append(to->table, &to->data, text.bytes, text.length);
    append_offset(to, to->data.length);
    to->table->bytes += text.length;
    to->length++;
}

void column_text_or_null(column *to, sluice_text text)
{
    if (text.length > 0)
        column_text(to, text);
    else
        column_null(to);
}

void column_string(column *to, const char *text)
{
    column_text(to, (sluice_text){text, strlen(text)});
}

void column_string_or_null(column *to, const char *text)
{
    column_text_or_null(to, (sluice_text){text, text == NULL ? 0 : strlen(text)});
}

void column_int(column *to, int64_t number)
{
    append_validity(to, true);
    int32_t narrow = (int32_t)number;
    if (to->spec->format[0] == 'i')
        append(to->table, &to->data, &narrow, sizeof narrow);
    else
        append(to->table, &to->data, &number, sizeof number);
    to->length++;
}

void column_count(column *to, int64_t number)
{
    if (number >= 0)
        column_int(to, number);
    else
        column_null(to);
}

void column_double(column *to, double number)
{
    append_validity(to, true);
    append(to->table, &to->data, &number, sizeof number);
    to->length++;
}

void column_bool(column *to, bool value)
{
    append_validity(to, true);
    append_bit(to->table, &to->data, to->length, value);
    to->length++;
}

void column_struct(column *to)
{
    append_validity(to, true);
    to->length++;
}

void column_list(column *to)
{
    append_validity(to, true);
    append_offset(to, (size_t)to->children[0].length);
    to->length++;
}

// --------------------------------------------------------------------------------------------------------------- Columns

static bool has_offsets(const column_spec *spec)
{
    return spec->format[0] == 'u' || (spec->format[0] == '+' && spec->format[1] == 'l');
}

/* Begins a column that has no memory yet. */
static void column_begin(column *made)
{
    made->length = made->null_count = 0;
    made->validity = made->offsets = made->data = (grown){NULL, 0, 0};
    if (has_offsets(made->spec)) append_offset(made, 0);
    for (size_t i = 0; made->children != NULL && i < made->spec->child_count; i++) column_begin(&made->children[i]);
}

static void column_make(column *made, const column_spec *spec, columns *table)
{
    *made = (column){.spec = spec, .table = table};
    if (spec->child_count == 0) return;
    made->children = calloc(spec->child_count, sizeof(column));
    if (made->children == NULL) {
        table->has_failed = true;
        return;
    }
    for (size_t i = 0; i < spec->child_count; i++) column_make(&made->children[i], &spec->children[i], table);
}

static void column_free(column *made)
{
    free(made->validity.bytes);
    free(made->offsets.bytes);
    free(made->data.bytes);
    for (size_t i = 0; made->children != NULL && i < made->spec->child_count; i++) column_free(&made->children[i]);
    free(made->children);
}

bool columns_init(columns *table, const column_spec *spec)
{
    memset(table, 0, sizeof *table);
    column_make(&table->root, spec, table);
    if (!table->has_failed) column_begin(&table->root);
    return !table->has_failed;
}

void columns_free(columns *table)
{
    column_free(&table->root);
}

// ---------------------------------------------------------------------------------------------------------------- Export

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    for (int64_t i = 0; i < array->n_buffers; i++) free((void *)(uintptr_t)array->buffers[i]);
    free(array->children);
    free(array->buffers);
    array->release = NULL;
}

/* Moves a column to an array, which has a release function even on failure. */
static bool export_column(column *from, struct ArrowArray *array)
{
    size_t child_count = from->spec->child_count;
    *array = (struct ArrowArray){
        .length = from->length, .null_count = from->null_count, .release = release_array, .private_data = NULL};
    array->buffers = calloc(3, sizeof(void *));
    array->children = child_count > 0 ? calloc(child_count, sizeof(struct ArrowArray *)) : NULL;
    if (array->buffers == NULL || (child_count > 0 && array->children == NULL)) return false;
    array->buffers[array->n_buffers++] = from->validity.bytes;
    if (has_offsets(from->spec)) array->buffers[array->n_buffers++] = from->offsets.bytes;
    if (from->spec->format[0] != '+') array->buffers[array->n_buffers++] = from->data.bytes;
    from->validity = from->offsets = from->data = (grown){NULL, 0, 0};
    for (size_t i = 0; i < child_count; i++) {
        struct ArrowArray *child = calloc(1, sizeof *child);
        if (child == NULL) return false;
        array->children[array->n_children++] = child;
        if (!export_column(&from->children[i], child)) return false;
    }
    return true;
}

bool columns_export(columns *table, struct ArrowArray *array)
{
    if (table->has_failed) return false;
    if (!export_column(&table->root, array)) {
        array->release(array);
        table->has_failed = true;
        return false;
    }
    table->bytes = 0;
    column_begin(&table->root);
    return true;
}

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(schema->children);
    schema->release = NULL;
}

bool columns_schema(const column_spec *spec, struct ArrowSchema *schema)
{
    // The texts of a spec are literals.
    *schema = (struct ArrowSchema){
        .format = spec->format, .name = spec->name, .flags = ARROW_FLAG_NULLABLE, .release = release_schema};
    if (spec->child_count == 0) return true;
    schema->children = calloc(spec->child_count, sizeof(struct ArrowSchema *));
    bool fits = schema->children != NULL;
    for (size_t i = 0; fits && i < spec->child_count; i++) {
        struct ArrowSchema *child = calloc(1, sizeof *child);
        fits = child != NULL;
        if (!fits) break;
        schema->children[schema->n_children++] = child;
        fits = columns_schema(&spec->children[i], child);
    }
    if (!fits && schema->release != NULL) release_schema(schema);
    return fits;
}
