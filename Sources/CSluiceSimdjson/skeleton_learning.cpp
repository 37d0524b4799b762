// Learning an event template from an event, and its narrow form from two that matched.
#include "skeletons.hpp"

#include <algorithm>

#include "plain_event.hpp"
#include "skeleton_records.hpp"

namespace sluice {

namespace {

// Events with longer literals are rare, and simdjson reads them as fast.
constexpr size_t longest_literals = 4096;
constexpr size_t longest_event = 64 * 1024;
constexpr uint16_t no_capture = 0xFFFF;
// Strings that have the same length by chance are short.
constexpr size_t shortest_usual = 20;

}  // namespace

bool Skeleton::learn_anew(bool (Skeleton::*build)(const Lesson &), const Lesson &lesson) {
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

bool Skeleton::build_document(const Lesson &lesson) {
    const c_sluice_event &event = lesson.event;
    const CaptureList &captures = *lesson.captures;
    const Text payload = lesson.payload;
    const uint32_t *index = lesson.index;
    if (event.length > longest_event || captures.size() > max_holes || event.step_count > C_SLUICE_STEPS) return false;
    if (!is_plain(event, payload.length)) return false;
    const uint8_t *bytes = payload.base();
    const uint8_t *cursor = event.bytes;
    std::array<int, max_holes> hole_of_capture;
    hole_of_capture.fill(-1);
    std::array<HoleKind, max_holes> kinds;
    size_t holes = 0;
    uint32_t depth = 0;
    uint32_t next_capture = 0;
    uint32_t behind = 0;
    auto add_piece = [&](const uint8_t *to, HoleKind hole, uint32_t token) {
        uint32_t length = static_cast<uint32_t>(to - cursor);
        uint16_t tokens = static_cast<uint16_t>(token + 1 - behind);
        behind = token + 1;
        wide_.pieces.emplace_back(static_cast<uint32_t>(wide_.text.size()), length, hole, tokens);
        wide_.text.insert(wide_.text.end(), cursor, to);
        if (hole != HoleKind::none) kinds[holes++] = hole;
    };
    auto is_text = [&event](uint32_t capture) {
        return std::any_of(event.steps, event.steps + event.step_count, [=](auto &step) { return step.capture == capture; });
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
        if (is_compared && !(is_string && is_text(capture))) continue;
        if (holes == max_holes || wide_.text.size() > longest_literals) return false;
        if (is_captured) hole_of_capture[capture] = static_cast<int>(holes);
        const uint8_t *end = bytes + index[i + 1];
        while (is_space(end[-1])) end--;
        add_piece(is_string ? token + 1 : token, is_string ? HoleKind::string : HoleKind::number, i);
        if (is_compared) wide_.fixed.push_back({static_cast<uint16_t>(holes - 1), {token + 1, end - 1}});
        cursor = is_string ? end - 1 : end;
    }
    add_piece(event.bytes + event.length, HoleKind::none, lesson.count - 1);
    wide_.payload = static_cast<uint32_t>(event.payload);
    wide_.tokens = lesson.count;
    bool is_complete = next_capture == captures.size() && wide_.text.size() <= longest_literals;
    auto number = [&](uint16_t capture, int32_t value) {
        if (capture == no_capture) return Number{-1, value};
        int hole = hole_of_capture[capture];
        if (hole < 0 || kinds[static_cast<size_t>(hole)] != HoleKind::number) is_complete = false;
        return Number{static_cast<int16_t>(hole), 0};
    };
    for (size_t i = 0; is_complete && i < event.step_count; i++) {
        const c_sluice_step &step = event.steps[i];
        if ((step.tag & 0xFF) == C_SLUICE_TAG_TERMINAL) {
            wide_.is_terminal = true;
            continue;
        }
        uint16_t text = no_hole;
        if (step.capture != no_capture) {
            int hole = hole_of_capture[step.capture];
            if (hole < 0 || kinds[static_cast<size_t>(hole)] != HoleKind::string) return false;
            text = static_cast<uint16_t>(hole);
            // Decoding once for each would take more bytes than the event has.
            auto is_same = [text](const Emission &other) { return other.hole == text; };
            if (std::any_of(wide_.emissions.begin(), wide_.emissions.end(), is_same)) return false;
        }
        Emission emission{text, static_cast<uint8_t>(step.tag), (step.tag & C_SLUICE_TAG_TOOL) != 0, 0,
                          number(step.choice_capture, step.choice), number(step.tool_capture, step.tool), {}};
        emission.record.kind = emission.kind;
        emission.record.flags = static_cast<uint8_t>((step.tag & ~C_SLUICE_TAG_TOOL) >> C_SLUICE_TAG_FLAGS);
        wide_.emissions.push_back(emission);
    }
    if (!is_complete) return false;
    wide_.require(event);
    wide_.measure();
    captures_ = captures.size();
    return true;
}

void Skeleton::reset() {
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

bool Skeleton::build_marker(const Lesson &lesson) {
    const c_sluice_event &event = lesson.event;
    if (event.length > longest_literals || !is_plain(event, lesson.payload.length)) return false;
    wide_.text.assign(event.bytes, event.bytes + event.length);
    wide_.pieces.emplace_back(0, static_cast<uint32_t>(event.length), HoleKind::none, 0);
    wide_.payload = static_cast<uint32_t>(event.payload);
    wide_.is_terminal = true;
    wide_.require(event);
    wide_.reads = 0;
    wide_.measure();
    return true;
}

bool Skeleton::build_text(const Lesson &lesson) {
    const c_sluice_event &event = lesson.event;
    const size_t payload_length = lesson.payload.length;
    // Without a space after the colon, framing would remove the first space of a text.
    if (event.payload == 0 || event.bytes[event.payload - 1] != ' ' || !is_plain(event, payload_length)) return false;
    const uint8_t *behind = event.bytes + event.payload + payload_length;
    uint32_t before = static_cast<uint32_t>(event.payload);
    wide_.text.assign(event.bytes, event.bytes + event.payload);
    wide_.text.insert(wide_.text.end(), behind, event.bytes + event.length);
    wide_.pieces.emplace_back(0, before, HoleKind::text, 0);
    wide_.pieces.emplace_back(before, static_cast<uint32_t>(wide_.text.size()) - before, HoleKind::none, 0);
    Emission emission{0, static_cast<uint8_t>(event.steps[0].tag), false, 0, Number{-1, 0}, Number{-1, 0}, {}};
    emission.record.kind = emission.kind;
    wide_.emissions.push_back(emission);
    wide_.payload = before;
    wide_.markers = &lesson.table.markers;
    wide_.measure();
    return true;
}

void Form::require(const c_sluice_event &event) {
    required = event.required;
    ended = event.ended;
    if (ended != 0) reads |= C_SLUICE_READS_WHOLE;
}

bool Form::holds(const Found *found, uint64_t before) const {
    if ((before & required) != required) return false;
    return std::all_of(fixed.begin(), fixed.end(), [=](const Fixed &one) {
        return std::equal(found[one.hole].begin, found[one.hole].end, one.value.begin(), one.value.end());
    });
}

bool Form::is_same(const Form &other) const {
    return text == other.text && pieces == other.pieces && fixed == other.fixed && required == other.required &&
           ended == other.ended;
}

uint64_t Form::reads_of(const Found *found) const {
    uint64_t all = reads;
    for (const Emission &emission : emissions) {
        if (emission.hole != no_hole && found[emission.hole].end > found[emission.hole].begin) all |= emission.reads;
    }
    return all;
}

void Form::measure() {
    has_terms = required != 0 || ended != 0 || !fixed.empty();
    noted = has_terms ? UINT64_MAX : reads;
    for (Emission &emission : emissions) {
        if (emission.hole == no_hole) continue;
        emission.reads = uint64_t(1) << emission.kind;
        // Text, reasoning and refusals have four bits each.
        if (emission.kind < 3) emission.reads |= uint64_t(0xF) << (C_SLUICE_READS_PIECES + emission.kind * 4);
        noted |= emission.reads;
        emission.record.choice = emission.choice.value;
        emission.record.tool = emission.tool.value;
        if (emission.is_tool) tool_kinds |= uint64_t(1) << emission.kind;
        if (emission.choice.hole < 0) choices = std::max(choices, static_cast<uint32_t>(emission.choice.value) + 1);
        if (emission.is_tool && emission.tool.hole < 0) {
            tools = std::max(tools, static_cast<uint32_t>(emission.tool.value) + 1);
        }
    }
    if (emissions.size() == 1 && !is_terminal && !has_terms && emissions[0].choice.hole < 0 && emissions[0].tool.hole < 0) {
        only_text = emissions[0].hole;
    }
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
    holes.clear();
    for (size_t i = 0; i < count; i++) {
        holes.emplace_back(static_cast<uint32_t>(found[i].begin - event), static_cast<uint32_t>(found[i].end - event));
    }
}

void Skeleton::missed_narrow(const uint8_t *event, const uint8_t *end, const Found *found) {
    // Only events that can be learned are stored for comparison.
    if (static_cast<size_t>(end - event) > longest_event) return;
    size_t holes = wide_.pieces.size() - 1;
    if (has_sample_) {
        has_sample_ = false;
        if (!guarded(false, [&] { return narrow_to(event, found), true; })) narrow_.clear();
        return;
    }
    misses_++;
    // Often at first, then less and less often until there is a match: interleaved streams share no values.
    if ((misses_ & (misses_ - 1)) != 0) return;
    has_sample_ = guarded(false, [&] { return sample_.keep(event, end, found, holes), true; });
}

void Skeleton::narrow_to(const uint8_t *event, const Found *found) {
    size_t holes = wide_.pieces.size() - 1;
    std::array<bool, max_holes> is_text{};
    std::array<bool, max_holes> is_number{};
    for (const Emission &emission : wide_.emissions) {
        if (emission.hole != no_hole) is_text[emission.hole] = true;
        if (emission.choice.hole >= 0) is_number[static_cast<size_t>(emission.choice.hole)] = true;
        if (emission.tool.hole >= 0) is_number[static_cast<size_t>(emission.tool.hole)] = true;
    }
    auto is_common = [&](size_t hole) {
        auto [from, to] = sample_.holes[hole];
        size_t length = static_cast<size_t>(found[hole].end - found[hole].begin);
        return !is_text[hole] && to - from == length &&
               std::memcmp(sample_.bytes.data() + from, found[hole].begin, length) == 0;
    };
    narrow_.clear();
    narrow_.is_terminal = wide_.is_terminal;
    narrow_.reads = wide_.reads;
    narrow_.required = wide_.required;
    narrow_.ended = wide_.ended;
    narrow_.payload = wide_.payload;
    narrow_.tokens = wide_.tokens;
    narrow_.markers = wide_.markers;
    std::array<int, max_holes> renumbered;
    renumbered.fill(-1);
    size_t usual = 0;
    const uint8_t *cursor = event;
    uint32_t literal = 0;
    int next = 0;
    uint16_t tokens = 0;
    auto add_piece = [&](const uint8_t *to, HoleKind hole) {
        narrow_.text.insert(narrow_.text.end(), cursor, to);
        uint32_t length = static_cast<uint32_t>(narrow_.text.size()) - literal;
        narrow_.pieces.emplace_back(literal, length, hole, tokens);
        literal += length;
        tokens = 0;
    };
    for (size_t hole = 0; hole < holes; hole++) {
        tokens += wide_.pieces[hole].tokens;
        size_t length = static_cast<size_t>(found[hole].end - found[hole].begin);
        if (is_common(hole)) {
            uint32_t offset = literal + static_cast<uint32_t>(found[hole].begin - cursor);
            // Numbers with a sign or a fraction cannot be pinned values, nor values that are stored elsewhere too.
            bool is_numeral = wide_.pieces[hole].hole == HoleKind::number;
            bool is_fixed = is_number[hole] || (is_numeral && skip_digits(found[hole].begin, found[hole].end) < found[hole].end);
            narrow_.settled.push_back({offset, static_cast<uint32_t>(length), is_numeral, is_fixed});
            continue;
        }
        renumbered[hole] = next++;
        bool is_usual = !is_text[hole] && length >= shortest_usual &&
                        sample_.holes[hole].second - sample_.holes[hole].first == length;
        if (is_usual) usual += length;
        add_piece(found[hole].begin, wide_.pieces[hole].hole);
        cursor = found[hole].end;
    }
    const Piece &last = wide_.pieces.back();
    const uint8_t *behind = holes == 0 ? event : found[holes - 1].end;
    tokens += last.tokens;
    add_piece(behind + last.length, HoleKind::none);
    // A number that is part of a literal is constant.
    auto narrowed = [&](Number &number) {
        if (number.hole < 0) return true;
        size_t hole = static_cast<size_t>(number.hole);
        number.hole = static_cast<int16_t>(renumbered[hole]);
        return number.hole >= 0 || number_of(found[hole], number.value);
    };
    for (Emission emission : wide_.emissions) {
        if (!narrowed(emission.choice) || !narrowed(emission.tool)) return narrow_.clear();
        if (emission.hole != no_hole) emission.hole = static_cast<uint16_t>(renumbered[emission.hole]);
        narrow_.emissions.push_back(emission);
    }
    for (const Fixed &fixed : wide_.fixed) {
        narrow_.fixed.push_back({static_cast<uint16_t>(renumbered[fixed.hole]), fixed.value});
    }
    narrow_.measure();
    narrow_.line_feed += static_cast<uint32_t>(usual);
}

}  // namespace sluice
