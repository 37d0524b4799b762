/* JSON that arrives in pieces: a tool call's arguments, structured output. Included by sluice.h, whose rules hold here too.
 *
 *     sluice_json *json = sluice_json_create(0);
 *     sluice_json_value city;
 *     sluice_json_append(json, "{\"city\":\"Par", 12);
 *     sluice_json_get(json, sluice_json_member(json, 0, "city", 4), &city, sizeof city);   now city.text is "Par"
 *
 * After each piece the value holds all that was received. A member is there once its key has ended and its value has begun, a
 * string from its opening quote on, a number, true, false and null once they have ended. Pieces may be cut anywhere, even
 * inside characters. The document has to be strict JSON (RFC 8259); of a repeated key, the last value counts. */
#ifndef SLUICE_JSON_H
#define SLUICE_JSON_H

#include "sluice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One document. Nothing of it belongs to an engine or stream. One thread at a time uses it. */
typedef struct sluice_json sluice_json;

/* Types of values. */
enum {
    SLUICE_JSON_OBJECT = 0,
    SLUICE_JSON_ARRAY = 1,
    SLUICE_JSON_STRING = 2,
    SLUICE_JSON_NUMBER = 3,
    SLUICE_JSON_TRUE = 4,
    SLUICE_JSON_FALSE = 5,
    SLUICE_JSON_NULL = 6
};

/* One value of a document. Values are numbered in order of their beginnings; 0 is the document's own. A number stays the same
 * when more is appended. `text` and `key` are valid until the next call that is given the document and is not const. */
typedef struct sluice_json_value {
    sluice_text text; /* of a string: the characters so far, with escapes decoded; of a number: as it was written; or empty */
    sluice_text key;  /* of a member of an object: its key */
    uint32_t first;   /* of an object or array: the number of its first value; 0 if it has none */
    uint32_t next;    /* the number of the next value of the same object or array; 0 if there is none */
    uint32_t count;   /* of an object or array: its values so far */
    uint8_t kind;     /* SLUICE_JSON_OBJECT and those after it */
    uint8_t has_key;  /* 1 for a member of an object, otherwise 0 */
    uint8_t is_complete; /* 1 if the value has ended */
} sluice_json_value;

/* Creates an empty document. `max_bytes`: of the value, 64 MiB if 0. At most 1,024 brackets are open at once. */
sluice_json *sluice_json_create(uint64_t max_bytes);
/* Frees a document. NULL is ignored. */
void sluice_json_destroy(sluice_json *json);
/* Empties a document, so that the next may follow. Its memory is kept. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_json_reset(sluice_json *json);

/* Parses the next piece. Linear in `length`. SLUICE_FAILED: the text is no JSON or exceeds a limit, see sluice_json_error;
 * later pieces fail too, and the value before the fault stays. SLUICE_MISUSE: a null pointer, or `length` is more than half of
 * the address space. */
sluice_status sluice_json_append(sluice_json *json, const void *bytes, size_t length);
/* Ends the document, which completes one that is a number. SLUICE_FAILED: it ends before its value is complete. SLUICE_MISUSE:
 * a null pointer. */
sluice_status sluice_json_finish(sluice_json *json);
/* Writes the error of the call that failed to *error; `size` is sizeof(sluice_error). The offset is that of the wrong byte.
 * SLUICE_MISUSE: a null pointer, nothing has failed, or a size of more than 4,096. */
sluice_status sluice_json_error(const sluice_json *json, sluice_error *error, size_t size);

/* Writes a value to *value; `size` is sizeof(sluice_json_value). Constant time, but that each byte of text is copied once.
 * SLUICE_NEED_MORE: the document's value has not begun. SLUICE_MISUSE: a null pointer, there is no value with this number, or a
 * size of more than 4,096. */
sluice_status sluice_json_get(const sluice_json *json, uint32_t number, sluice_json_value *value, size_t size);
/* Returns the number of the member with this key; 0 if there is none, or `object` is no object. Linear in the object's
 * members. */
uint32_t sluice_json_member(const sluice_json *json, uint32_t object, const char *key, size_t length);
/* Stores the value so far in *text, as JSON in UTF-8 in which all that was opened is closed. The text is valid as that of
 * values. Linear in the value. SLUICE_NEED_MORE: the document's value has not begun. SLUICE_MISUSE: a null pointer. */
sluice_status sluice_json_text(const sluice_json *json, sluice_text *text);

#ifdef __cplusplus
}
#endif
#endif
