// Lines without JSON: ids, and plain text. Included by kernels_generic.hpp.

// Properties of some vectors of a text, before its line end.
struct Stretch {
    uint64_t line_feeds = 0;
    uint64_t specials = 0;
    uint64_t controls = 0;      // those of them that are ASCII

    bool has_end() const { return line_feeds != 0; }
    size_t length() const { return static_cast<size_t>(__builtin_ctzll(line_feeds)); }
};

template <size_t vectors>
INLINE Stretch stretch_at(const uint8_t *p, size_t returns) {
    Stretch all;
    for (size_t i = 0; i < vectors; i++) {
        Classes classes;
        classify_near(p + i * width, classes);
        all.line_feeds |= line_feeds(p + i * width) << (i * width);
        all.specials |= classes.specials << (i * width);
    }
    // The bytes before the first line feed, and before the carriage return that belongs to it.
    uint64_t first = all.line_feeds & (0 - all.line_feeds);
    all.specials &= (first >> returns) - 1;
    if (all.specials == 0) return all;
    uint64_t others = 0;
    for (size_t i = 0; i < vectors; i++) others |= non_ascii(p + i * width) << (i * width);
    all.controls = all.specials & ~others;
    return all;
}

// As `behind_id`, with a fast path for short plain lines.
INLINE const uint8_t *behind_near_id(const uint8_t *p, const uint8_t *end, int64_t max_id_bytes) {
    constexpr size_t field = 3;
    if (!has_vectors || max_id_bytes < static_cast<int64_t>(2 * width) || static_cast<size_t>(end - p) < field + 2 * width) {
        return behind_id(p, end, max_id_bytes);
    }
    if (p[0] != 'i' || p[1] != 'd' || p[2] != ':') return p;
    const uint8_t *id = p + field;
    Stretch line = stretch_at<1>(id, 0);
    if (!line.has_end() && line.specials == 0) {
        id += width;
        line = stretch_at<1>(id, 0);
    }
    if (!line.has_end() || line.specials != 0) return behind_id(p, end, max_id_bytes);
    return id + line.length() + 1;
}

// The end of the text that begins at `p`, which is that of its line; null if it is not text, or not UTF-8, and `ran_out` if the
// line may continue after `end`.
__attribute__((noinline)) TARGET const uint8_t *text_end(const Form &form, const uint8_t *p, const uint8_t *end) {
    const uint8_t *first = p;
    bool is_plain = true;
    bool is_found = false;
    for (Classes classes; !is_found && classify(p, end, classes);) {
        size_t length = first_line_feed(p);
        is_found = length < width;
        is_plain = is_plain && shifted_out(classes.specials, length) == 0;
        p += length;
    }
    for (; !is_found && p < end && *p != '\n'; p++) is_plain = is_plain && *p >= 0x20 && *p < 0x80;
    const uint8_t *behind = p;
    if (!is_plain) {
        // It ends the line, possibly together with a line feed after it.
        auto carriage_return = static_cast<const uint8_t *>(std::memchr(first, '\r', static_cast<size_t>(p - first)));
        if (carriage_return != nullptr && (p == end || carriage_return + 1 != p)) return nullptr;
        if (carriage_return != nullptr) behind = carriage_return;
    }
    if (p == end) return ran_out;
    if (!is_plain && !is_utf8_before_ascii(first, static_cast<size_t>(behind - first), end)) return nullptr;
    return form.markers->has(first, static_cast<size_t>(behind - first)) ? nullptr : behind;
}

// Takes text events without control bytes whose text is selected, the most frequent case, up to one that has control bytes, or
// is near the end.
template <bool has_ids>
INLINE void take_plain_texts(const Form &form, Run &run) {
    const ShortLiteral before(form, form.pieces[0]), behind(form, form.pieces[1]);
    const size_t returns = form.text[form.pieces[1].literal] == '\r' ? 1 : 0;
    // A line feed at a text's end makes a second line of data.
    constexpr uint8_t second[] = {'\n', 'd', 'a', 't', 'a', ':', ' ', '\n', '\n'};
    const bool may_join = run.joins_lines && returns == 0;
    const size_t most = before.length + sizeof second + behind.length + width;
    Run local = run;
    const Emission &emission = form.emissions[0];
    while (local.has_room()) {
        const uint8_t *first = local.next;
        if constexpr (has_ids) {
            first = behind_near_id(local.next, local.end, local.max_id_bytes);
            if (!is_end(first)) break;
        }
        if (static_cast<size_t>(local.end - first) < most || !before.stands_at(first)) break;
        const uint8_t *p = first + before.length;
        // Many texts end in the first vector; of the others most end in the next two, and in which of them is unpredictable.
        Stretch stretch = stretch_at<1>(p, returns);
        uint64_t specials = stretch.specials, controls = stretch.controls;
        size_t length = 0;
        while (!stretch.has_end()) {
            length += length == 0 ? width : 2 * width;
            if (static_cast<size_t>(local.end - p) < length + 2 * width) break;
            stretch = stretch_at<2>(p + length, returns);
            specials |= stretch.specials;
            controls |= stretch.controls;
        }
        if (!stretch.has_end() || controls != 0) break;
        length += stretch.length();
        if (length < returns || static_cast<size_t>(local.end - p) < length + sizeof second) break;
        length -= returns;
        if (specials != 0 && !is_utf8_before_ascii(p, length, local.end)) break;
        const uint8_t *rest = p + length + behind.length;
        if (!behind.stands_at(p + length)) {
            if (!may_join || !same_below_16(second, p + length, sizeof second)) break;
            rest = p + length + sizeof second;
            length++;
        }
        if (form.markers->has(p, length)) break;
        const Found text{p, p + length, false};
        const uint8_t *start = local.next;
        local.next = first;
        if (!local.take_text(emission, text, rest)) {
            local.next = start;
            break;
        }
    }
    local.note_texts(form, run);
    run.take_over(local);
}
