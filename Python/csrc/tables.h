/* Tables as streams of the Arrow C stream interface. No Python. */
#ifndef SLUICE_TABLES_H
#define SLUICE_TABLES_H

#include "reading.h"

typedef struct {
    read_item *items;
    size_t count;
    read_options options;
    char *format; /* what `options` points to; owned */
    char *table;
    size_t threads;
    size_t task_bytes; /* of files that one thread reads in a row */
} table_plan;

/* Frees a plan and what it points to. */
void plan_free(table_plan *plan);
/* Makes *stream read the plan's items when batches are asked for. Takes the plan; false if memory was short. */
bool table_stream(table_plan *plan, struct ArrowArrayStream *stream);

#endif
