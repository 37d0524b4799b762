// What a match brings forth, written down as records.
#pragma once

#include "scalars.hpp"
#include "skeletons.hpp"

namespace sluice {

// Choices are numbered by a digit or a few.
inline constexpr size_t longest_choice = 9;

inline bool number_of(const Found &found, int32_t &value) {
    size_t length = static_cast<size_t>(found.end - found.begin);
    if (length == 0 || length > longest_choice) return false;
    value = 0;
    for (const uint8_t *p = found.begin; p < found.end; p++) {
        if (!is_digit(*p)) return false;
        value = value * 10 + (*p - '0');
    }
    return true;
}

__attribute__((always_inline)) inline void Run::add(const Emission &emission, int32_t choice, int32_t tool, const Found *text) {
    c_sluice_record &record = records[count];
    record = {};
    record.event = stream_offset + static_cast<uint64_t>(next - base);
    record.kind = emission.kind;
    record.flags = emission.flags;
    if (text == nullptr) {
        record.offset = choice;
        record.other_offset = tool;
    } else {
        record.offset = static_cast<int64_t>(position + static_cast<size_t>(text->begin - base));
        record.length = static_cast<uint32_t>(text->end - text->begin);
        record.choice = choice;
        record.tool = tool;
        // Written whether it has escapes or not: no processor foresees which has.
        escaped[escaped_count] = count;
        escaped_count += text->is_escaped ? 1 : 0;
    }
    count++;
}

__attribute__((always_inline)) inline bool Run::take(const Form &form, const Found *found, const uint8_t *behind) {
    if (static_cast<size_t>(behind - next) > max_event_bytes) return false;
    uint32_t count_before = count;
    uint32_t escaped_before = escaped_count;
    for (const Emission &emission : form.emissions) {
        if ((kinds >> emission.kind & 1) == 0) continue;
        int32_t choice = emission.choice.value;
        int32_t tool = emission.tool.value;
        bool is_told = (emission.choice.hole < 0 || number_of(found[emission.choice.hole], choice)) &&
                       (emission.tool.hole < 0 || number_of(found[emission.tool.hole], tool));
        if (!is_told) {
            count = count_before;
            escaped_count = escaped_before;
            return false;
        }
        const Found *text = emission.hole == no_hole ? nullptr : &found[emission.hole];
        if (text == nullptr || text->end > text->begin) add(emission, choice, tool, text);
    }
    next = behind;
    events++;
    return true;
}

}  // namespace sluice
