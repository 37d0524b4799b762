// The framing that an event template may have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "event_template.hpp"

namespace sluice {

// Whether the payload is preceded only by an optional line with the event's type and the field name of the data, and
// followed by bytes that certainly end the event; or whether the event is a line of NDJSON.
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

// Whether the line at `p` may be an id line.
inline bool begins_with_id(const uint8_t *p, const uint8_t *end) {
    return end - p >= 3 && p[0] == 'i' && p[1] == 'd' && p[2] == ':';
}

// The position after an id line at `p`, which framing releases before the event begins: `p` if there is no such line; null if
// it must not be skipped, and `ran_out` if it may continue after `end`.
inline const uint8_t *behind_id(const uint8_t *p, const uint8_t *end, int64_t max_id_bytes) {
    if (max_id_bytes < 0 || !begins_with_id(p, end)) return p;
    p += 3;
    size_t longest = static_cast<size_t>(max_id_bytes) + 2;
    size_t there = std::min(static_cast<size_t>(end - p), longest);
    auto line_feed = static_cast<const uint8_t *>(std::memchr(p, '\n', there));
    size_t length = line_feed == nullptr ? there : static_cast<size_t>(line_feed - p);
    auto carriage_return = static_cast<const uint8_t *>(std::memchr(p, '\r', length));
    if (carriage_return != nullptr && carriage_return + 1 != line_feed) return nullptr;
    if (length - (carriage_return != nullptr) > static_cast<size_t>(max_id_bytes)) return nullptr;
    return line_feed == nullptr ? ran_out : line_feed + 1;
}

// The size of a plain event's type in bytes.
inline uint32_t name_bytes(const c_sluice_event &event) {
    std::string_view before(reinterpret_cast<const char *>(event.bytes), event.payload);
    if (before.substr(0, 6) != "event:") return 0;
    return static_cast<uint32_t>(before.find_first_of("\r\n") - (before[6] == ' ' ? 7 : 6));
}

}  // namespace sluice
