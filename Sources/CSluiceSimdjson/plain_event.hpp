// What a skeleton's framing may be.
#pragma once

#include <cstdint>
#include <string_view>

#include "CSluiceSimdjson.h"

namespace sluice {

// Whether what stands before the payload is nothing but one line of the event's type and the field name of its data, and
// what stands behind it ends the event for certain; or whether the event is a line of NDJSON.
inline bool is_plain(const c_sluice_event &event, size_t payload_length) {
    std::string_view all(reinterpret_cast<const char *>(event.bytes), event.length);
    std::string_view before = all.substr(0, event.payload);
    std::string_view behind = all.substr(event.payload + payload_length);
    if (before.empty()) return behind == "\n" || behind == "\r\n";
    std::string_view line_end = behind == "\n\n" ? "\n" : "\r\n";
    if (behind != "\n\n" && behind != "\r\n\r\n") return false;
    if (before.substr(0, 6) == "event:") {
        size_t line = before.find_first_of("\r\n");
        if (line == before.npos || before.substr(line, line_end.size()) != line_end) return false;
        before.remove_prefix(line + line_end.size());
    }
    return before == "data: " || before == "data:";
}

// Bytes of a plain event's type.
inline uint32_t name_bytes(const c_sluice_event &event) {
    std::string_view before(reinterpret_cast<const char *>(event.bytes), event.payload);
    if (before.substr(0, 6) != "event:") return 0;
    return static_cast<uint32_t>(before.find_first_of("\r\n") - (before[6] == ' ' ? 7 : 6));
}

}  // namespace sluice
