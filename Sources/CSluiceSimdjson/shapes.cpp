#include "shapes.hpp"

#include "kernels.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr uint32_t max_entries = 1024;
constexpr size_t max_literal_bytes = 4096;
// Longer payloads are not stored for comparison.
constexpr uint32_t longest_sample = 64 * 1024;

}  // namespace

// False if the shape's literals would be too long.
bool Shape::add_segment(const uint8_t *bytes, const uint32_t *index, uint32_t first, uint32_t last,
                        bool number_follows) {
    uint32_t from = index[first];
    uint32_t length = index[last] - from + (number_follows ? 0 : 1);
    if (literals_.size() + length > max_literal_bytes) return false;
    segments_.push_back({first, last, static_cast<uint32_t>(literals_.size()), length, number_follows});
    literals_.insert(literals_.end(), bytes + from, bytes + from + length);
    return true;
}

bool Shape::learn(const c_sluice_table &table, uint32_t number, Text text, const uint32_t *index, uint32_t count,
                  const CaptureList &captures, const Sample *sample) {
    const uint8_t *bytes = text.base();
    count_ = 0;
    segments_.clear();
    literals_.clear();
    captures_.clear();
    if (count > max_entries) return false;
    uint32_t first = 0;
    uint32_t depth = 0;
    size_t next_capture = 0;
    depth_ = 0;
    for (uint32_t i = 0; i + 1 < count; i++) {
        uint8_t byte = bytes[index[i]];
        bool is_string = byte == '"' && bytes[index[i + 1]] != ':';
        bool is_number = starts_number(byte);
        uint32_t value = index[i] - text.origin + (is_string ? 1 : 0);
        bool is_captured = next_capture < captures.size() && captures[next_capture].offset == value;
        if (byte == '{' || byte == '[') depth_ = std::max(depth_, ++depth);
        if (byte == '}' || byte == ']') depth--;
        if (is_captured) {
            // The bytes of an empty container are part of a segment.
            bool is_empty = bytes[index[i + 1]] == '}' || bytes[index[i + 1]] == ']';
            if (captures[next_capture].kind == C_SLUICE_CONTAINER && !is_empty) return false;
            captures_.push_back({captures[next_capture], false});
            captures_.back().capture.offset = i;
        }
        bool is_constant = is_captured && table.is_discriminator[captures[next_capture].path];
        if (is_captured) next_capture++;
        if (!(is_string || is_number) || is_constant) continue;
        if (sample != nullptr && sample->has_value(i, bytes + index[i], index[i + 1] - index[i])) continue;
        if (is_captured) captures_.back().is_hole = true;
        if (!add_segment(bytes, index, first, i, is_number)) return false;
        first = i + 1;
    }
    if (next_capture != captures.size()) return false;
    if (!add_segment(bytes, index, first, count - 1, false)) return false;
    table_ = table.number;
    number_ = number;
    count_ = count;
    return true;
}

inline bool Shape::write(Text text, const uint32_t *index, CaptureList &captures) const {
    const uint8_t *bytes = text.base();
    if (!captures.reserve(static_cast<uint32_t>(captures_.size()))) return false;
    for (const Known &known : captures_) {
        c_sluice_capture &capture = captures.add();
        capture = known.capture;
        uint32_t entry = known.capture.offset;
        const uint8_t *token = bytes + index[entry];
        bool is_string = known.capture.kind <= C_SLUICE_ESCAPED;
        if (!known.is_hole) {
            capture.offset = text.offset(token) + (is_string ? 1 : 0);
            continue;
        }
        const uint8_t *end = bytes + index[entry + 1];
        while (is_space(end[-1])) end--;
        if (is_string) {
            token++;
            end--;
            bool escaped = has_backslash(token, static_cast<size_t>(end - token), text.end());
            capture.kind = escaped ? C_SLUICE_ESCAPED : C_SLUICE_STRING;
        }
        capture.offset = text.offset(token);
        capture.length = static_cast<uint32_t>(end - token);
    }
    return true;
}

inline bool Shape::match(const Kernel &kernel, Text text, const uint32_t *index, CaptureList &captures) const {
    const Segment *segments = segments_.data();
    return kernel.has_segments(segments, segments + segments_.size(), literals_.data(), text.base(), index) &&
           write(text, index, captures);
}

void Sample::keep(Text text, const uint32_t *entries, uint32_t count) {
    bytes.assign(text.bytes, text.end());
    index.clear();
    for (uint32_t i = 0; i < count; i++) index.push_back(entries[i] - text.origin);
    index.push_back(text.length);
}

bool Sample::has_value(uint32_t entry, const uint8_t *value, uint32_t length) const {
    return index[entry + 1] - index[entry] == length && std::memcmp(bytes.data() + index[entry], value, length) == 0;
}

bool ShapePair::match(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
                      uint32_t max_depth, CaptureList &captures) {
    if (!wide_.is_of(table.number, count) || wide_.depth() > max_depth) return false;
    if (narrow_.is_of(table.number, count) && narrow_.match(kernel, text, index, captures)) {
        narrow_.forget_misses();
        return true;
    }
    return match_wide(kernel, table, text, index, count, captures);
}

bool ShapePair::match_wide(const Kernel &kernel, const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
                           CaptureList &captures) {
    if (!wide_.match(kernel, text, index, captures)) return false;
    if (has_sample_) {
        narrow(table, text, index, count, captures);
    } else if (text.length <= longest_sample && narrow_.wants_learning()) {
        sample_.keep(text, index, count);
        has_sample_ = true;
    }
    return true;
}

void ShapePair::narrow(const c_sluice_table &table, Text text, const uint32_t *index, uint32_t count,
                       const CaptureList &captures) {
    has_sample_ = false;
    if (sample_.index.size() != count + 1) return;
    narrow_.learn(table, wide_.number(), text, index, count, captures, &sample_);
}

void ShapePair::learn(const c_sluice_table &table, uint32_t number, Text text, const uint32_t *index, uint32_t count,
                      const CaptureList &captures) {
    has_sample_ = false;
    narrow_.clear();
    wide_.learn(table, number, text, index, count, captures);
}

}  // namespace sluice
