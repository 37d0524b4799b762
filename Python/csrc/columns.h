/* Columns that grow row by row, and become arrays of the Arrow C data interface. No Python. */
#ifndef SLUICE_COLUMNS_H
#define SLUICE_COLUMNS_H

#include "arrow_abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice.h>

/* What a column is: a name, a format of the C data interface ("u" text, "l" int64, "i" int32, "g" float64, "b" bool,
 * "+s" struct, "+l" list), and children. All columns are nullable. */
typedef struct column_spec {
    const char *name;
    const char *format;
    const struct column_spec *children;
    size_t child_count;
} column_spec;

#define COLUMN(name, format) {name, format, NULL, 0}
#define NESTED(name, format, children) {name, format, children, sizeof(children) / sizeof(children)[0]}

typedef struct {
    char *bytes;
    size_t length, room;
} grown;

typedef struct column {
    const column_spec *spec;
    int64_t length, null_count;
    grown validity, offsets, data;
    struct column *children;
    struct columns *table;
} column;

/* The columns of a table under construction. Once an allocation has failed, nothing is added, and columns_export fails. */
typedef struct columns {
    column root; /* a struct */
    size_t bytes; /* of the texts */
    bool has_failed;
} columns;

bool columns_init(columns *table, const column_spec *spec);
void columns_free(columns *table);
/* Moves the rows to *array, and begins anew; false if memory was short. */
bool columns_export(columns *table, struct ArrowArray *array);
/* Writes the schema of a spec; false if allocation fails. */
bool columns_schema(const column_spec *spec, struct ArrowSchema *schema);

void column_null(column *to);
void column_text(column *to, sluice_text text);
/* Null for an empty text. */
void column_text_or_null(column *to, sluice_text text);
void column_string(column *to, const char *text);
void column_string_or_null(column *to, const char *text);
/* Of "l" and "i". */
void column_int(column *to, int64_t number);
/* Null for a negative number. */
void column_count(column *to, int64_t number);
void column_double(column *to, double number);
void column_bool(column *to, bool value);
/* A struct, whose children get a value each; the same for a row of the root. */
void column_struct(column *to);
/* A list of the values that its child has got since the last list. */
void column_list(column *to);

#endif
