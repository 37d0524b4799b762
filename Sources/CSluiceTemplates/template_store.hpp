// The store of a parser's event templates (see event_template.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "looks.hpp"
#include "event_template.hpp"

namespace sluice {

struct Kernel;

// The templates of a parser, the most recently used first.
class TemplateStore {
public:
    TemplateStore();
    // The number of bytes compared.
    uint64_t looks() const { return looks_.count(); }
    // Whether the budget allows comparisons that may fail.
    bool may_look_ahead() const { return looks_.may_compare(); }
    void parsed(size_t bytes) { looks_.parsed(bytes); }
    void looked(size_t bytes) { looks_.looked(bytes); }
    // Undoes the last run: its events are read once more.
    void discard_run() { looks_.discard(); }

    // Reads the following events of the run while they match templates.
    void run(const c_sluice_table &table, const c_sluice_limits &limits, Run &run);

    // Whether to learn a template now from an event that a compiled program has read and that matched none.
    bool wants_learning();
    void learn(const Event &lesson, const c_sluice_limits &limits, bool (EventTemplate::*learn)(const Event &));

private:
    static constexpr size_t capacity = 16;
    static constexpr size_t tries = 12;

    static size_t places_of(const c_sluice_limits &limits) {
        return std::min(capacity, static_cast<size_t>(limits.max_templates));
    }
    bool may_match(const EventTemplate &event_template, const c_sluice_limits &limits, const Run &run) const;
    const uint8_t *match(Form &form, Run &run, Found *found);
    const uint8_t *match_all(Form &form, Run &run);
    const uint8_t *match_narrow(EventTemplate &event_template, Run &run);
    const uint8_t *match_wide(EventTemplate &event_template, Run &run);
    const uint8_t *match_follower(const c_sluice_limits &limits, size_t places, Run &run);
    const uint8_t *match_any(const c_sluice_limits &limits, Run &run);
    template <class Match> const uint8_t *match_behind_id(Run &run, Match match);
    bool read_carried(const c_sluice_limits &limits, Run &run);
    void read(const c_sluice_limits &limits, Run &run);
    size_t least();
    uint32_t pause_after(const Run &run);
    bool ended_in_text(const Run &run);
    void bring_forward(size_t place);
    void took_last(size_t places);

    void look(Form &form, const Run &run, const uint8_t *behind);

    // What every run needs is together.
    Looks looks_;
    std::array<uint8_t, capacity> order_;
    const Kernel &kernel_;
    // Learning an event costs about a hundred times as much as matching one: the events that are read pay for it.
    static constexpr uint32_t learning_cost = 256;
    uint32_t credit_ = 64 * learning_cost;
    // The number of runs without a match before a pause; the pause then has as many runs, up to the longest.
    static constexpr uint32_t patience = 15;
    static constexpr uint32_t longest_pause = 255;
    uint32_t last_pause_ = 0;
    // The average number of templates that may be tried in vain per matching event; and how many more, at first and after
    // a pause.
    static constexpr int32_t worth_tries = 6;
    // The number of events to parse after too many failed comparisons.
    static constexpr uint32_t short_pause = 8;
    // Beginning and ending a run costs as much as reading this many texts one by one.
    static constexpr int32_t worth_texts = 12;
    static constexpr int32_t most_balance = 256;
    static constexpr int32_t new_balance = 32;
    int32_t balance_ = most_balance;
    // Whether the events that are parsed now were compared before, so that those that did not match are worth learning.
    bool has_compared_ = true;
    std::array<EventTemplate, capacity> templates_;
};

}  // namespace sluice
