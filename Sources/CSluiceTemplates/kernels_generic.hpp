// Compares events with forms. Included by the file of each instruction set, inside an unnamed namespace that defines
// `width`, the size of a vector in bytes, and the functions on vectors.
//
// All functions read only [p, end).

// The index of the first line feed in a vector; `width` if there is none.
INLINE size_t first_line_feed(const uint8_t *p) {
    return static_cast<size_t>(__builtin_ctzll(line_feeds(p) | uint64_t(1) << width));
}

// Whether `length` bytes are equal.
INLINE bool same(const uint8_t *left, const uint8_t *right, size_t length) {
    if (length < width) return same_short(left, right, length);
    return same_long(left, right, length);
}

// As `string_end`, for a string of any length.
__attribute__((noinline)) TARGET const uint8_t *far_string_end(const uint8_t *p, const uint8_t *end, bool &is_escaped) {
    const uint8_t *first = p;
    bool is_ascii = true;
    is_escaped = false;
    Classes classes;
    while (classify(p, end, classes)) {
        uint64_t stops = classes.quotes | classes.backslashes;
        uint64_t specials = classes.specials & (stops ^ (stops - 1));
        if (specials != 0 && (specials & ~non_ascii(p)) != 0) return nullptr;
        is_ascii = is_ascii && specials == 0;
        if (stops == 0) {
            p += width;
            continue;
        }
        p += __builtin_ctzll(stops);
        if (*p == '"') break;
        is_escaped = true;
        if (end - p < 2) return ran_out;
        if (p[1] < 0x20) return nullptr;
        is_ascii = is_ascii && p[1] < 0x80;
        p += 2;
    }
    p = closing_quote(p, end, is_ascii, is_escaped);
    return !is_end(p) || is_ascii || is_utf8_before_ascii(first, static_cast<size_t>(p - first), end) ? p : nullptr;
}

// As `string_end`, for all special cases. Classifies the bytes again: this is rare, so the fast path does not keep its results.
__attribute__((noinline)) TARGET const uint8_t *doubtful_string_end(const uint8_t *p, const uint8_t *end, bool &is_escaped) {
    Classes classes;
    if (!classify(p, end, classes)) return far_string_end(p, end, is_escaped);
    uint64_t closing = classes.quotes & ~behind_backslash(classes.backslashes);
    if (closing == 0) return far_string_end(p, end, is_escaped);
    uint64_t text = (closing - 1) & ~closing;
    const uint8_t *quote = p + __builtin_ctzll(closing);
    is_escaped = (classes.backslashes & text) != 0;
    uint64_t specials = classes.specials & text;
    if (specials == 0) return quote;
    if ((specials & ~non_ascii(p)) != 0) return nullptr;
    return is_utf8_before_ascii(p, static_cast<size_t>(quote - p), end) ? quote : nullptr;
}

// The closing quote of the string that begins at `p`, after its opening quote; null if it is invalid, and `ran_out` if it
// is not closed before `end`. Most strings end in the first vector, which is read without a branch on its contents: a
// quarter of all pieces of text contains a backslash, which is unpredictable.
//
// A quote without a backslash before it ends the string. A quote after a backslash does not, unless that backslash is itself
// escaped: two adjacent backslashes, and bytes that are not printable ASCII, take the slow path.
//
// Near the end of the bytes, the vector begins before the string, but not before `first`.
template <bool is_near>
INLINE const uint8_t *string_end(const uint8_t *p, const uint8_t *end, const uint8_t *first, bool &is_escaped) {
    Classes classes;
    if (is_near || static_cast<size_t>(end - p) >= width) {
        if (!classify_near(p, classes)) return far_string_end(p, end, is_escaped);
    } else {
        if (static_cast<size_t>(end - first) < width || !classify_near(end - width, classes)) {
            return far_string_end(p, end, is_escaped);
        }
        size_t before = width - static_cast<size_t>(end - p);
        classes.quotes = shifted(classes.quotes, before);
        classes.backslashes = shifted(classes.backslashes, before);
        classes.specials = shifted(classes.specials, before);
    }
    uint64_t behind = classes.backslashes << 1;
    uint64_t closing = classes.quotes & ~behind;
    uint64_t text = closing ^ (closing - 1);
    uint64_t doubtful = (classes.specials | (classes.backslashes & behind)) & text;
    if (doubtful != 0 || closing == 0) return doubtful_string_end(p, end, is_escaped);
    is_escaped = (classes.backslashes & text) != 0;
    return p + __builtin_ctzll(closing);
}

#include "kernels_lines.hpp"

// No match: stores how far the bytes were read.
INLINE const uint8_t *missed(Form &form, const uint8_t *reached) {
    form.reached = reached;
    return nullptr;
}

// The same if the value of a slot, at `p`, is invalid: it was read at most up to a byte that such values do not contain.
__attribute__((noinline)) TARGET const uint8_t *missed_slot(Form &form, SlotKind slot, const uint8_t *p, const uint8_t *end) {
    while (p < end && (slot == SlotKind::number ? continues_number(*p) : *p >= 0x20 || *p == '\t')) p++;
    return missed(form, p < end ? p + 1 : end);
}

// The end of a slot that is not a string.
INLINE const uint8_t *other_end(const Form &form, SlotKind slot, const uint8_t *p, const uint8_t *end, bool &is_escaped) {
    if (slot == SlotKind::number) return number_end(p, end);
    is_escaped = false;
    return text_end(form, p, end);
}

// The index of the first difference, at or after `from`; `length` if there is none. The bytes before `from` are equal.
INLINE size_t first_difference(const uint8_t *left, const uint8_t *right, size_t from, size_t length) {
    for (; length - from >= width; from += width) {
        size_t same = same_before(left + from, right + from);
        if (same < width) return from + same;
    }
    if (length >= width) {
        size_t last = length - width;
        return last + same_before(left + last, right + last);
    }
    while (from < length && left[from] == right[from]) from++;
    return from;
}

// Whether these bytes are unescaped ASCII of a string. The `before` bytes before them may be read too.
INLINE bool is_plain(const uint8_t *p, size_t length, size_t before) {
    Classes classes;
    if (length + before < width || !classify_near(p + length - width, classes)) {
        for (const uint8_t *end = p + length; p < end; p++) {
            if (*p < 0x20 || *p >= 0x80 || *p == '"' || *p == '\\') return false;
        }
        return true;
    }
    uint64_t others = classes.quotes | classes.backslashes | classes.specials;
    if (length < width) return others >> (width - length) == 0;
    for (size_t i = 0; i + width < length; i += width) {
        classify_near(p + i, classes);
        others |= classes.quotes | classes.backslashes | classes.specials;
    }
    return others == 0;
}

// Whether the bytes at `p`, with `before` readable bytes before them, may replace the pinned value.
INLINE bool can_pin(const Pinned &value, const uint8_t *p, size_t before) {
    if (value.is_fixed) return false;
    if (!value.is_number) return is_plain(p, value.length, before);
    return (value.length == 1 || *p != '0') && skip_digits(p, p + value.length) == p + value.length;
}

// Whether the bytes at `p` are the piece's literal except for pinned values, which are then replaced. This reads the literal
// once more.
__attribute__((noinline)) TARGET bool patch(Form &form, const Piece &piece, const uint8_t *p) {
    if (form.pinned.empty()) return false;
    form.seen_again += piece.length;
    uint8_t *text = form.text.data() + piece.literal;
    bool is_patched = false;
    size_t position = 0;
    for (const Pinned &value : form.pinned) {
        if (value.offset < piece.literal) continue;
        position = first_difference(text, p, position, piece.length);
        size_t begin = value.offset - piece.literal;
        size_t end = begin + value.length;
        if (position < begin || end > piece.length) break;
        if (position >= end) continue;
        if (!can_pin(value, p + begin, begin)) return false;
        std::memcpy(text + begin, p + begin, value.length);
        is_patched = true;
        position = end;
    }
    return is_patched && first_difference(text, p, position, piece.length) == piece.length;
}

// The literal does not fit before `end`: compares the available part. After a CR its line has ended already.
INLINE const uint8_t *cut_literal(const uint8_t *literal, const uint8_t *p, const uint8_t *end) {
    if (p < end && end[-1] == '\r') return nullptr;
    return same(literal, p, static_cast<size_t>(end - p)) ? ran_out : nullptr;
}

// As `match_one` from a given piece, near the end, where no vector may be read beyond it. The event begins at `first`.
__attribute__((noinline)) TARGET const uint8_t *match_rest(Form &form, const Piece *piece, const uint8_t *first,
                                                           const uint8_t *p, const uint8_t *end, Found *found) {
    const uint8_t *text = form.text.data();
    for (;; piece++, found++) {
        if (static_cast<size_t>(end - p) < piece->length) {
            return cut_literal(text + piece->literal, p, end) == ran_out ? ran_out : missed(form, end);
        }
        if (!same(text + piece->literal, p, piece->length) && !patch(form, *piece, p)) return missed(form, p + piece->length);
        p += piece->length;
        if (piece->slot == SlotKind::none) return p;
        found->begin = p;
        p = piece->slot == SlotKind::string ? string_end<false>(p, end, first, found->is_escaped)
                                            : other_end(form, piece->slot, p, end, found->is_escaped);
        if (!is_end(p)) return p == ran_out ? ran_out : missed_slot(form, piece->slot, found->begin, end);
        found->end = p;
    }
}

// Text slots are handled only if there may be one: most events have none, and every branch counts.
template <bool has_texts>
INLINE const uint8_t *match_one(Form &form, const uint8_t *p, const uint8_t *end, Found *found) {
    const uint8_t *text = form.text.data();
    const uint8_t *first = p;
    for (const Piece *piece = form.pieces.data();; piece++, found++) {
        if (static_cast<size_t>(end - p) < piece->reach) return match_rest(form, piece, first, p, end, found);
        if (!same(text + piece->literal, p, piece->length) && !patch(form, *piece, p)) return missed(form, p + piece->length);
        p += piece->length;
        if (piece->slot == SlotKind::none) return p;
        found->begin = p;
        p = piece->slot == SlotKind::string ? string_end<true>(p, end, p, found->is_escaped)
            : has_texts                     ? other_end(form, piece->slot, p, end, found->is_escaped)
                                            : number_end(p, end);
        if (!is_end(p)) return p == ran_out ? ran_out : missed_slot(form, piece->slot, found->begin, end);
        found->end = p;
    }
}

TARGET const uint8_t *match(Form &form, const uint8_t *p, const uint8_t *end, Found *found) {
    return match_one<true>(form, p, end, found);
}

// The likely end of the event at `p` if it has this form: slots contain no line feed.
INLINE const uint8_t *likely_end(const Form &form, const uint8_t *p) {
    const uint8_t *line_feed = p + form.line_feed;
    return line_feed + first_line_feed(line_feed) + form.behind_line_feed;
}

// The end of an event is known after its last slot, each of which depends on the previous one, and the next event would have to
// wait for all of them. So the processor continues speculatively at the likely end, and checks it in parallel.
//
// Each way of taking has its own loop, because every register counts.
template <bool has_ids, Taking taking>
__attribute__((noinline)) TARGET const uint8_t *match_run(Form &form, Run &run) {
    Found found[max_slots];
    Run local = run;
    const uint8_t *behind = nullptr;
    while (local.has_room() && local.next < local.end) {
        [[maybe_unused]] const uint8_t *start = local.next;
        if constexpr (has_ids) {
            const uint8_t *first = behind_near_id(start, local.end, local.max_id_bytes);
            if (!is_end(first)) {
                behind = first;
                break;
            }
            local.next = first;
        }
        if (static_cast<size_t>(local.end - local.next) < form.line_feed + width) {
            behind = match_one<has_ids>(form, local.next, local.end, found);
        } else {
            for (size_t i = 0; i <= form.text.size(); i += 64) __builtin_prefetch(local.next + 2048 + i);
            const uint8_t *likely = likely_end(form, local.next);
            behind = match_one<has_ids>(form, local.next, local.end, found);
            if (behind == likely) {
                behind = likely;
                __asm__("" : "+r"(behind));  // or it would be taken for the computed one
            }
        }
        if (is_end(behind) && local.take<taking>(form, found, behind)) continue;
        if constexpr (has_ids) local.next = start;
        break;
    }
    if constexpr (taking == Taking::text) local.note_texts(form, run);
    run.take_over(local);
    return behind;
}

template <bool has_ids>
INLINE const uint8_t *match_texts(Form &form, Run &run) {
    Found found[max_slots];
    const bool takes_plain = has_vectors && run.wants(form.emissions[0]);
    while (run.has_room() && run.next < run.end) {
        if (takes_plain) take_plain_texts<has_ids>(form, run);
        if (!run.has_room() || run.next == run.end) break;
        const uint8_t *start = run.next;
        const uint8_t *first = has_ids ? behind_id(start, run.end, run.max_id_bytes) : start;
        if (!is_end(first)) return first;
        run.next = first;
        const uint8_t *behind = match_one<true>(form, first, run.end, found);
        // `take_plain_texts` has read and rejected it before.
        if (takes_plain) form.seen_again += static_cast<size_t>((is_end(behind) ? behind : behind == ran_out ? run.end : form.reached) - first);
        if (is_end(behind) && run.take<Taking::any>(form, found, behind)) continue;
        run.next = start;
        return behind;
    }
    return nullptr;
}

template <bool has_ids>
INLINE const uint8_t *match_events(Form &form, Run &run) {
    if (form.markers != nullptr) return match_texts<has_ids>(form, run);
    switch (run.taking(form)) {
    case Taking::text: return match_run<has_ids, Taking::text>(form, run);
    case Taking::known: return match_run<has_ids, Taking::known>(form, run);
    default: return match_run<has_ids, Taking::any>(form, run);
    }
}

TARGET const uint8_t *match_all(Form &form, Run &run) { return match_events<false>(form, run); }

TARGET const uint8_t *match_all_behind_ids(Form &form, Run &run) { return match_events<true>(form, run); }

constexpr Kernel variant{match, match_all, match_all_behind_ids};
