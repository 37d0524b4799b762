#include "programs.hpp"

#include <algorithm>

namespace sluice {

uint64_t ProgramStore::hash_of(const c_sluice_table &table, Text payload, const CaptureList &captures) {
    constexpr uint64_t factor = 0x9E3779B97F4A7C15;
    uint64_t hash = table.number;
    for (const c_sluice_capture &capture : captures) {
        Key key(capture);
        hash = ((hash ^ key.words[0]) * factor ^ key.words[1]) * factor;
        if (!table.is_discriminator[capture.path]) continue;
        const uint8_t *bytes = payload.bytes + capture.offset;
        hash = (hash ^ key_head(bytes, capture.length, payload.end()) ^ uint64_t(capture.length) << 56) * factor;
        if (capture.length > 8) hash = (hash ^ word_at(bytes + capture.length - 8)) * factor;
    }
    return hash;
}

const Program *ProgramStore::find_other(const c_sluice_table &table, Text payload, const CaptureList &captures) {
    uint64_t hash = hash_of(table, payload, captures);
    for (Entry &entry : sets_[hash >> 60].entries) {
        if (entry.hash != hash || !entry.is_of(table, payload, captures)) continue;
        last_->after = &entry;
        last_ = &entry;
        return &entry.program;
    }
    return nullptr;
}

const Program *ProgramStore::like_expected(const c_sluice_table &table, const c_sluice_limits &limits, Walker &walker,
                                           const Text &payload, size_t available, const Index &index,
                                           ExpectedEvent::Values &values, const ExpectedEvent *&event, size_t compared) {
    constexpr int64_t most_spare = 2 * 1024;
    spare_ = std::min(spare_ + static_cast<int64_t>(payload_bytes_ - paid_bytes_), most_spare);
    paid_bytes_ = payload_bytes_;
    spare_ -= static_cast<int64_t>(wasted_ - charged_);
    charged_ = wasted_;
    auto spent = [&] {
        compared_ += compared;
        spare_ -= static_cast<int64_t>(compared);
        compared = 0;
        return spare_ < 0;
    };
    Entry *const after = last_->after;
    if (spent()) return nullptr;
    if (last_ != after && last_->may_expect(table, limits) && last_->expected.is_at(payload, available, index, values, compared)) {
        last_->hits++;
        last_->after = last_;
        event = &last_->expected;
        return &last_->program;
    }
    for (Entry *entry : {last_, after}) {
        if (spent()) return nullptr;
        if (!entry->may_expect(table, limits)) continue;
        if (entry->expected.is_like(walker, payload, available, index, values, compared)) {
            last_ = last_->after = entry;
            event = &entry->expected;
            if (!entry->is_tired()) return &entry->program;
            // It is walked, and learned.
            compared = payload.length;
            break;
        }
        if (last_ == after) break;
    }
    spent();
    return nullptr;
}

void ProgramStore::expect(const c_sluice_table &table, Text payload, const Index &index, const CaptureList &captures) {
    constexpr uint32_t most_patience = 1024;
    Entry &entry = *last_;
    if (!entry.is_tired()) return;
    // Values that stayed the same for so many events are worth comparing again.
    constexpr uint32_t steady_hits = 4;
    const bool last = entry.hits >= steady_hits;
    entry.patience = entry.hits >= 16 ? 2 : std::min(entry.patience * 2, most_patience);
    entry.hits = entry.misses = 0;
    ExpectedEvent::Lesson lesson{table, payload, index, captures, entry.program};
    bool is_learned = guarded(false, [&] { return learned_.learn(lesson, entry.expected, last); });
    if (!is_learned) learned_.clear();
    entry.expected.swap(learned_);
}

// False if the signature is too long.
bool ProgramStore::Entry::keep(const c_sluice_table &of, Text payload, const CaptureList &captures) {
    if (captures.size() > most_captures) return false;
    count = captures.size();
    compared_count = 0;
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        const c_sluice_capture &capture = captures[i];
        keys[i] = Key(capture);
        if (!of.is_discriminator[capture.path]) continue;
        if (capture.length > most_bytes - used) return false;
        compared[compared_count++] = {i, capture.length, static_cast<uint32_t>(used)};
        std::memcpy(bytes.data() + used, payload.bytes + capture.offset, capture.length);
        used += capture.length;
    }
    return true;
}

void ProgramStore::keep(const c_sluice_table &table, Text payload, const CaptureList &captures, const c_sluice_lesson &lesson) {
    if (!may_keep_) return;
    uint64_t hash = hash_of(table, payload, captures);
    Set &set = sets_[hash >> 60];
    Entry &entry = set.entries[set.next];
    set.next = static_cast<uint8_t>((set.next + 1) % ways);
    entry.table = 0;
    entry.program.clear();
    entry.expected.clear();
    entry.after = &entry;
    entry.hits = entry.misses = 0;
    entry.patience = 1;
    if (!entry.keep(table, payload, captures)) return;
    auto text = [](uint16_t capture) { return static_cast<int>(capture); };
    auto number = [&](uint16_t capture) { return captures[capture].kind == C_SLUICE_NUMBER ? static_cast<int>(capture) : -1; };
    Program &program = entry.program;
    bool is_built = guarded(false, [&] {
        return program.build(lesson) && program.rename(text, number) && !program.has_repeated_text();
    });
    if (!is_built) return program.clear();
    program.measure();
    entry.hash = hash;
    entry.table = table.number;
}

bool Program::build(const c_sluice_lesson &lesson) {
    if (lesson.step_count > C_SLUICE_STEPS) return false;
    auto number = [](uint16_t capture, int32_t value) {
        return capture == no_value ? Number{-1, value} : Number{static_cast<int16_t>(capture), 0};
    };
    for (size_t i = 0; i < lesson.step_count; i++) {
        const c_sluice_step &step = lesson.steps[i];
        if ((step.tag & 0xFF) == C_SLUICE_TAG_TERMINAL) {
            is_terminal = true;
            continue;
        }
        Emission emission{step.capture, static_cast<uint8_t>(step.tag), (step.tag & C_SLUICE_TAG_TOOL) != 0, 0,
                          number(step.choice_capture, step.choice), number(step.tool_capture, step.tool), {}};
        emission.record.kind = emission.kind;
        emission.record.flags = static_cast<uint8_t>((step.tag & ~C_SLUICE_TAG_TOOL) >> C_SLUICE_TAG_FLAGS);
        emissions.push_back(emission);
    }
    required = lesson.required;
    ended = lesson.ended;
    if (ended != 0) reads |= C_SLUICE_READS_WHOLE;
    return true;
}

void Program::become_text() {
    Emission emission{0, C_SLUICE_KIND_TEXT, false, 0, Number{-1, 0}, Number{-1, 0}, {}};
    emission.record.kind = emission.kind;
    emissions.push_back(emission);
}

bool Program::has_text(size_t value) const {
    return std::any_of(emissions.begin(), emissions.end(), [=](const Emission &one) { return one.text == value; });
}

bool Program::reads_value(size_t value) const {
    auto number = static_cast<int>(value);
    return has_text(value) || std::any_of(emissions.begin(), emissions.end(), [=](const Emission &one) {
        return one.choice.value_number == number || one.tool.value_number == number;
    });
}

bool Program::has_repeated_text() const {
    for (size_t i = 0; i < emissions.size(); i++) {
        for (size_t j = 0; j < i; j++) {
            if (emissions[i].text != no_value && emissions[i].text == emissions[j].text) return true;
        }
    }
    return false;
}

void Program::measure() {
    noted = reads;
    tool_kinds = 0;
    choices = tools = 0;
    only_text = no_value;
    for (Emission &emission : emissions) {
        if (emission.text == no_value) continue;
        emission.reads = uint64_t(1) << emission.kind;
        // Text, reasoning and refusals have four bits each.
        if (emission.kind < 3) emission.reads |= uint64_t(0xF) << (C_SLUICE_READS_PIECES + emission.kind * 4);
        noted |= emission.reads;
        emission.record.choice = emission.choice.value;
        emission.record.tool = emission.tool.value;
        if (emission.is_tool) tool_kinds |= uint64_t(1) << emission.kind;
        if (emission.choice.value_number < 0) choices = std::max(choices, static_cast<uint32_t>(emission.choice.value) + 1);
        if (emission.is_tool && emission.tool.value_number < 0) {
            tools = std::max(tools, static_cast<uint32_t>(emission.tool.value) + 1);
        }
    }
    has_terms = has_terms || required != 0 || ended != 0;
    if (has_terms) noted = UINT64_MAX;
    bool is_one = emissions.size() == 1 && !is_terminal && !has_terms;
    if (is_one && emissions[0].choice.value_number < 0 && emissions[0].tool.value_number < 0) only_text = emissions[0].text;
}

}  // namespace sluice
