// Writes the deltas of a match as records.
#pragma once

#include <cstddef>

#include "scalars.hpp"
#include "skeletons.hpp"

namespace sluice {

// RecordList.swift reads these fields by their offsets.
static_assert(sizeof(c_sluice_record) == 48 && offsetof(c_sluice_record, offset) == 0 &&
              offsetof(c_sluice_record, event) == 16 && offsetof(c_sluice_record, length) == 24 &&
              offsetof(c_sluice_record, choice) == 32 && offsetof(c_sluice_record, tool) == 36 &&
              offsetof(c_sluice_record, kind) == 40 && offsetof(c_sluice_record, region) == 42);

// Numbers of choices have one or a few digits.
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

SLUICE_INLINE uint64_t address_of(const uint8_t *p) { return reinterpret_cast<uintptr_t>(p); }

SLUICE_INLINE void Run::add_text(const Emission &emission, const Found &text) {
    *record = emission.record;
    record->event = address_of(next) + to_stream;
    record->offset = static_cast<int64_t>(address_of(text.begin) + to_region);
    record->length = static_cast<uint32_t>(text.end - text.begin);
    // Written in any case: whether a record has escapes, or any bytes, is unpredictable.
    *next_escaped = static_cast<uint32_t>(count);
    next_escaped += text.is_escaped ? 1 : 0;
    bool has_bytes = text.end > text.begin;
    record += has_bytes ? 1 : 0;
    count += has_bytes ? 1 : 0;
}

// Reads the two numbers of a delta; false if one is not a number, or exceeds the limits of choices or tool calls.
SLUICE_INLINE bool Run::find_numbers(const Emission &emission, const Found *found, int32_t &choice,
                                     int32_t &tool) const {
    choice = emission.choice.value;
    tool = emission.tool.value;
    if (emission.choice.hole >= 0 && !number_of(found[emission.choice.hole], choice)) return false;
    if (emission.tool.hole >= 0 && !number_of(found[emission.tool.hole], tool)) return false;
    if (emission.hole == no_hole) return true;
    return static_cast<uint32_t>(choice) < max_choices &&
           (!emission.is_tool || static_cast<uint32_t>(tool) < max_tools);
}

// Writes one delta of the event at `next`; false if its numbers are invalid.
SLUICE_INLINE bool Run::add(const Emission &emission, const Found *found) {
    int32_t choice, tool;
    if (!find_numbers(emission, found, choice, tool)) return false;
    // Limits apply to kinds that are not selected too.
    if (!wants(emission)) return true;
    c_sluice_record *added = record;
    if (emission.hole != no_hole) {
        add_text(emission, found[emission.hole]);
        added->choice = choice;
        added->tool = tool;
        return true;
    }
    *added = emission.record;
    added->event = address_of(next) + to_stream;
    added->offset = choice;
    added->other_offset = tool;
    record++;
    count++;
    return true;
}

SLUICE_INLINE bool Run::take_text(const Emission &emission, const Found &text, const uint8_t *behind) {
    if (static_cast<size_t>(behind - next) > max_event_bytes) return false;
    add_text(emission, text);
    next = behind;
    events++;
    return true;
}

// Notes what an event reads. Once a tool call has got arguments, events may match that did not before.
inline void Run::note(const Form &form, const Found *found) {
    reads = (reads | form.reads_of(found)) & ~form.ended;
    if (!is_settled() && (reads & form.tool_kinds) != 0) stop();
}

template <Taking taking>
SLUICE_INLINE bool Run::take(const Form &form, const Found *found, const uint8_t *behind) {
    if constexpr (taking == Taking::text) {
        return take_text(form.emissions[0], found[form.only_text], behind);
    }
    if (static_cast<size_t>(behind - next) > max_event_bytes) return false;
    bool is_new = taking == Taking::any && (reads & form.noted) != form.noted;
    if (is_new && form.has_terms && !form.holds(found, reads)) return false;
    const Emission *emission = form.emissions.data();
    if (form.only_text != no_hole) {
        if (wants(*emission)) add_text(*emission, found[form.only_text]);
    } else {
        c_sluice_record *first_record = record;
        uint32_t *first_escaped = next_escaped;
        size_t first_number = count;
        for (const Emission *end = emission + form.emissions.size(); emission < end; emission++) {
            if (add(*emission, found)) continue;
            record = first_record;
            next_escaped = first_escaped;
            count = first_number;
            return false;
        }
        is_terminal |= form.is_terminal;
    }
    if (is_new) note(form, found);
    next = behind;
    events++;
    return true;
}

}  // namespace sluice
