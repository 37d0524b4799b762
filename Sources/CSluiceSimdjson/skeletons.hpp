// A skeleton is an event that was read once, with holes where its strings and numbers stood. The next event that has the
// same bytes around its holes is read by comparing them: no scan for delimiters, no index, no walk.
//
//     data: {"id":"…","n":…,"choices":[{"delta":{"content":"…"}}]}\n\n
//     ^^^^^^^^^^^^^ ^^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ^^^^^^^^      literals: compared byte for byte
//                  1        2                                 3              holes: strings and numbers
//
// Why a match means what framing, simdjson and the walk would have found. The event that was learnt was framed, indexed,
// walked and read; its literals are all of its bytes but the values in its holes. Let the bytes at hand consist of the
// same literals in the same order, with between them
//
// - in a string hole, bytes up to the first quote that no backslash takes: no control byte, valid UTF-8,
// - in a number hole, the longest run of bytes that numbers are made of, and a number by RFC 8259's grammar.
//
// Framing. A skeleton is asked for only in the framing that it was learnt in. No hole has a CR or LF, so line ends stand
// where they stood in the event that was learnt: in its literals. Each line begins with a literal, longer than `data: `
// or `event: ` and a byte, so its field is the same field; the event's type is a literal. A line of NDJSON is a line. An
// event is learnt only if it ends with LF LF or CR LF CR LF (NDJSON: with LF), so no byte behind it belongs to it: not
// even the LF of a CR LF.
//
// Ids. A line `id: …` before an event is let go by framing before the event begins, and means nothing to deltas. So it is
// passed over, wherever it stands in front of an event that matches, but for an id past its limit; where it ends, a line ends.
//
// Stage 1. What it checks is UTF-8, control bytes in strings and that strings are closed. Holes are checked for all three,
// and literals were, cut at ASCII bytes. A backslash in a hole takes the byte behind it, as stage 1 has it; there is none
// at a hole's edges but in the hole. So quotes pair as they did, and outside of strings stand the same bytes as before
// and the numbers.
//
// The narrow form has the values that a stream repeats among its literals. Where one of them differs, and all else is the
// same, the new one is as long, and of digits where digits stood (and no zero in front), or of ASCII bytes that stand for
// themselves where a string stood: a hole there would have taken both.
//
// The walk. Outside of strings bytes alone decide where tokens begin. A number hole stands where a number stood, and is
// taken to its last byte: the literal behind it begins with none that a number could go on with. So the sequence of
// tokens is the one that was learnt, but for the values of strings and numbers in holes. Keys, brackets, true, false and
// null are literals, and so are strings at discriminators (what a format's conditions ask for). Hence the same grammar,
// nesting, repeated keys and captures, in the same order; a walk that dropped captures of repeated keys is never learnt.
//
// The reading. What the rules made of the event was a plan (see Plan.swift): to hand on certain captures as text, and
// nothing else, or to take the stream for complete. It depends on nothing but the sequence of captures. So the deltas are
// those captures' new bytes.
//
// By simdjson's index. Where the limits ask for no skeletons, all bytes go through stage 1, many lines at once (see
// indexer.hpp), and forms are compared along its index. The payload's first token is where the form has it, and a hole ends
// with its token: in front of the token that comes as many entries later as it did in the event that was learnt, where a
// string's closing quote must stand, or the last byte of a number, by its grammar. By the same argument, from literal to
// literal, that is the token behind the hole: outside of strings the bytes are the same, so as many tokens stand among them.
// A hole has no line end then either: stage 1 finds fault with one in a string, and numbers have none.
//
// Markers. An event whose data is no document but a marker of the format, such as [DONE], is learnt whole: without a hole,
// so a match is the same event.
//
// Text. Where a format takes payloads as they stand, an event has one hole, `text`: the rest of the line behind `data: `, to
// its end. It is valid UTF-8, without a CR, and no marker, so it is what framing would have handed out: one line of data, and
// one delta. Where a second line of data follows, with no data in it, the text ends with a line feed: the first line's own.
//
// A cut event. Where the bytes end before the form does, all there are have been compared: they are the beginning of such an
// event. No line feed that they have ends an event, so there is nothing in them to frame, and the rest may be awaited.
//
// On any doubt there is no match, and simdjson reads the event, and may teach.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "index.hpp"
#include "looks.hpp"
#include "shapes.hpp"
#include "table.hpp"

namespace sluice {

class Indexer;
struct Kernel;

// `text` is a line's rest, as it stands.
enum class HoleKind : uint8_t { none, string, number, text };

// A literal, and the hole behind it.
struct Piece {
    uint32_t literal;   // offset in the form's text
    uint32_t length;
    HoleKind hole;
    uint16_t tokens;    // from the one behind the hole before, or the payload's first, to the one behind this hole
    uint32_t reach;     // bytes that may be looked at: the literal, and the widest vector behind it where a hole is

    Piece(uint32_t literal, uint32_t length, HoleKind hole, uint16_t tokens)
        : literal(literal), length(length), hole(hole), tokens(tokens),
          reach(length + (hole == HoleKind::none ? 0 : 32)) {}
};

// What one hole held.
struct Found {
    const uint8_t *begin;
    const uint8_t *end;
    bool is_escaped;
};

// What a matcher returns where the bytes end before the form does, and are as its beginning: the event was cut.
inline const uint8_t *const ran_out = reinterpret_cast<const uint8_t *>(1);

// Whether a matcher or what it is made of has found an end: neither null nor `ran_out`.
inline bool is_end(const uint8_t *p) { return reinterpret_cast<uintptr_t>(p) > 1; }

// Holes that a skeleton may have.
inline constexpr size_t max_holes = 48;

// A number that stands in a hole, or is always the same.
struct Number {
    int16_t hole;           // -1: `value`
    int32_t value;
};

inline constexpr uint16_t no_hole = 0xFFFF;

// A delta that every match brings forth.
struct Emission {
    uint16_t hole;          // the text; no_hole: there is none, and the two numbers are tokens
    uint8_t kind;
    bool is_tool;           // of a tool call, whose number is limited
    Number choice;
    Number tool;
    c_sluice_record record; // what is always the same of it
};

// A hole whose value is literal in a form: an id, a time. Where all else is as it was, another value as long takes its
// place, if it is of digits, or of the bytes that stand in a string for themselves: the form is mended, and has matched.
struct Settled {
    uint32_t offset;           // in the form's text
    uint32_t length;
    bool is_number;
    bool is_fixed;             // of a choice or tool call: its value is written down elsewhere too
};

// Literals and holes, laid out for comparing.
struct Form {
    std::vector<uint8_t> text;
    std::vector<Piece> pieces;
    std::vector<Settled> settled;
    std::vector<Emission> emissions;
    // The hole of the only delta, if there is one delta, of text, with numbers that are always the same; or none.
    uint16_t only_text = no_hole;
    bool is_terminal = false;   // a match says that the stream is complete
    // One more than the highest of the choices and tool calls whose numbers are always the same.
    uint32_t choices = 0;
    uint32_t tools = 0;
    // The line feed that ends the event's data: where it stands if the holes of text are empty, and the others as long as
    // they were; and how many bytes it is from there to the event's end.
    uint32_t line_feed = 0;
    uint32_t behind_line_feed = 0;
    uint32_t payload = 0;       // where in the event its payload begins
    uint32_t tokens = 0;        // how many the payload has
    const Markers *markers = nullptr;  // the table's, where the payload is text: what is none
    // Of the last comparison without a match: where it ended. Null: there was none.
    const uint8_t *reached = nullptr;
    // Bytes that comparing has looked at once more since this was 0.
    size_t seen_again = 0;

    void measure();
    bool is_empty() const { return pieces.empty(); }
    void clear() {
        text.clear();
        pieces.clear();
        settled.clear();
        emissions.clear();
        only_text = no_hole;
        is_terminal = false;
        choices = 0;
        tools = 0;
        payload = 0;
        tokens = 0;
        markers = nullptr;
    }
};

// Events that are being read one behind the other, and what they have come to.
struct Run : c_sluice_run {
    c_sluice_record *last_record;   // one more event may be begun as long as the next is written no further
    uint32_t *next_escaped;         // where the number of the next record with escapes is written
    uint64_t to_stream;             // what is added to an address for the offset in the stream,
    uint64_t to_region;             // and in the records' region
    uint64_t key;                   // of the skeletons that may match
    uint32_t max_choices;
    uint32_t max_tools;
    bool joins_lines;               // an event may have two lines of data
    Tokens tokens;                  // from `next` on, where events are read by them

    // What reading events has changed in a copy of this.
    void take_over(const Run &copy) {
        next = copy.next;
        record = copy.record;
        next_escaped = copy.next_escaped;
        events = copy.events;
        count = copy.count;
        is_terminal = copy.is_terminal;
    }

    bool has_room() const { return record <= last_record; }
    bool is_indexed() const { return tokens.base != nullptr; }

    // Whether no number that the form always brings forth passes a limit; those in holes are asked for by `take`.
    bool may_take(const Form &form) const {
        return form.choices <= max_choices && form.tools <= max_tools && (form.markers == nullptr || !is_indexed());
    }

    // Adds what the event at `next`, which has this form, brings forth, and goes on behind it; false, and nothing done,
    // where it is too long, or a number is no number of a choice or tool call, or passes a limit.
    inline bool take(const Form &form, const Found *found, const uint8_t *behind);

    // The same of an event that brings forth this text alone, which is wanted.
    inline bool take_text(const Emission &emission, const Found &text, const uint8_t *behind);

    bool wants(const Emission &emission) const { return (kinds >> emission.kind & 1) != 0; }

private:
    inline bool find_numbers(const Emission &emission, const Found *found, int32_t &choice, int32_t &tool) const;
    inline bool add(const Emission &emission, const Found *found);
    inline void add_text(const Emission &emission, const Found &text);
};

// An event that was kept, to be compared with the next that matches: bytes, and where its holes lie in them.
struct Instance {
    std::vector<uint8_t> bytes;
    std::vector<std::pair<uint32_t, uint32_t>> holes;

    void keep(const uint8_t *event, const uint8_t *end, const Found *found, size_t count);
};

// An event, and what was found in it.
struct Lesson {
    const c_sluice_table &table;
    const c_sluice_event &event;
    Text payload;
    // Of a document.
    const uint32_t *index = nullptr;
    uint32_t count = 0;
    const CaptureList *captures = nullptr;
};

class Skeleton {
public:
    // What tells the events of one table and framing from all others: the same format may come in both.
    static uint64_t key_of(const c_sluice_table &table, bool is_lines) { return table.number << 1 | (is_lines ? 1 : 0); }
    bool is_of(uint64_t key) const { return key_ == key && !wide_.is_empty(); }
    bool is_within(const c_sluice_limits &limits) const {
        return depth_ <= limits.max_depth && captures_ <= limits.max_captures && name_bytes_ <= limits.max_name_bytes;
    }

    // The form to try first: what a stream repeats from event to event is literal in it; null when there is none.
    Form *narrow() { return narrow_.is_empty() ? nullptr : &narrow_; }
    Form &wide() { return wide_; }

    // The skeleton that came behind this one's run of events last time, or none: an index of the store.
    uint8_t follower = no_follower;
    static constexpr uint8_t no_follower = 0xFF;

    // False where the event can have no skeleton, or there is no memory for one: this is none then.
    bool learn(const Lesson &lesson) { return learn_anew(&Skeleton::build_document, lesson); }
    bool learn_marker(const Lesson &lesson) { return learn_anew(&Skeleton::build_marker, lesson); }
    bool learn_text(const Lesson &lesson) { return learn_anew(&Skeleton::build_text, lesson); }

    // The event matched in its wide form only. After two such, the narrow form is what both have in common.
    void missed_narrow(const uint8_t *event, const uint8_t *end, const Found *found);
    void matched_narrow() { misses_ = 0; }

private:
    bool learn_anew(bool (Skeleton::*build)(const Lesson &), const Lesson &lesson);
    bool build_document(const Lesson &lesson);
    bool build_marker(const Lesson &lesson);
    bool build_text(const Lesson &lesson);
    void reset();
    void narrow_to(const uint8_t *event, const Found *found);

    uint64_t key_ = 0;
    uint32_t depth_ = 0;
    uint32_t captures_ = 0;
    uint32_t name_bytes_ = 0;
    uint32_t misses_ = 0;
    bool has_sample_ = false;
    Form wide_;
    Form narrow_;
    Instance sample_;
};

// The skeletons of a parser, the one used last in front.
class SkeletonStore {
public:
    SkeletonStore();

    // Bytes that were compared or indexed.
    uint64_t looks() const { return looks_.count(); }
    // Whether bytes may be looked at that may have to be looked at again.
    bool may_look_ahead() const { return looks_.may_compare(); }
    void parsed(size_t bytes, size_t indexed) { looks_.parsed(bytes, indexed); }
    // What the last run has read is read once more.
    void discard_run() { looks_.discard(); }

    // Reads events of known skeletons, until one is none: by their bytes alone, or, where the limits ask for no skeletons,
    // by simdjson's index of them.
    void run(const c_sluice_table &table, const c_sluice_limits &limits, Run &run, Indexer &indexer);

    // Whether an event that was read by a plan, but had no skeleton, is worth learning now.
    bool wants_learning();
    void learn(const Lesson &lesson, const c_sluice_limits &limits, bool (Skeleton::*learn)(const Lesson &));

    // The number of the record, among the last run's, whose bytes are the `index`th that have escapes.
    uint32_t escaped(uint32_t index) const { return escaped_[index]; }

private:
    static constexpr size_t capacity = 16;
    static constexpr size_t tries = 8;

    // Records of one run. Its bytes are not counted in fewer bits than any chunk's.
    static constexpr size_t max_records = 256;

    static size_t places_of(const c_sluice_limits &limits) {
        return limits.max_skeletons == 0 ? capacity : std::min(capacity, static_cast<size_t>(limits.max_skeletons));
    }
    bool may_match(const Skeleton &skeleton, const c_sluice_limits &limits, const Run &run) const;
    const uint8_t *match(Form &form, Run &run, Found *found);
    const uint8_t *match_all(Form &form, Run &run);
    const uint8_t *match_narrow(Skeleton &skeleton, Run &run);
    const uint8_t *match_wide(Skeleton &skeleton, Run &run);
    const uint8_t *match_follower(const c_sluice_limits &limits, size_t places, Run &run);
    const uint8_t *match_any(const c_sluice_limits &limits, Run &run);
    template <class Match> const uint8_t *match_behind_id(Run &run, Match match);
    bool read_carried(const c_sluice_limits &limits, Run &run);
    void read(const c_sluice_limits &limits, Run &run);
    void read_indexed(const c_sluice_limits &limits, Run &run, Indexer &indexer);
    void begin(const c_sluice_table &table, const c_sluice_limits &limits, Run &run);
    size_t least();
    uint32_t pause_after(const Run &run);
    bool ended_in_text(const Run &run);
    void bring_forward(size_t place);
    void took_last(size_t places);

    void look(Form &form, const Run &run, const uint8_t *behind);

    Looks looks_;
    // Events that are parsed now were asked for among those that are known: what was not found is worth learning.
    bool has_compared_ = true;
    std::array<Skeleton, capacity> skeletons_;
    std::array<uint8_t, capacity> order_;
    const Kernel &kernel_;
    std::array<uint32_t, max_records> escaped_;

    // Learning an event costs some hundred times as much as matching one: it is paid for by events that are read.
    static constexpr uint32_t learning_cost = 256;
    uint32_t credit_ = 64 * learning_cost;
    // Runs without a match that are taken as they come; then a pause of as many runs, up to the longest.
    static constexpr uint32_t patience = 15;
    static constexpr uint32_t longest_pause = 255;
    uint32_t last_pause_ = 0;
    // How many skeletons may be tried in vain for an event that matches, on average; and how many more, at first and after
    // a pause.
    static constexpr int32_t worth_tries = 6;
    // Events to be read otherwise where too much was looked at in vain.
    static constexpr uint32_t short_pause = 8;
    // To begin and end a run costs as much as reading this many texts one by one.
    static constexpr int32_t worth_texts = 12;
    static constexpr int32_t most_balance = 256;
    static constexpr int32_t new_balance = 32;
    int32_t balance_ = most_balance;
};

}  // namespace sluice
