// Deltas of a chunk that are copied without the GIL, to be made Python objects with it.
//
// A batch is valid until the next call with its stream, so its bytes are copied: only those of deltas, a small part of most
// streams. A few piles are kept for the next chunk, whose size is likely to be the same.

#include "sluice_python.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_PILES 4
#define MOST_IDLE_BYTES ((size_t)1 << 20) /* larger ones are freed */

static pile *idle[IDLE_PILES];
static size_t idle_count;

static void pile_free(pile *copies)
{
    free(copies->deltas);
    free(copies->bytes);
    free(copies->problems);
    free(copies->details);
    free(copies);
}

pile *pile_take(void)
{
    pile *copies = idle_count > 0 ? idle[--idle_count] : calloc(1, sizeof *copies);
    if (copies == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    copies->count = copies->used = copies->problem_count = copies->detail_count = 0;
    return copies;
}

void pile_return(pile *copies)
{
    size_t bytes = copies->room + copies->capacity * sizeof(sluice_delta)
                   + copies->problem_capacity * sizeof(sluice_error)
                   + copies->detail_capacity * sizeof(sluice_error_details);
    if (idle_count < IDLE_PILES && bytes <= MOST_IDLE_BYTES)
        idle[idle_count++] = copies;
    else
        pile_free(copies);
}

/* Makes room for `more` elements behind `count`; amortised constant time for each. */
static bool reserve(void **base, size_t *capacity, size_t count, size_t more, size_t size)
{
    if (*capacity - count >= more) return true;
    size_t grown = *capacity * 2 > count + more ? *capacity * 2 : count + more;
    if (grown > SIZE_MAX / size) return false;
    void *moved = realloc(*base, grown * size);
    if (moved == NULL) return false;
    *base = moved;
    *capacity = grown;
    return true;
}

static void copy_text(pile *copies, sluice_text text, int64_t *offset)
{
    memcpy(copies->bytes + copies->used, text.bytes, text.length);
    *offset = (int64_t)copies->used;
    copies->used += text.length;
}

static bool add_problem(pile *copies, sluice_stream *stream, const sluice_delta *from, sluice_delta *delta)
{
    if (!reserve((void **)&copies->problems, &copies->problem_capacity, copies->problem_count, 1, sizeof(sluice_error)))
        return false;
    sluice_stream_problem(stream, from, &copies->problems[copies->problem_count], sizeof(sluice_error));
    delta->problem = (int64_t)copies->problem_count++;
    return true;
}

static bool add_details(pile *copies, sluice_stream *stream, const sluice_delta *from, sluice_delta *delta)
{
    if (!reserve(
            (void **)&copies->details, &copies->detail_capacity, copies->detail_count, 1, sizeof(sluice_error_details)))
        return false;
    sluice_stream_error_details(stream, from, &copies->details[copies->detail_count], sizeof(sluice_error_details));
    delta->tool = (int32_t)copies->detail_count++;
    return true;
}

static bool add_delta(pile *copies, sluice_stream *stream, const sluice_batch *batch, const sluice_delta *from)
{
    sluice_delta *delta = &copies->deltas[copies->count];
    *delta = *from;
    if (from->kind == SLUICE_MALFORMED) {
        if (!add_problem(copies, stream, from, delta)) return false;
    } else if (from->kind != SLUICE_USAGE) {
        size_t length = (size_t)from->text_length + from->name_length;
        if (!reserve((void **)&copies->bytes, &copies->room, copies->used, length, 1)) return false;
        copy_text(copies, sluice_delta_text(batch, from), &delta->text_offset);
        copy_text(copies, sluice_delta_name(batch, from), &delta->name_offset);
        if (from->kind == SLUICE_ERROR && !add_details(copies, stream, from, delta)) return false;
    }
    copies->count++;
    return true;
}

bool pile_add(pile *copies, sluice_stream *stream, const sluice_batch *batch, uint64_t kinds)
{
    // At least a byte, so that the addresses of empty texts are inside.
    if (!reserve((void **)&copies->bytes, &copies->room, copies->used, 1, 1)
        || !reserve((void **)&copies->deltas, &copies->capacity, copies->count, batch->count, sizeof(sluice_delta)))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (is_of(kinds, batch->deltas[i].kind) && !add_delta(copies, stream, batch, &batch->deltas[i])) return false;
    return true;
}

PyObject *pile_list(const pile *copies)
{
    PyObject *list = PyList_New((Py_ssize_t)copies->count);
    for (size_t i = 0; list != NULL && i < copies->count; i++) {
        const sluice_delta *delta = &copies->deltas[i];
        delta_parts parts = {{"", 0}, {"", 0}, NULL, NULL};
        if (delta->kind == SLUICE_MALFORMED) {
            parts.problem = &copies->problems[delta->problem];
        } else if (delta->kind != SLUICE_USAGE) {
            parts.text = (sluice_text){copies->bytes + delta->text_offset, delta->text_length};
            parts.name = (sluice_text){copies->bytes + delta->name_offset, delta->name_length};
            if (delta->kind == SLUICE_ERROR) parts.details = &copies->details[delta->tool];
        }
        PyObject *made = delta_make(delta, &parts);
        if (made == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, made);
    }
    return list;
}
