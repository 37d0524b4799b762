// Learning an event template from an event, and its narrow form from two that matched.
#include "event_template.hpp"

#include <algorithm>

#include "plain_event.hpp"
#include "program.hpp"

namespace sluice {

namespace {

// Events with longer literals are rare, and simdjson reads them as fast.
constexpr size_t longest_literals = 4096;
constexpr size_t longest_event = 64 * 1024;
// Strings that have the same length by chance are short.
constexpr size_t shortest_usual = 20;

}  // namespace

bool EventTemplate::learn_anew(bool (EventTemplate::*build)(const Event &), const Event &lesson) {
    reset();
    if (guarded(false, [&] { return (this->*build)(lesson); })) {
        key_ = key_of(lesson.table, lesson.event.payload == 0);
        name_bytes_ = name_bytes(lesson.event);
        return true;
    }
    // Half of a form would match under any key.
    reset();
    return false;
}

bool EventTemplate::build_document(const Event &lesson) {
    const c_sluice_event &event = lesson.event;
    const CaptureList &captures = *lesson.captures;
    const Text payload = lesson.payload;
    const uint32_t *index = lesson.index;
    if (event.length > longest_event || captures.size() > max_slots || !is_plain(event, payload.length)) return false;
    const uint8_t *bytes = payload.base();
    const uint8_t *cursor = event.bytes;
    std::array<int, max_slots> slot_of_capture;
    slot_of_capture.fill(-1);
    std::array<SlotKind, max_slots> kinds;
    size_t slots = 0;
    uint32_t depth = 0;
    uint32_t next_capture = 0;
    auto add_piece = [&](const uint8_t *to, SlotKind slot) {
        uint32_t length = static_cast<uint32_t>(to - cursor);
        wide_.pieces.emplace_back(static_cast<uint32_t>(wide_.text.size()), length, slot);
        wide_.text.insert(wide_.text.end(), cursor, to);
        if (slot != SlotKind::none) kinds[slots++] = slot;
    };
    for (uint32_t i = 0; i + 1 < lesson.count; i++) {
        const uint8_t *token = bytes + index[i];
        bool is_string = *token == '"' && bytes[index[i + 1]] != ':';
        bool is_number = starts_number(*token);
        uint32_t value = index[i] - payload.origin + (is_string ? 1 : 0);
        bool is_captured = next_capture < captures.size() && captures[next_capture].offset == value;
        uint32_t capture = next_capture;
        if (*token == '{' || *token == '[') depth_ = std::max(depth_, ++depth);
        if (*token == '}' || *token == ']') depth--;
        if (is_captured) {
            if (captures[capture].kind == C_SLUICE_CONTAINER) return false;
            next_capture++;
        }
        if (!(is_string || is_number)) continue;
        const bool is_compared = is_captured && lesson.table.is_discriminator[captures[capture].path];
        if (is_compared && !(is_string && lesson.program->has_text(capture))) continue;
        if (slots == max_slots || wide_.text.size() > longest_literals) return false;
        if (is_captured) slot_of_capture[capture] = static_cast<int>(slots);
        const uint8_t *end = bytes + index[i + 1];
        while (is_space(end[-1])) end--;
        add_piece(is_string ? token + 1 : token, is_string ? SlotKind::string : SlotKind::number);
        if (is_compared) wide_.fixed.push_back({static_cast<uint16_t>(slots - 1), {token + 1, end - 1}});
        cursor = is_string ? end - 1 : end;
    }
    add_piece(event.bytes + event.length, SlotKind::none);
    if (next_capture != captures.size() || wide_.text.size() > longest_literals) return false;
    auto slot_of = [&](uint16_t capture, SlotKind kind) {
        int slot = slot_of_capture[capture];
        return slot >= 0 && kinds[static_cast<size_t>(slot)] == kind ? slot : -1;
    };
    static_cast<Program &>(wide_) = *lesson.program;
    bool is_renamed = wide_.rename([&](uint16_t capture) { return slot_of(capture, SlotKind::string); },
                                   [&](uint16_t capture) { return slot_of(capture, SlotKind::number); });
    if (!is_renamed || wide_.has_repeated_text()) return false;
    wide_.measure();
    captures_ = captures.size();
    return true;
}

void EventTemplate::reset() {
    wide_.clear();
    narrow_.clear();
    has_sample_ = false;
    misses_ = 0;
    depth_ = 0;
    captures_ = 0;
    name_bytes_ = 0;
    key_ = 0;
    follower = no_follower;
}

bool EventTemplate::build_marker(const Event &lesson) {
    const c_sluice_event &event = lesson.event;
    if (event.length > longest_literals || !is_plain(event, lesson.payload.length)) return false;
    wide_.text.assign(event.bytes, event.bytes + event.length);
    wide_.pieces.emplace_back(0, static_cast<uint32_t>(event.length), SlotKind::none);
    static_cast<Program &>(wide_) = *lesson.program;
    wide_.measure();
    return true;
}

bool EventTemplate::build_text(const Event &lesson) {
    const c_sluice_event &event = lesson.event;
    const size_t payload_length = lesson.payload.length;
    // Without a space after the colon, framing would remove the first space of a text.
    if (event.payload == 0 || event.bytes[event.payload - 1] != ' ' || !is_plain(event, payload_length)) return false;
    const uint8_t *behind = event.bytes + event.payload + payload_length;
    uint32_t before = static_cast<uint32_t>(event.payload);
    wide_.text.assign(event.bytes, event.bytes + event.payload);
    wide_.text.insert(wide_.text.end(), behind, event.bytes + event.length);
    wide_.pieces.emplace_back(0, before, SlotKind::text);
    wide_.pieces.emplace_back(before, static_cast<uint32_t>(wide_.text.size()) - before, SlotKind::none);
    static_cast<Program &>(wide_) = *lesson.program;
    wide_.markers = &lesson.table.markers;
    wide_.measure();
    return true;
}

bool Form::holds(const Found *found, uint64_t before) const {
    return Program::holds(before) && std::all_of(fixed.begin(), fixed.end(), [=](const Fixed &one) {
        return std::equal(found[one.slot].begin, found[one.slot].end, one.value.begin(), one.value.end());
    });
}

bool Form::is_same(const Form &other) const {
    return text == other.text && pieces == other.pieces && fixed == other.fixed && required == other.required &&
           ended == other.ended;
}

void Form::measure() {
    has_terms = !fixed.empty();
    Program::measure();
    size_t last = pieces.back().literal;
    std::string_view tail(reinterpret_cast<const char *>(text.data()) + last, text.size() - last);
    size_t ends = tail.size();
    while (ends > 0 && (tail[ends - 1] == '\n' || tail[ends - 1] == '\r')) ends--;
    size_t position = tail.find('\n', ends);
    line_feed = static_cast<uint32_t>(last + position);
    behind_line_feed = static_cast<uint32_t>(tail.size() - position);
}

void Instance::keep(const uint8_t *event, const uint8_t *end, const Found *found, size_t count) {
    bytes.assign(event, end);
    slots.clear();
    for (size_t i = 0; i < count; i++) {
        slots.emplace_back(static_cast<uint32_t>(found[i].begin - event), static_cast<uint32_t>(found[i].end - event));
    }
}

void EventTemplate::missed_narrow(const uint8_t *event, const uint8_t *end, const Found *found) {
    // Only events that can be learned are stored for comparison.
    if (static_cast<size_t>(end - event) > longest_event) return;
    size_t slots = wide_.pieces.size() - 1;
    if (has_sample_) {
        has_sample_ = false;
        if (!guarded(false, [&] { return narrow_to(event, found), true; })) narrow_.clear();
        return;
    }
    misses_++;
    // Often at first, then less and less often until there is a match: interleaved streams share no values.
    if ((misses_ & (misses_ - 1)) != 0) return;
    has_sample_ = guarded(false, [&] { return sample_.keep(event, end, found, slots), true; });
}

void EventTemplate::narrow_to(const uint8_t *event, const Found *found) {
    size_t slots = wide_.pieces.size() - 1;
    std::array<bool, max_slots> is_text{};
    std::array<bool, max_slots> is_number{};
    for (const Emission &emission : wide_.emissions) {
        if (emission.text != no_value) is_text[emission.text] = true;
        if (emission.choice.value_number >= 0) is_number[static_cast<size_t>(emission.choice.value_number)] = true;
        if (emission.tool.value_number >= 0) is_number[static_cast<size_t>(emission.tool.value_number)] = true;
    }
    auto is_common = [&](size_t slot) {
        auto [from, to] = sample_.slots[slot];
        size_t length = static_cast<size_t>(found[slot].end - found[slot].begin);
        return !is_text[slot] && to - from == length &&
               std::memcmp(sample_.bytes.data() + from, found[slot].begin, length) == 0;
    };
    narrow_.clear();
    static_cast<Program &>(narrow_) = wide_;
    narrow_.only_text = no_value;
    narrow_.markers = wide_.markers;
    std::array<int, max_slots> renumbered;
    renumbered.fill(-1);
    size_t usual = 0;
    const uint8_t *cursor = event;
    uint32_t literal = 0;
    int next = 0;
    auto add_piece = [&](const uint8_t *to, SlotKind slot) {
        narrow_.text.insert(narrow_.text.end(), cursor, to);
        uint32_t length = static_cast<uint32_t>(narrow_.text.size()) - literal;
        narrow_.pieces.emplace_back(literal, length, slot);
        literal += length;
    };
    for (size_t slot = 0; slot < slots; slot++) {
        size_t length = static_cast<size_t>(found[slot].end - found[slot].begin);
        if (is_common(slot)) {
            uint32_t offset = literal + static_cast<uint32_t>(found[slot].begin - cursor);
            // Numbers with a sign or a fraction cannot be pinned values, nor values that are stored elsewhere too.
            bool is_numeral = wide_.pieces[slot].slot == SlotKind::number;
            bool is_fixed = is_number[slot] || (is_numeral && skip_digits(found[slot].begin, found[slot].end) < found[slot].end);
            narrow_.pinned.push_back({offset, static_cast<uint32_t>(length), is_numeral, is_fixed});
            continue;
        }
        renumbered[slot] = next++;
        bool is_usual = !is_text[slot] && length >= shortest_usual &&
                        sample_.slots[slot].second - sample_.slots[slot].first == length;
        if (is_usual) usual += length;
        add_piece(found[slot].begin, wide_.pieces[slot].slot);
        cursor = found[slot].end;
    }
    const Piece &last = wide_.pieces.back();
    const uint8_t *behind = slots == 0 ? event : found[slots - 1].end;
    add_piece(behind + last.length, SlotKind::none);
    // A number that is part of a literal is constant.
    auto narrowed = [&](Number &number) {
        if (number.value_number < 0) return true;
        size_t slot = static_cast<size_t>(number.value_number);
        number.value_number = static_cast<int16_t>(renumbered[slot]);
        return number.value_number >= 0 || number_of(found[slot], number.value);
    };
    for (Emission &emission : narrow_.emissions) {
        if (!narrowed(emission.choice) || !narrowed(emission.tool)) return narrow_.clear();
        if (emission.text != no_value) emission.text = static_cast<uint16_t>(renumbered[emission.text]);
    }
    for (const Fixed &fixed : wide_.fixed) {
        narrow_.fixed.push_back({static_cast<uint16_t>(renumbered[fixed.slot]), fixed.value});
    }
    narrow_.measure();
    narrow_.line_feed += static_cast<uint32_t>(usual);
}

}  // namespace sluice
