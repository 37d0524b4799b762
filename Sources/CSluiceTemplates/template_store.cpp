// The store of a parser's event templates, and matching the current events with them.
#include "template_store.hpp"

#include <algorithm>

#include "kernels.hpp"
#include "plain_event.hpp"
#include "program.hpp"

namespace sluice {

TemplateStore::TemplateStore() : kernel_(kernel()) {
    for (uint8_t i = 0; i < order_.size(); i++) order_[i] = i;
}

inline bool TemplateStore::may_match(const EventTemplate &event_template, const c_sluice_limits &limits, const Run &run) const {
    return event_template.is_of(run.key) && event_template.is_within(limits);
}

// Counts the bytes that the kernel has read at `run.next`, if its result is `behind` and the event is not taken.
void TemplateStore::look(Form &form, const Run &run, const uint8_t *behind) {
    const uint8_t *reached = is_end(behind) ? behind : behind == ran_out ? run.end : form.reached;
    if (reached != nullptr && reached > run.next) looks_.missed(static_cast<size_t>(reached - run.next));
    if (form.seen_again > 0) looks_.missed(form.seen_again);
    form.seen_again = 0;
}

// The kernel's result for the current event.
inline const uint8_t *TemplateStore::match(Form &form, Run &run, Found *found) {
    form.reached = nullptr;
    const uint8_t *behind = kernel_.match(form, run.next, run.end, found);
    if (!is_end(behind)) look(form, run, behind);
    return behind;
}

// Takes the next event if it has this template's narrow form. Returns the result of the kernel's `match`, or null if the event
// matches but cannot be read.
inline const uint8_t *TemplateStore::match_narrow(EventTemplate &event_template, Run &run) {
    Form *narrow = event_template.narrow();
    if (narrow == nullptr || !run.may_take(*narrow)) return nullptr;
    Found found[max_slots];
    const uint8_t *behind = match(*narrow, run, found);
    if (!is_end(behind)) return behind;
    event_template.matched_narrow();
    const uint8_t *start = run.next;
    if (run.take<Taking::any>(*narrow, found, behind)) {
        looks_.matched(static_cast<size_t>(behind - start), run.scanned);
        return behind;
    }
    look(*narrow, run, behind);
    return nullptr;
}

inline const uint8_t *TemplateStore::match_wide(EventTemplate &event_template, Run &run) {
    if (!run.may_take(event_template.wide())) return nullptr;
    Found found[max_slots];
    const uint8_t *start = run.next;
    const uint8_t *behind = match(event_template.wide(), run, found);
    if (!is_end(behind)) return behind;
    // Before the form is patched after a miss.
    bool is_taken = run.take<Taking::any>(event_template.wide(), found, behind);
    event_template.missed_narrow(start, behind, found);
    if (is_taken) {
        looks_.matched(static_cast<size_t>(behind - start), run.scanned);
        return behind;
    }
    look(event_template.wide(), run, behind);
    return nullptr;
}

void TemplateStore::bring_forward(size_t place) {
    uint8_t number = order_[place];
    for (; place > 0; place--) order_[place] = order_[place - 1];
    order_[0] = number;
}

// Takes the next event with the template that followed the first one last time: the responses of a stream have the same kinds
// of events in the same order.
const uint8_t *TemplateStore::match_follower(const c_sluice_limits &limits, size_t places, Run &run) {
    uint8_t follower = templates_[order_[0]].follower;
    if (follower == EventTemplate::no_follower || !may_match(templates_[follower], limits, run)) return nullptr;
    const uint8_t *behind = match_narrow(templates_[follower], run);
    if (!is_end(behind)) return behind;
    size_t place = static_cast<size_t>(std::find(order_.begin(), order_.end(), follower) - order_.begin());
    if (place < places) bring_forward(place);
    return behind;
}

// Takes the next event with any template, in the order of their last use: first the narrow forms, except that of the first
// template, which was tried before, then the wide ones.
const uint8_t *TemplateStore::match_any(const c_sluice_limits &limits, Run &run) {
    size_t places = places_of(limits);
    if (const uint8_t *behind = match_follower(limits, places, run)) return behind;
    uint8_t first = order_[0];
    for (bool is_wide : {false, true}) {
        size_t left = tries;
        for (size_t place = is_wide ? 0 : 1; place < places && left > 0 && looks_.may_compare(); place++) {
            uint8_t number = order_[place];
            if (!may_match(templates_[number], limits, run)) continue;
            left--;
            const uint8_t *behind = is_wide ? match_wide(templates_[number], run) : match_narrow(templates_[number], run);
            if (behind == nullptr) {
                balance_--;
                continue;
            }
            // The others need not be tried: most templates have the beginning of an event in common.
            if (behind == ran_out) return ran_out;
            if (place > 0) {
                templates_[first].follower = number;
                bring_forward(place);
            }
            return behind;
        }
    }
    return nullptr;
}

// Takes the next event with `match`, and an id line before it if there is one. If neither is taken, `run.next` is not changed.
template <class Match>
const uint8_t *TemplateStore::match_behind_id(Run &run, Match match) {
    const uint8_t *start = run.next;
    const uint8_t *first = behind_id(start, run.end, run.max_id_bytes);
    if (first != start) {
        // Twice, for both kinds of line ends, and within the limit of an id.
        size_t length = static_cast<size_t>((is_end(first) ? first : run.end) - start);
        looks_.missed(2 * std::min(length, static_cast<size_t>(run.max_id_bytes) + 5));
    }
    if (!is_end(first)) return first;
    run.next = first;
    const uint8_t *behind = match();
    if (!is_end(behind)) run.next = start;
    return behind;
}

// Takes the following events while they have this form; returns the kernel's result for the next one.
inline const uint8_t *TemplateStore::match_all(Form &form, Run &run) {
    const uint8_t *start = run.next;
    form.reached = nullptr;
    const uint8_t *behind = begins_with_id(start, run.end) ? kernel_.match_all_behind_ids(form, run) : kernel_.match_all(form, run);
    looks_.matched(static_cast<size_t>(run.next - start), run.scanned);
    if (behind != run.next) look(form, run, behind);
    return behind;
}

// Takes events until one matches no template, or is cut.
void TemplateStore::read(const c_sluice_limits &limits, Run &run) {
    while (run.has_room() && run.next < run.end && looks_.may_compare()) {
        // Most events have the template of the previous one.
        EventTemplate &first = templates_[order_[0]];
        if (may_match(first, limits, run) && first.narrow() != nullptr && run.may_take(*first.narrow())) {
            const uint8_t *before = run.next;
            Form &form = *first.narrow();
            const uint8_t *behind = match_all(form, run);
            if (run.next > before) first.matched_narrow();
            if (behind == ran_out) run.is_cut = true;
            if (run.is_cut || !run.has_room() || run.next == run.end) break;
        }
        const uint8_t *behind = match_behind_id(run, [&] { return match_any(limits, run); });
        if (behind == ran_out) run.is_cut = true;
        if (!is_end(behind)) break;
    }
}

// Takes the cut event whose beginning was carried; false if it matches no template, or is cut again.
bool TemplateStore::read_carried(const c_sluice_limits &limits, Run &run) {
    const uint8_t *bytes = run.next, *end = run.end;
    uint64_t to_stream = run.to_stream, to_region = run.to_region;
    c_sluice_record *first_record = run.record;
    run.next = run.carried;
    run.end = run.carried + run.carried_length;
    run.to_stream = run.stream_offset - run.carried_before - address_of(run.carried);
    run.to_region = 0 - address_of(run.carried);
    const uint8_t *behind = match_behind_id(run, [&] {
        EventTemplate &first = templates_[order_[0]];
        const uint8_t *end_of_first = may_match(first, limits, run) ? match_narrow(first, run) : nullptr;
        return end_of_first != nullptr ? end_of_first : match_any(limits, run);
    });
    run.is_cut = behind == ran_out;
    run.next = bytes;
    run.end = end;
    run.to_stream = to_stream;
    run.to_region = to_region;
    if (!is_end(behind)) return false;
    // The beginning of an event contains no event end.
    if (behind < run.carried + run.carried_before) __builtin_trap();
    run.next += behind - run.carried - run.carried_before;
    for (c_sluice_record *record = first_record; record < run.record; record++) record->region = C_SLUICE_CARRIED;
    return true;
}

void TemplateStore::run(const c_sluice_table &table, const c_sluice_limits &limits, Run &run) {
    const uint8_t *start = run.next;
    run.begin(limits);
    run.key = EventTemplate::key_of(table, run.is_lines);
    run.is_cut = false;
    run.pause = 0;
    looks_.begin();
    has_compared_ = looks_.may_compare();
    if (!has_compared_) {
        run.pause = short_pause;
        return;
    }
    if (run.carried == nullptr || read_carried(limits, run)) read(limits, run);
    run.bytes = static_cast<size_t>(run.next - start);
    run.escaped_count = static_cast<size_t>(run.next_escaped - run.escaped);
    run.pause = pause_after(run);
    run.least = least();
}

size_t TemplateStore::least() {
    EventTemplate &first = templates_[order_[0]];
    return (first.narrow() != nullptr ? *first.narrow() : first.wide()).text.size();
}

// Whether the events read were text, and are followed by an event that matches no template.
bool TemplateStore::ended_in_text(const Run &run) {
    return templates_[order_[0]].wide().markers != nullptr && !run.is_cut && run.has_room() && run.next < run.end;
}

// Input that never matches is compared less and less often, and so is input with so many kinds of events that finding the
// right template costs more than it saves.
uint32_t TemplateStore::pause_after(const Run &run) {
    if (run.events > 0) {
        last_pause_ = 0;
        credit_ = static_cast<uint32_t>(std::min(credit_ + run.events, size_t{64} * learning_cost));
        int32_t events = static_cast<int32_t>(std::min(run.events, static_cast<size_t>(most_balance)));
        balance_ = std::min(balance_ + worth_tries * events, most_balance);
        if (ended_in_text(run)) balance_ -= worth_tries * worth_texts;
        if (balance_ >= 0) return 0;
        balance_ = new_balance;
        return longest_pause;
    }
    balance_ = std::max(balance_, -most_balance);
    // The bytes ended before the comparison was decided.
    if (run.is_cut) return 0;
    last_pause_ = std::min(last_pause_ * 2 + 1, longest_pause);
    return last_pause_ > patience ? last_pause_ - patience : 0;
}

bool TemplateStore::wants_learning() {
    if (!has_compared_) return false;
    credit_ = std::min(credit_ + 1, 64 * learning_cost);
    if (credit_ < learning_cost) return false;
    credit_ -= learning_cost;
    return true;
}

void TemplateStore::learn(const Event &lesson, const c_sluice_limits &limits, bool (EventTemplate::*learn)(const Event &)) {
    size_t places = places_of(limits);
    EventTemplate &last = templates_[order_[places - 1]];
    if (!(last.*learn)(lesson)) return;
    // An event may have a known template and not match it, as a text with three line ends: a second one would not match either.
    for (EventTemplate &other : templates_) {
        if (&other != &last && other.is_same(last)) return last.reset();
    }
    took_last(places);
}

// The template in the last place was replaced: it no longer follows any other.
void TemplateStore::took_last(size_t places) {
    uint8_t number = order_[places - 1];
    for (EventTemplate &event_template : templates_) {
        if (event_template.follower == number) event_template.follower = EventTemplate::no_follower;
    }
    templates_[order_[0]].follower = number;
    bring_forward(places - 1);
    last_pause_ = 0;
    balance_ = std::max(balance_, new_balance);
}

}  // namespace sluice
