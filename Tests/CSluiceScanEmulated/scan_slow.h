// What the scanner finds, found one byte after the other: the reference of the exhaustive checks and of the fuzzer.

#ifndef SCAN_SLOW_H
#define SCAN_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "CSluiceScan.h"

// The offsets of the wanted bytes.
static size_t find_slowly(const uint8_t *bytes, size_t length, const char *wanted, uint32_t *offsets) {
    size_t count = 0;
    for (size_t index = 0; index < length; index++) {
        if (bytes[index] != 0 && strchr(wanted, bytes[index]) != NULL) offsets[count++] = (uint32_t)index;
    }
    return count;
}

// CRC-32 bit by bit.
static uint32_t crc_slowly(uint32_t crc, const uint8_t *bytes, size_t length) {
    crc = ~crc;
    for (size_t index = 0; index < length; index++) {
        crc ^= bytes[index];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

typedef struct {
    size_t start, end, next;
    bool has_return;
} slow_line;

// The line from `start` on, if its end lies before `length`; none after a CR without LF, which is nobody's plain end.
static bool read_line(const uint8_t *bytes, size_t length, size_t start, slow_line *line) {
    size_t end = start;
    while (end < length && bytes[end] != '\n' && bytes[end] != '\r') end++;
    bool has_return = end < length && bytes[end] == '\r';
    *line = (slow_line){start, end, end + 1 + has_return, has_return};
    return line->next <= length && bytes[line->next - 1] == '\n';
}

// Where the value of a line's field begins, 0 for a line of another field.
static size_t field_value(const uint8_t *bytes, const slow_line *line, const char *name) {
    size_t length = strlen(name);
    if (line->end - line->start < length || strncmp((const char *)bytes + line->start, name, length) != 0) return 0;
    size_t value = line->start + length;
    return value < line->end && bytes[value] == ' ' ? value + 1 : value;
}

// The length of the plain event that `bytes` begin with, 0 for none.
static size_t slow_event(const uint8_t *bytes, size_t length, size_t limit, size_t name_limit,
                         c_sluice_plain_frame *frame) {
    slow_line data, blank;
    size_t event = 0, event_length = 0;
    if (!read_line(bytes, length, 0, &data)) return 0;
    if ((event = field_value(bytes, &data, "event:")) != 0) {
        event_length = data.end - event;
        bool is_error = event_length == 5 && strncmp((const char *)bytes + event, "error", 5) == 0;
        if (event_length == 0 || event_length > 0xFFFF || event_length > name_limit || is_error) return 0;
        if (!read_line(bytes, length, data.next, &data)) return 0;
    }
    size_t payload = field_value(bytes, &data, "data:");
    if (payload == 0 || !read_line(bytes, length, data.next, &blank)) return 0;
    if (blank.end > blank.start || blank.has_return != data.has_return || blank.end + 1 > limit) return 0;
    *frame = (c_sluice_plain_frame){0, (uint32_t)payload, (uint32_t)(data.end - payload),
                                    (uint32_t)(event << 16 | event_length)};
    return blank.next;
}

// The length of the plain line that `bytes` begin with, 0 for none.
static size_t slow_text(const uint8_t *bytes, size_t length, size_t limit, c_sluice_plain_frame *frame) {
    const uint8_t *end = memchr(bytes, '\n', length);
    if (end == NULL || bytes[0] <= ' ' || (size_t)(end - bytes) + 1 > limit) return 0;
    *frame = (c_sluice_plain_frame){0, 0, (uint32_t)(end - bytes - (end[-1] == '\r')), 0};
    return (size_t)(end - bytes) + 1;
}

#endif
