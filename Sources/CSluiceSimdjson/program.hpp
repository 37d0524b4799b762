// Compiled programs: the recorded result of a format's rules for one event, as steps over its values; and writing the deltas of
// events that have a program. Both lanes do that: of a parsed event the values are its captures, of one that matches a template
// the contents of its slots.
//
// Why a program may stand in for the rules. The rules see an event's captures, and nothing else of it. If two events have the
// same captures in the same order, of the same kinds, in the same array elements, and with the same bytes where conditions
// compare them, all conditions have the same result, and all lookups find the same captures. So if the rules only emitted
// certain captures of the first event as text, the same captures of the second are its text. If the result depends on more (an
// empty string, the frame's event type), or consists of more than text and numbers, there is no program: see Interpreter+Programs.swift.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "scalars.hpp"
#include "table.hpp"

namespace sluice {

// RecordList.swift reads these fields by their offsets.
static_assert(sizeof(c_sluice_record) == 48 && offsetof(c_sluice_record, offset) == 0 &&
              offsetof(c_sluice_record, event) == 16 && offsetof(c_sluice_record, length) == 24 &&
              offsetof(c_sluice_record, choice) == 32 && offsetof(c_sluice_record, tool) == 36 &&
              offsetof(c_sluice_record, kind) == 40 && offsetof(c_sluice_record, region) == 42);

// A value of an event: a capture, or the contents of a slot.
struct Found {
    const uint8_t *begin;
    const uint8_t *end;
    bool is_escaped;
};

// The values of a parsed event.
struct CapturedValues {
    const c_sluice_capture *captures;
    const uint8_t *payload;

    Found operator[](size_t number) const {
        const c_sluice_capture &capture = captures[number];
        const uint8_t *begin = payload + capture.offset;
        return {begin, begin + capture.length, capture.kind == C_SLUICE_ESCAPED};
    }
};

inline constexpr uint16_t no_value = 0xFFFF;

// The number of a value that is a number, or a constant one.
struct Number {
    int16_t value_number;   // -1: `value`
    int32_t value;
};

// A delta of every event with a program.
struct Emission {
    uint16_t text;          // the number of the value that is its text; no_value: no text, and the two numbers are token counts
    uint8_t kind;
    bool is_tool;           // of a tool call, whose number is limited
    uint64_t reads;         // the bits of `c_sluice_run.reads` for a text that is not empty
    Number choice;
    Number tool;
    c_sluice_record record; // its constant fields
};

struct Program {
    std::vector<Emission> emissions;
    // The text of the only delta, if there is one delta, of text, with constant numbers; otherwise none.
    uint16_t only_text = no_value;
    bool is_terminal = false;   // the event completes the stream
    bool has_terms = false;     // whether it applies depends on what came before it
    // Bits of `c_sluice_run.reads`: what every event has, what must have come before it, what ends with it, and what it reads if
    // no text is empty; as a rule, all of that was noted before, and only a program with terms has to look further. And the
    // bits of kinds of arguments of tool calls.
    uint64_t reads = C_SLUICE_READS_CONTENT, required = 0, ended = 0, noted = 0, tool_kinds = 0;
    // One more than the maximum of the constant numbers of choices and tool calls.
    uint32_t choices = 0;
    uint32_t tools = 0;

    // The program of a terminal marker, of which nothing is emitted and calls that lack arguments get them; and of plain text,
    // the only value.
    void become_marker() {
        is_terminal = true;
        required = C_SLUICE_READS_SETTLED;
        reads = 0;
    }
    void become_text();
    // Takes over the steps; false if they are none of a program.
    bool build(const c_sluice_lesson &lesson);
    // Renames the values: each function returns the new number of a value, or a negative one if that cannot be a text, or a
    // number. False then.
    template <class Text, class Counted> bool rename(Text text, Counted number);
    // Whether this value is the text of a delta; whether it is that, or the number of a choice or tool call.
    bool has_text(size_t value) const;
    bool reads_value(size_t value) const;
    // Whether two deltas have the same text: decoding it once for each would take more bytes than the event has.
    bool has_repeated_text() const;
    // Computes what follows from the steps.
    void measure();
    bool holds(uint64_t before) const { return (before & required) == required; }
    template <class Values> bool holds(const Values &, uint64_t before) const { return holds(before); }
    // What an event with these values reads.
    template <class Values> uint64_t reads_of(const Values &values) const;
    // Keeps the memory.
    void clear() {
        emissions.clear();
        only_text = no_value;
        is_terminal = has_terms = false;
        reads = C_SLUICE_READS_CONTENT;
        required = ended = noted = tool_kinds = 0;
        choices = tools = 0;
    }
};

// How events are taken. `text`: their only delta is a text whose kind is selected, and what they read is noted later; `known`:
// what they read was read before; `any`: they may read more, or depend on what came before them.
enum class Taking { any, known, text };

// A sequence of events that are being read, with their results.
struct Run : c_sluice_run {
    // The maximum number of records of one run.
    static constexpr size_t most_records = 256;

    c_sluice_record *last_record;   // one more event may be begun as long as the next is written no further
    uint32_t *next_escaped;         // where the number of the next record with escapes is written
    uint64_t to_stream;             // added to an address, gives the offset in the stream,
    uint64_t to_region;             // and in the records' region
    uint64_t key;                   // of the templates that may match
    uint32_t max_choices;
    uint32_t max_tools;
    bool joins_lines;               // an event may have two lines of data
    uint32_t *escaped_records;      // room for the numbers of `most_records` records

    // Takes over the changes that reading events has made in a copy of this.
    void take_over(const Run &copy) {
        next = copy.next;
        record = copy.record;
        next_escaped = copy.next_escaped;
        events = copy.events;
        count = copy.count;
        is_terminal = copy.is_terminal;
        reads = copy.reads;
        last_record = copy.last_record;
    }

    inline void begin(const c_sluice_limits &limits);
    bool has_room() const { return record <= last_record; }
    // No event is begun any more.
    void stop() { last_record = nullptr; }

    // Whether no constant number exceeds a limit; `take` checks the others. Arguments without records are not noted.
    bool may_take(const Program &program) const {
        return program.choices <= max_choices && program.tools <= max_tools && (program.tool_kinds & ~kinds) == 0;
    }

    // How to take the events of this program. A text that is the only delta is noted after the events, unless it may be the
    // arguments that a tool call lacks.
    Taking taking(const Program &program) const {
        bool is_text = program.only_text != no_value && wants(program.emissions[0]);
        if (is_text && (is_settled() || program.tool_kinds == 0)) return Taking::text;
        return (reads & program.noted) == program.noted ? Taking::known : Taking::any;
    }
    bool is_settled() const { return (reads & C_SLUICE_READS_SETTLED) != 0; }

    // Notes what the events read that `take_text` has added since `before`: texts that are not empty have records.
    void note_texts(const Program &program, const c_sluice_run &before) {
        if (events > before.events) reads |= program.reads | (count > before.count ? program.emissions[0].reads : 0);
    }

    // Appends the records of the event at `next`, which has this program, or a form with it, and continues after it. False,
    // without changing anything, if the event is too long, or a number is not valid for a choice or tool call or exceeds a
    // limit.
    template <Taking taking, class Steps, class Values>
    inline bool take(const Steps &steps, const Values &values, const uint8_t *behind);

    // The same for an event with this text as its only delta, whose kind is selected. What it reads is noted later.
    inline bool take_text(const Emission &emission, const Found &text, const uint8_t *behind);

    bool wants(const Emission &emission) const { return (kinds >> emission.kind & 1) != 0; }

private:
    template <class Steps, class Values> inline bool add_all(const Steps &steps, const Values &values);
    template <class Values> inline bool add(const Emission &emission, const Values &values);
    template <class Values>
    inline bool find_numbers(const Emission &emission, const Values &values, int32_t &choice, int32_t &tool) const;
    inline void add_text(const Emission &emission, const Found &text);
};

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

template <class Text, class Counted> bool Program::rename(Text text, Counted number) {
    auto renamed = [&](Number &one) {
        if (one.value_number < 0) return true;
        one.value_number = static_cast<int16_t>(number(static_cast<uint16_t>(one.value_number)));
        return one.value_number >= 0;
    };
    for (Emission &emission : emissions) {
        if (!renamed(emission.choice) || !renamed(emission.tool)) return false;
        if (emission.text == no_value) continue;
        int value = text(emission.text);
        if (value < 0) return false;
        emission.text = static_cast<uint16_t>(value);
    }
    return true;
}

template <class Values> uint64_t Program::reads_of(const Values &values) const {
    uint64_t all = reads;
    for (const Emission &emission : emissions) {
        if (emission.text == no_value) continue;
        const Found &text = values[emission.text];
        if (text.end > text.begin) all |= emission.reads;
    }
    return all;
}

SLUICE_INLINE void Run::begin(const c_sluice_limits &limits) {
    if (max_records < C_SLUICE_STEPS) __builtin_trap();
    last_record = record + std::min(max_records, most_records) - C_SLUICE_STEPS;
    to_stream = stream_offset - address_of(next);
    to_region = position - address_of(next);
    escaped = next_escaped = escaped_records;
    max_choices = limits.max_choices;
    max_tools = limits.max_tools;
    joins_lines = limits.max_data_lines >= 2;
    events = 0;
    count = 0;
    is_terminal = false;
    escaped_count = 0;
    bytes = 0;
}

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
template <class Values>
SLUICE_INLINE bool Run::find_numbers(const Emission &emission, const Values &values, int32_t &choice, int32_t &tool) const {
    choice = emission.choice.value;
    tool = emission.tool.value;
    if (emission.choice.value_number >= 0 && !number_of(values[emission.choice.value_number], choice)) return false;
    if (emission.tool.value_number >= 0 && !number_of(values[emission.tool.value_number], tool)) return false;
    if (emission.text == no_value) return true;
    return static_cast<uint32_t>(choice) < max_choices &&
           (!emission.is_tool || static_cast<uint32_t>(tool) < max_tools);
}

// Writes one delta of the event at `next`; false if its numbers are invalid.
template <class Values> SLUICE_INLINE bool Run::add(const Emission &emission, const Values &values) {
    int32_t choice, tool;
    if (!find_numbers(emission, values, choice, tool)) return false;
    // Limits apply to kinds that are not selected too.
    if (!wants(emission)) return true;
    c_sluice_record *added = record;
    if (emission.text != no_value) {
        add_text(emission, values[emission.text]);
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

template <class Steps, class Values> SLUICE_INLINE bool Run::add_all(const Steps &steps, const Values &values) {
    c_sluice_record *first_record = record;
    uint32_t *first_escaped = next_escaped;
    size_t first_number = count;
    for (const Emission &emission : steps.emissions) {
        if (add(emission, values)) continue;
        record = first_record;
        next_escaped = first_escaped;
        count = first_number;
        return false;
    }
    is_terminal |= steps.is_terminal;
    return true;
}

SLUICE_INLINE bool Run::take_text(const Emission &emission, const Found &text, const uint8_t *behind) {
    if (static_cast<size_t>(behind - next) > max_event_bytes) return false;
    add_text(emission, text);
    next = behind;
    events++;
    return true;
}

template <Taking taking, class Steps, class Values>
SLUICE_INLINE bool Run::take(const Steps &steps, const Values &values, const uint8_t *behind) {
    if constexpr (taking == Taking::text) return take_text(steps.emissions[0], values[steps.only_text], behind);
    if (static_cast<size_t>(behind - next) > max_event_bytes) return false;
    bool is_new = taking == Taking::any && (reads & steps.noted) != steps.noted;
    if (is_new && steps.has_terms && !steps.holds(values, reads)) return false;
    if (steps.only_text != no_value) {
        const Emission &emission = steps.emissions[0];
        if (wants(emission)) add_text(emission, values[steps.only_text]);
    } else if (!add_all(steps, values)) {
        return false;
    }
    if (is_new) {
        reads = (reads | steps.reads_of(values)) & ~steps.ended;
        // Once a tool call has got arguments, events may be read that could not be before.
        if (!is_settled() && (reads & steps.tool_kinds) != 0) stop();
    }
    next = behind;
    events++;
    return true;
}

}  // namespace sluice
