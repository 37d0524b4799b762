// Event templates ("skeletons" in code). A template is an event that was read once, with slots ("holes" in code) in place of
// its strings and numbers. The next event with the same bytes around its slots is read by comparison: no scan for delimiters,
// no index, no walk.
//
//     data: {"id":"…","n":…,"choices":[{"delta":{"content":"…"}}]}\n\n
//     ^^^^^^^^^^^^^ ^^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ^^^^^^^^      literals: compared byte for byte
//                  1        2                                 3              slots: strings and numbers
//
// Why a match gives the result of framing, simdjson and the walk. The learned event was framed, indexed, walked and read; its
// literals are all of its bytes except the values in its slots. Let the current bytes consist of the same literals in the
// same order, with between them
//
// - in a string slot, the bytes up to the first quote that is not escaped: no control byte, valid UTF-8,
// - in a number slot, the longest run of bytes that occur in numbers, which is a number by RFC 8259's grammar.
//
// Framing. A template is only used in the framing in which it was learned. No slot contains CR or LF, so all line ends are in
// the literals, where they were in the learned event. Each line begins with a literal longer than `data: ` or `event: ` and a
// byte, so its field is the same; the event's type is a literal. A line of NDJSON is a line. An event is learned only if it
// ends with LF LF or CR LF CR LF (NDJSON: with LF), so no byte after it belongs to it, not even the LF of a CR LF.
//
// Ids. Framing releases a line `id: …` before an event, and it does not affect deltas. So it is skipped before any event that
// matches, unless its id exceeds the limit. It ends where a line ends.
//
// Stage 1 checks UTF-8, control bytes in strings, and that strings are closed. Slots are checked for all three, and literals
// were checked when they were learned, cut at ASCII bytes. A backslash in a slot escapes the byte after it, as in stage 1;
// there is no backslash at the edges of a slot outside of it. So quotes pair as before, and outside of strings there are the
// same bytes as before, and the numbers.
//
// The narrow form has pinned values ("settled" in code): the values that a stream repeats are among its literals. If one of
// them differs and everything else is the same, and the new value has the same length and consists of digits where digits
// were (without a leading zero), or of unescaped ASCII bytes where a string was, it replaces the old one: a slot would have
// accepted both.
//
// The walk. Outside of strings, bytes alone determine where tokens begin. A number slot is where a number was, and extends to
// the number's last byte: the literal after it begins with a byte that cannot continue a number. So the sequence of tokens is
// the learned one, except for the values of strings and numbers in slots. Keys, brackets, true, false and null are literals,
// and so are strings at discriminators (paths that a format's conditions compare). Hence the grammar, the nesting, repeated
// keys and the captures are the same, in the same order. A walk that dropped captures of repeated keys is never learned.
//
// The rules. The result of the rules for the learned event was a compiled program (see Plan.swift): it emits certain captures
// as text and nothing else, or marks the stream as complete. It depends only on the sequence of captures. So the deltas are
// the new bytes of those captures.
//
// By simdjson's index. If the limits ask for no templates, all bytes go through stage 1, many lines at once (see
// indexer.hpp), and forms are compared along its index. The payload's first token is where the form has it, and a slot ends
// with its token: before the token that is as many entries later as it was in the learned event, where a string's closing
// quote has to be, or the last byte of a number, by its grammar. By the same argument, from literal to literal, that is the
// token after the slot: outside of strings the bytes are the same, so they contain as many tokens. A slot has no line end
// then either: stage 1 rejects one in a string, and numbers have none.
//
// Terminal markers. An event whose data is not a document but a marker of the format, such as [DONE], is learned without a
// slot, so a match is the same event.
//
// Text. If a format's payloads are plain text, an event has one slot, `text`: the rest of the line after `data: `. It is valid
// UTF-8 without a CR, and not a marker, so it is what framing would have returned: one line of data, and one delta. If a
// second, empty line of data follows, the text ends with a line feed, which is that of the first line.
//
// A cut event. If the bytes end before the form does, all of them were compared: they are the beginning of such an event. No
// line feed among them ends an event, so there is nothing to frame, and the rest can be awaited.
//
// In doubt there is no match, and simdjson reads the event, from which a template may be learned.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "index.hpp"
#include "shapes.hpp"
#include "table.hpp"

namespace sluice {

// `text` is the rest of a line, unchanged.
enum class HoleKind : uint8_t { none, string, number, text };

// A literal and the slot after it.
struct Piece {
    uint32_t literal;   // offset in the form's text
    uint32_t length;
    HoleKind hole;
    uint16_t tokens;    // from the one after the previous slot, or the payload's first, to the one after this slot
    uint32_t reach;     // bytes that may be read: the literal, and the widest vector after it if there is a slot

    Piece(uint32_t literal, uint32_t length, HoleKind hole, uint16_t tokens)
        : literal(literal), length(length), hole(hole), tokens(tokens),
          reach(length + (hole == HoleKind::none ? 0 : 32)) {}

    // Of two in the same place of forms with the same text.
    bool operator==(const Piece &other) const { return length == other.length && hole == other.hole; }
};

// The contents of one slot.
struct Found {
    const uint8_t *begin;
    const uint8_t *end;
    bool is_escaped;
};

// Returned by a matcher if the bytes end before the form does and match its beginning: the event was cut.
inline const uint8_t *const ran_out = reinterpret_cast<const uint8_t *>(1);

// Whether a matcher has found an end: neither null nor `ran_out`.
inline bool is_end(const uint8_t *p) { return reinterpret_cast<uintptr_t>(p) > 1; }

// The maximum number of slots of a template.
inline constexpr size_t max_holes = 48;

// A number in a slot, or a constant one.
struct Number {
    int16_t hole;           // -1: `value`
    int32_t value;
};

inline constexpr uint16_t no_hole = 0xFFFF;

// A delta of every match.
struct Emission {
    uint16_t hole;          // the slot of the text; no_hole: no text, and the two numbers are token counts
    uint8_t kind;
    bool is_tool;           // of a tool call, whose number is limited
    uint64_t reads;         // the bits of `c_sluice_run.reads` for a text that is not empty
    Number choice;
    Number tool;
    c_sluice_record record; // its constant fields
};

// A pinned value: a slot whose value is literal in a form, such as an id or a time. If everything else matches, another value
// of the same length replaces it, if it consists of digits, or of unescaped bytes of a string: the form is patched, and the
// event matches.
struct Settled {
    uint32_t offset;           // in the form's text
    uint32_t length;
    bool is_number;
    bool is_fixed;             // of a choice or tool call: its value is stored elsewhere too
};

// A slot of a delta whose value conditions compare: a match has the same one.
struct Fixed {
    uint16_t hole;
    std::vector<uint8_t> value;

    bool operator==(const Fixed &other) const { return hole == other.hole && value == other.value; }
};

// Literals and slots, in the layout for comparing.
struct Form {
    std::vector<uint8_t> text;
    std::vector<Piece> pieces;
    std::vector<Settled> settled;
    std::vector<Emission> emissions;
    std::vector<Fixed> fixed;
    // The slot of the only delta, if there is one delta, of text, with constant numbers; otherwise none.
    uint16_t only_text = no_hole;
    bool is_terminal = false;   // a match completes the stream
    bool has_terms = false;     // a match depends on what came before it, or on compared values
    // Bits of `c_sluice_run.reads`: what every match has, what must have come before it, what ends with it, and what a match
    // reads if no text is empty; as a rule, all of that was noted before, and only a form with terms has to look further.
    // And the bits of kinds of arguments of tool calls.
    uint64_t reads = C_SLUICE_READS_CONTENT, required = 0, ended = 0, noted = 0, tool_kinds = 0;
    // One more than the maximum of the constant numbers of choices and tool calls.
    uint32_t choices = 0;
    uint32_t tools = 0;
    // The line feed that ends the event's data: its position if the text slots are empty and the others have their learned
    // length; and the number of bytes from there to the event's end.
    uint32_t line_feed = 0;
    uint32_t behind_line_feed = 0;
    uint32_t payload = 0;       // offset of the payload in the event
    uint32_t tokens = 0;        // of the payload
    const Markers *markers = nullptr;  // the table's terminal markers, if the payload is text
    // The end of the last comparison without a match; null if there was none.
    const uint8_t *reached = nullptr;
    // The number of bytes that comparing has read again since this was 0.
    size_t seen_again = 0;

    // Takes over what an event needs to have come before it, and what ends with it.
    void require(const c_sluice_event &event);
    void measure();
    bool is_empty() const { return pieces.empty(); }
    // Whether an event with these slots matches after what came before it.
    bool holds(const Found *found, uint64_t before) const;
    // Whether the literals, the slots, and the conditions of a match are the same.
    bool is_same(const Form &other) const;
    // What an event with these slots reads.
    uint64_t reads_of(const Found *found) const;
    void clear() {
        text.clear();
        pieces.clear();
        settled.clear();
        emissions.clear();
        fixed.clear();
        only_text = no_hole;
        is_terminal = false;
        has_terms = false;
        reads = C_SLUICE_READS_CONTENT;
        required = ended = noted = tool_kinds = 0;
        choices = tools = 0;
        payload = 0;
        tokens = 0;
        markers = nullptr;
    }
};

// How events are taken. `text`: their only delta is a text whose kind is selected, and what they read is noted later; `known`:
// what they read was read before; `any`: they may read more, or depend on what came before them.
enum class Taking { any, known, text };

// A sequence of events that are being read, with their results.
struct Run : c_sluice_run {
    c_sluice_record *last_record;   // one more event may be begun as long as the next is written no further
    uint32_t *next_escaped;         // where the number of the next record with escapes is written
    uint64_t to_stream;             // added to an address, gives the offset in the stream,
    uint64_t to_region;             // and in the records' region
    uint64_t key;                   // of the templates that may match
    uint32_t max_choices;
    uint32_t max_tools;
    bool joins_lines;               // an event may have two lines of data
    Tokens tokens;                  // from `next` on, if events are read along the index

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

    bool has_room() const { return record <= last_record; }
    // No event is begun any more.
    void stop() { last_record = nullptr; }
    bool is_indexed() const { return tokens.base != nullptr; }

    // Whether no constant number exceeds a limit; `take` checks those in slots. Arguments without records are not noted.
    bool may_take(const Form &form) const {
        return form.choices <= max_choices && form.tools <= max_tools && (form.tool_kinds & ~kinds) == 0 &&
               (form.markers == nullptr || !is_indexed());
    }

    // How to take the events of this form. A text that is the only delta is noted after the events, unless it may be the
    // arguments that a tool call lacks.
    Taking taking(const Form &form) const {
        if (form.only_text != no_hole && wants(form.emissions[0]) && (is_settled() || form.tool_kinds == 0)) return Taking::text;
        return (reads & form.noted) == form.noted ? Taking::known : Taking::any;
    }
    bool is_settled() const { return (reads & C_SLUICE_READS_SETTLED) != 0; }

    // Notes what the events read that `take_text` has added since `before`: texts that are not empty have records.
    void note_texts(const Form &form, const Run &before) {
        if (events > before.events) reads |= form.reads | (count > before.count ? form.emissions[0].reads : 0);
    }

    // Appends the records of the event at `next`, which has this form, and continues after it. False, without changing
    // anything, if the event is too long, or a number is not valid for a choice or tool call or exceeds a limit.
    template <Taking taking> inline bool take(const Form &form, const Found *found, const uint8_t *behind);

    // The same for an event with this text as its only delta, whose kind is selected. What it reads is noted later.
    inline bool take_text(const Emission &emission, const Found &text, const uint8_t *behind);

    bool wants(const Emission &emission) const { return (kinds >> emission.kind & 1) != 0; }

private:
    inline void note(const Form &form, const Found *found);
    inline bool find_numbers(const Emission &emission, const Found *found, int32_t &choice, int32_t &tool) const;
    inline bool add(const Emission &emission, const Found *found);
    inline void add_text(const Emission &emission, const Found &text);
};

// A stored event, to be compared with the next that matches: its bytes, and the positions of its slots.
struct Instance {
    std::vector<uint8_t> bytes;
    std::vector<std::pair<uint32_t, uint32_t>> holes;

    void keep(const uint8_t *event, const uint8_t *end, const Found *found, size_t count);
};

// An event, and its parts.
struct Lesson {
    const c_sluice_table &table;
    const c_sluice_event &event;
    Text payload;
    // Of a document only.
    const uint32_t *index = nullptr;
    uint32_t count = 0;
    const CaptureList *captures = nullptr;
};

class Skeleton {
public:
    // Identifies the table and the framing of an event: one format may be sent in several framings.
    static uint64_t key_of(const c_sluice_table &table, bool is_lines) { return table.number << 1 | (is_lines ? 1 : 0); }
    bool is_of(uint64_t key) const { return key_ == key && !wide_.is_empty(); }
    bool is_within(const c_sluice_limits &limits) const {
        return depth_ <= limits.max_depth && captures_ <= limits.max_captures && name_bytes_ <= limits.max_name_bytes;
    }

    // The form to try first, in which the values that a stream repeats are pinned; null if there is none.
    Form *narrow() { return narrow_.is_empty() ? nullptr : &narrow_; }
    Form &wide() { return wide_; }

    // The index in the store of the template that followed this one's run of events last time, or none.
    uint8_t follower = no_follower;
    static constexpr uint8_t no_follower = 0xFF;

    // False if the event cannot have a template, or an allocation fails: this is empty then.
    bool learn(const Lesson &lesson) { return learn_anew(&Skeleton::build_document, lesson); }
    bool learn_marker(const Lesson &lesson) { return learn_anew(&Skeleton::build_marker, lesson); }
    bool learn_text(const Lesson &lesson) { return learn_anew(&Skeleton::build_text, lesson); }

    // Whether both match the same events.
    bool is_same(const Skeleton &other) const { return key_ == other.key_ && wide_.is_same(other.wide_); }
    void reset();

    // Called if only the wide form matched. After two such events, the narrow form has the values that both have in common.
    void missed_narrow(const uint8_t *event, const uint8_t *end, const Found *found);
    void matched_narrow() { misses_ = 0; }

private:
    bool learn_anew(bool (Skeleton::*build)(const Lesson &), const Lesson &lesson);
    bool build_document(const Lesson &lesson);
    bool build_marker(const Lesson &lesson);
    bool build_text(const Lesson &lesson);
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

}  // namespace sluice
