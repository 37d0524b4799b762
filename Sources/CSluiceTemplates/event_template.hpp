// Event templates. A template is an event that was read once, with slots in place of its strings and numbers. The next event
// with the same bytes around its slots is read by comparison: no scan for delimiters, no index, no walk.
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
// The narrow form has pinned values: the values that a stream repeats are among its literals. If one of them differs and
// everything else is the same, and the new value has the same length and consists of digits where digits were (without a
// leading zero), or of unescaped ASCII bytes where a string was, it replaces the old one: a slot would have accepted both.
//
// The walk. Outside of strings, bytes alone determine where tokens begin. A number slot is where a number was, and extends to
// the number's last byte: the literal after it begins with a byte that cannot continue a number. So the sequence of tokens is
// the learned one, except for the values of strings and numbers in slots. Keys, brackets, true, false and null are literals,
// and so are strings at discriminators (paths that a format's conditions compare). Hence the grammar, the nesting, repeated
// keys and the captures are the same, in the same order. A walk that dropped captures of repeated keys is never learned.
//
// The rules. The result of the rules for the learned event was a compiled program (see program.hpp): it emits certain captures
// as text and nothing else, or marks the stream as complete. It depends only on the sequence of captures. So the deltas are
// the new bytes of those captures.
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

#include "CSluiceSimdjson.h"
#include "CSluiceTemplates.h"
#include "program.hpp"

namespace sluice {

// `text` is the rest of a line, unchanged.
enum class SlotKind : uint8_t { none, string, number, text };

// A literal and the slot after it.
struct Piece {
    uint32_t literal;   // offset in the form's text
    uint32_t length;
    SlotKind slot;
    uint32_t reach;     // bytes that may be read: the literal, and the widest vector after it if there is a slot

    Piece(uint32_t literal, uint32_t length, SlotKind slot)
        : literal(literal), length(length), slot(slot), reach(length + (slot == SlotKind::none ? 0 : 32)) {}

    // Of two in the same place of forms with the same text.
    bool operator==(const Piece &other) const { return length == other.length && slot == other.slot; }
};

// Returned by a matcher if the bytes end before the form does and match its beginning: the event was cut.
inline const uint8_t *const ran_out = reinterpret_cast<const uint8_t *>(1);

// Whether a matcher has found an end: neither null nor `ran_out`.
inline bool is_end(const uint8_t *p) { return reinterpret_cast<uintptr_t>(p) > 1; }

// The maximum number of slots of a template.
inline constexpr size_t max_slots = 48;

// A pinned value: a slot whose value is literal in a form, such as an id or a time. If everything else matches, another value
// of the same length replaces it, if it consists of digits, or of unescaped bytes of a string: the form is patched, and the
// event matches.
struct Pinned {
    uint32_t offset;           // in the form's text
    uint32_t length;
    bool is_number;
    bool is_fixed;             // of a choice or tool call: its value is stored elsewhere too
};

// A slot of a delta whose value conditions compare: a match has the same one.
struct Fixed {
    uint16_t slot;
    std::vector<uint8_t> value;

    bool operator==(const Fixed &other) const { return slot == other.slot && value == other.value; }
};

// Literals and slots, in the layout for comparing, and the program of the events that match, whose values are the slots.
struct Form : Program {
    std::vector<uint8_t> text;
    std::vector<Piece> pieces;
    std::vector<Pinned> pinned;
    std::vector<Fixed> fixed;
    // The line feed that ends the event's data: its position if the text slots are empty and the others have their learned
    // length; and the number of bytes from there to the event's end.
    uint32_t line_feed = 0;
    uint32_t behind_line_feed = 0;
    const Markers *markers = nullptr;  // the table's terminal markers, if the payload is text
    // The end of the last comparison without a match; null if there was none.
    const uint8_t *reached = nullptr;
    // The number of bytes that comparing has read again since this was 0.
    size_t seen_again = 0;

    void measure();
    bool is_empty() const { return pieces.empty(); }
    // Whether an event with these slots matches after what came before it.
    bool holds(const Found *found, uint64_t before) const;
    // Whether the literals, the slots, and the conditions of a match are the same.
    bool is_same(const Form &other) const;
    // Keeps the memory.
    void clear() {
        Program::clear();
        text.clear();
        pieces.clear();
        pinned.clear();
        fixed.clear();
        markers = nullptr;
    }
};

// A stored event, to be compared with the next that matches: its bytes, and the positions of its slots.
struct Instance {
    std::vector<uint8_t> bytes;
    std::vector<std::pair<uint32_t, uint32_t>> slots;

    void keep(const uint8_t *event, const uint8_t *end, const Found *found, size_t count);
};

// An event, and its parts.
struct Event {
    const c_sluice_table &table;
    const c_sluice_event &event;
    Text payload;
    // Of a document only.
    const uint32_t *index = nullptr;
    uint32_t count = 0;
    const CaptureList *captures = nullptr;
    // What the rules made of it, by its captures.
    const Program *program = nullptr;
};

class EventTemplate {
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
    bool learn(const Event &lesson) { return learn_anew(&EventTemplate::build_document, lesson); }
    bool learn_marker(const Event &lesson) { return learn_anew(&EventTemplate::build_marker, lesson); }
    bool learn_text(const Event &lesson) { return learn_anew(&EventTemplate::build_text, lesson); }

    // Whether both match the same events.
    bool is_same(const EventTemplate &other) const { return key_ == other.key_ && wide_.is_same(other.wide_); }
    void reset();

    // Called if only the wide form matched. After two such events, the narrow form has the values that both have in common.
    void missed_narrow(const uint8_t *event, const uint8_t *end, const Found *found);
    void matched_narrow() { misses_ = 0; }

private:
    bool learn_anew(bool (EventTemplate::*build)(const Event &), const Event &lesson);
    bool build_document(const Event &lesson);
    bool build_marker(const Event &lesson);
    bool build_text(const Event &lesson);
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
