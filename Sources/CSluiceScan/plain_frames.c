// Finds runs of plain frames: the two forms of frame that most streams consist of.
//
// The marks give the line ends, so the form of an event is known from the first bytes of its lines and the bytes at its last
// line end. All values stay in registers: an event costs a few independent loads, and branches that are predictable within
// a stream.

#include <string.h>

#include "CSluiceScan.h"
#include "scan_kinds.h"

// The minimum size of an event: "data:" and two line ends.
enum { LEAST_EVENT = 7 };

_Static_assert(sizeof(c_sluice_plain_frame) == 16, "Swift reads a frame as four words");

SCAN_INLINE bool begins_with(const uint8_t *bytes, const char *text, size_t length) {
    return memcmp(bytes, text, length) == 0;
}

SCAN_INLINE void store_frame(c_sluice_plain_frame *frame, size_t start, size_t payload, size_t end, uint32_t event) {
    *frame = (c_sluice_plain_frame){
        .start = (uint32_t)start,
        .payload_start = (uint32_t)payload,
        .payload_length = (uint32_t)(end - payload),
        .event = event,
    };
}

SCAN_INLINE size_t marks_before_start(const uint32_t *marks, size_t count, ptrdiff_t origin) {
    size_t index = 0;
    while (index < count && origin + (ptrdiff_t)marks[index] < 0) index++;
    return index;
}

// The event's type in a line "event: x" of `length` bytes, as stored in a frame; 0 if the frame is not plain: a type that is
// empty, that is "error", or that is too long.
SCAN_INLINE uint32_t event_of(const uint8_t *line, size_t length, size_t name_limit) {
    size_t value = 6 + (line[6] == ' ');
    size_t name = length - value;
    if (name > name_limit || (name == 5 && begins_with(line + value, "error", 5))) return 0;
    return name == 0 ? 0 : (uint32_t)(value << 16 | name);
}

c_sluice_plain_run c_sluice_plain_events(const uint8_t *bytes, size_t length, const uint32_t *marks, size_t count,
                                         ptrdiff_t origin, size_t limit, size_t name_limit,
                                         c_sluice_plain_frame *frames, size_t capacity) {
    c_sluice_plain_run run = {.frames = 0, .marks = marks_before_start(marks, count, origin), .length = 0};
    if (name_limit > UINT16_MAX) name_limit = UINT16_MAX;
    while (run.frames < capacity) {
        size_t start = run.length, line = start, mark = run.marks;
        // With two marks, the byte after the first one is readable.
        if (count - mark < 2 || length - line < LEAST_EVENT) break;
        size_t end = (size_t)(origin + (ptrdiff_t)marks[mark]);
        uint32_t event = 0;
        if (begins_with(bytes + line, "event:", 6)) {
            event = event_of(bytes + line, end - line, name_limit);
            size_t ending = bytes[end] == '\n' ? 1 : bytes[end + 1] == '\n' ? 2 : 0;
            if (event == 0 || ending == 0) break;
            mark += ending;
            line = end + ending;
            if (count - mark < 2 || length - line < LEAST_EVENT) break;
            end = (size_t)(origin + (ptrdiff_t)marks[mark]);
        }
        if (!begins_with(bytes + line, "data:", 5)) break;
        // For the limit, a blank line ends the event at its CR; the LF after it is consumed with it.
        size_t counted, ending;
        if (begins_with(bytes + end, "\n\n", 2)) {
            counted = end + 2;
            ending = 2;
        } else if (count - mark >= 4 && begins_with(bytes + end, "\r\n\r\n", 4)) {
            counted = end + 3;
            ending = 4;
        } else {
            break;
        }
        if (counted - start > limit) break;
        size_t payload = line + 5 + (bytes[line + 5] == ' ');
        store_frame(&frames[run.frames], start, payload, end, event);
        run.frames++;
        run.marks = mark + ending;
        run.length = end + ending;
    }
    return run;
}

c_sluice_plain_run c_sluice_plain_lines(const uint8_t *bytes, const uint32_t *marks, size_t count, ptrdiff_t origin,
                                        size_t limit, c_sluice_plain_frame *frames, size_t capacity) {
    c_sluice_plain_run run = {.frames = 0, .marks = marks_before_start(marks, count, origin), .length = 0};
    while (run.frames < capacity && run.marks < count) {
        size_t start = run.length, end = (size_t)(origin + (ptrdiff_t)marks[run.marks]), next = end + 1;
        // A line that begins with a blank may consist of blanks; any other has at least one byte before its end.
        if (bytes[start] <= ' ' || next - start > limit) break;
        end -= bytes[end - 1] == '\r';
        store_frame(&frames[run.frames], start, start, end, 0);
        run.frames++;
        run.marks++;
        run.length = next;
    }
    return run;
}
