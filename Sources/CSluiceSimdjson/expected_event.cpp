#include "expected_event.hpp"

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice {

namespace {

// So many bytes are compared at once, if they can be read.
constexpr size_t near_bytes = 32;

// Whether the bytes at `left` are the first `length` at `right`, behind which there is room. Few bytes, so no call is made.
SLUICE_INLINE bool is_same(const uint8_t *left, const uint8_t *right, size_t length, [[maybe_unused]] uint32_t behind,
                           [[maybe_unused]] bool is_near) {
#if defined(__SSE2__)
    if (is_near) {
        auto equal = [=](size_t at) {
            __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(left + at));
            __m128i wanted = _mm_loadu_si128(reinterpret_cast<const __m128i *>(right + at));
            return _mm_cmpeq_epi8(bytes, wanted);
        };
        __m128i low = equal(0), high = equal(16);
        if (length > near_bytes) {
            const size_t last = length - near_bytes;
            for (size_t at = near_bytes; at < last; at += near_bytes) {
                low = _mm_and_si128(low, equal(at));
                high = _mm_and_si128(high, equal(at + 16));
            }
            low = _mm_and_si128(low, equal(last));
            high = _mm_and_si128(high, equal(last + 16));
        }
        uint32_t both = static_cast<uint32_t>(_mm_movemask_epi8(low)) | static_cast<uint32_t>(_mm_movemask_epi8(high)) << 16;
        return (both | behind) == UINT32_MAX;
    }
#endif
    return std::memcmp(left, right, length) == 0;
}

}  // namespace

SLUICE_INLINE const uint8_t *ExpectedEvent::last_near(const Text &payload, size_t available) {
    return available < near_bytes ? nullptr : payload.bytes + available - near_bytes;
}

// Whether the piece is at its entries of the index, which are counted from `tokens`.
SLUICE_INLINE bool ExpectedEvent::fits(const Piece &piece, const Reading &reading, Place tokens) const {
    const Place first = tokens + piece.first, next = tokens + piece.next;
    // A value is not the last token.
    if (next + piece.has_value > reading.last || *next - *first != piece.distance) return false;
    const uint8_t *place = reading.base + *first;
    return is_same(place, bytes_.data() + piece.offset, piece.length, piece.behind, place <= reading.last_near);
}

SLUICE_INLINE bool ExpectedEvent::ends(const Reading &reading, Place tokens) const {
    const uint8_t *place = reading.base + tokens[end_.first];
    bool is_end = tokens + end_.next == reading.last && reading.payload.end() - place == end_.length;
    return is_end && is_same(place, bytes_.data() + end_.offset, end_.length, end_.behind, place <= reading.last_near);
}

// Stores the value at `at` of the index; false if it is not one of the piece.
SLUICE_INLINE bool ExpectedEvent::read_value(const Piece &piece, const uint8_t *base, Place at, Values &values) const {
    const uint8_t *begin = base + at[0];
    const uint8_t *end = token_end(base, at);
    if (piece.kind == Kind::number) {
        if (!is_short_or_number(begin, end)) return false;
    } else {
        begin++;
        end--;
        if (__builtin_expect(piece.kind == Kind::compared, 0) && !is_compared(piece, begin, end)) return false;
    }
    values[piece.capture] = {begin, end};
    return true;
}

bool ExpectedEvent::is_at(const Text &payload, size_t available, const Index &index, Values &values, size_t &compared) const {
    // Then no entry of a piece is beyond the last.
    if (index.count != end_.next + 1u) return false;
    const uint8_t *const base = index.base;
    const uint8_t *const last_near = this->last_near(payload, available);
    const uint8_t *const wanted = bytes_.data();
    const Place tokens = index.entries;
    auto is_here = [&](const Piece &piece) {
        const uint8_t *place = base + tokens[piece.first];
        return is_same(place, wanted + piece.offset, piece.length, piece.behind, place <= last_near);
    };
    for (const Step &step : steps_) {
        const Piece &piece = step.all;
        bool fits = tokens[piece.next] - tokens[piece.first] == piece.distance && is_here(piece) &&
                    (piece.kind == Kind::none || read_value(piece, base, tokens + piece.next, values));
        if (!fits) {
            compared += piece.offset + piece.length;
            return false;
        }
    }
    if (payload.end() - (base + tokens[end_.first]) == end_.length && is_here(end_)) return true;
    compared += bytes_.size();
    return false;
}

bool ExpectedEvent::is_like(Walker &walker, const Text &payload, size_t available, const Index &index, Values &values,
                            size_t &compared) const {
    const Reading reading{walker, payload, index, index.base, index.entries + index.count - 1, last_near(payload, available)};
    // What the entries of pieces count from.
    Place tokens = index.entries;
    for (const Piece &piece : pieces_) {
        bool fits = this->fits(piece, reading, tokens);
        if (!fits) {
            Place resumed = resume(piece, reading, tokens);
            if (resumed != nullptr) fits = this->fits(piece, reading, tokens = resumed);
            if (resumed != nullptr && !fits) {
                tokens -= piece.next + piece.has_value - piece.first;
                continue;
            }
        }
        if (!fits || (piece.kind != Kind::none && !read_value(piece, reading.base, tokens + piece.next, values))) {
            compared += piece.offset + piece.length;
            return false;
        }
    }
    if (ends(reading, tokens)) return true;
    tokens = resume(end_, reading, tokens);
    if (tokens != nullptr && ends(reading, tokens)) return true;
    compared += bytes_.size();
    return false;
}

// Skips the members before the piece that no path leads into. Returns what entries count from then; or null if the piece does not
// follow, and may not be missing.
const uint32_t *ExpectedEvent::resume(const Piece &piece, const Reading &reading, Place tokens) const {
    if (piece.node == nullptr) return nullptr;
    for (;;) {
        Place at = tokens + piece.first;
        Place after = reading.walker.skip_unknown(reading.payload, reading.index, at, *piece.node, piece.depth);
        if (after == nullptr) return piece.is_optional ? tokens : nullptr;
        tokens += after - at;
        if (&piece == &end_ ? ends(reading, tokens) : fits(piece, reading, tokens)) return tokens;
    }
}

__attribute__((noinline)) bool ExpectedEvent::is_compared(const Piece &piece, const uint8_t *begin, const uint8_t *end) const {
    return end - begin == piece.compared_length && std::equal(begin, end, bytes_.data() + piece.offset + piece.length);
}

void ExpectedEvent::clear() {
    steps_.clear();
    pieces_.clear();
    bytes_.clear();
    others_.clear();
    values_.clear();
    strings_ = numbers_ = 0;
    depth_ = captures_ = 0;
}

// Goes through a payload's tokens, and makes pieces of them.
class ExpectedEvent::Learner {
public:
    Learner(ExpectedEvent &event, const Lesson &lesson, const ExpectedEvent &before, bool last)
        : event_(event), lesson_(lesson), before_(before), last_(last) {}

    // False if there is something that cannot be expected, or too much.
    bool learn() {
        const uint32_t count = lesson_.index.count;
        for (uint32_t i = 0; i + 1 < count; i++) {
            bool is_small = token(i) - token(first_) <= most_bytes && event_.bytes_.size() + event_.values_.size() <= most_bytes &&
                            event_.pieces_.size() + event_.others_.size() <= most_parts;
            if (!is_small || !learn_token(i)) return false;
        }
        if (lesson_.payload.end() - token(first_) > most_bytes) return false;
        end_piece(count - 1, lesson_.payload.end());
        event_.end_ = event_.pieces_.back();
        event_.pieces_.pop_back();
        if (event_.steps_.empty() || event_.steps_.back().end < event_.pieces_.size()) end_step();
        event_.bytes_.resize(event_.bytes_.size() + near_bytes);
        return next_capture_ == lesson_.captures.size();
    }

private:
    // Longer events are rare, and a walk reads them as fast.
    static constexpr ptrdiff_t most_bytes = 4096;
    static constexpr size_t most_parts = 128;

    // An object or array that is open.
    struct Open {
        const Node *node = nullptr;    // null if no path leads into it
        const Node *value = nullptr;   // of its next value
        bool is_object = false;
    };

    const uint8_t *token(uint32_t i) const { return lesson_.index.base + lesson_.index.entries[i]; }
    const uint8_t *end_of(uint32_t i) const { return token_end(lesson_.index.base, lesson_.index.entries + i); }

    bool learn_token(uint32_t i) {
        Open &now = open_[depth_];
        switch (*token(i)) {
            case ':': case ',': return true;
            case '}': case ']': depth_--; return true;
            default: break;
        }
        if (now.is_object && *token(i + 1) == ':') {
            learn_key(i, now);
            return true;
        }
        const bool is_string = *token(i) == '"';
        const uint32_t capture = next_capture_;
        const uint32_t offset = lesson_.payload.offset(token(i) + (is_string ? 1 : 0));
        const bool is_captured = capture < lesson_.captures.size() && lesson_.captures[capture].offset == offset;
        if (is_captured) next_capture_++;
        if (*token(i) == '{' || *token(i) == '[') return !is_captured && open(i, now);
        if (is_string || starts_number(*token(i))) {
            const bool is_used = is_captured && lesson_.program.reads_value(capture);
            const bool is_value = is_used ? !is_discriminator(capture) || (is_string && lesson_.program.has_text(capture))
                                          : !(is_captured && is_discriminator(capture)) && differs(i);
            if (is_value) return add_value(i, is_used ? static_cast<uint8_t>(capture) : other);
        }
        if (piece_.is_optional) end_piece(i + 1, token(i + 1));
        return true;
    }

    // A member that no path leads into begins with its comma.
    void learn_key(uint32_t i, Open &now) {
        const uint8_t *key = token(i) + 1;
        const size_t length = static_cast<size_t>(end_of(i) - 1 - key);
        const Slot *member = now.node == nullptr ? nullptr : now.node->find(key, length, lesson_.payload.end());
        now.value = member == nullptr ? nullptr : member->child;
        if (now.node == nullptr || member != nullptr || *token(i - 1) != ',') return;
        if (first_ < i - 1) end_piece(i - 1, token(i - 1));
        piece_.is_optional = true;
    }

    bool open(uint32_t i, const Open &around) {
        if (++depth_ == open_.size()) return false;
        event_.depth_ = std::max(event_.depth_, depth_);
        Open &now = open_[depth_];
        now.is_object = *token(i) == '{';
        now.node = depth_ == 1 ? &lesson_.table.nodes[0] : around.value;
        bool has_elements = !now.is_object && now.node != nullptr && now.node->element >= 0;
        now.value = has_elements ? &lesson_.table.nodes[static_cast<size_t>(now.node->element)] : nullptr;
        piece_.is_optional = false;
        return true;
    }

    bool is_discriminator(uint32_t capture) const { return lesson_.table.is_discriminator[lesson_.captures[capture].path]; }

    // Whether a value that the program does not read differs.
    bool differs(uint32_t i) {
        const uint8_t *begin = token(i), *end = end_of(i);
        Other now{static_cast<uint16_t>(i), false, static_cast<uint32_t>(event_.values_.size()), static_cast<uint32_t>(end - begin)};
        const size_t number = event_.others_.size();
        if (number < before_.others_.size() && before_.others_[number].entry == i) {
            const Other &before = before_.others_[number];
            bool is_same = before.length == now.length && std::equal(begin, end, before_.values_.data() + before.offset);
            now.differs = !is_same && (before.differs || !last_);
        }
        event_.values_.insert(event_.values_.end(), begin, end);
        event_.others_.push_back(now);
        return now.differs;
    }

    bool add_value(uint32_t i, uint8_t capture) {
        const bool is_string = *token(i) == '"';
        const bool is_compared = capture != other && is_discriminator(capture);
        if (capture != other) (is_string ? event_.strings_ : event_.numbers_) |= uint32_t(1) << capture;
        piece_.has_value = 1;
        piece_.kind = is_compared ? Kind::compared : is_string ? Kind::string : Kind::number;
        piece_.capture = capture;
        const uint8_t *end = end_of(i) - 1;
        if (is_compared && end - token(i) > most_bytes) return false;
        if (is_compared) piece_.compared_length = static_cast<uint16_t>(end - token(i) - 1);
        end_piece(i, token(i) + (is_string ? 1 : 0));
        if (is_compared) event_.bytes_.insert(event_.bytes_.end(), token(i) + 1, end);
        end_step();
        return true;
    }

    // Ends a piece before the token at `i`, with the bytes up to `to`; the next one begins behind it, or behind its value.
    void end_piece(uint32_t i, const uint8_t *to) {
        piece_.first = static_cast<uint16_t>(first_);
        piece_.next = static_cast<uint16_t>(i);
        piece_.distance = static_cast<uint16_t>(token(i) - token(first_));
        add_bytes(piece_, to);
        event_.bytes_.insert(event_.bytes_.end(), token(first_), to);
        event_.pieces_.push_back(piece_);
        first_ = i + piece_.has_value;
        piece_ = Piece{};
        piece_.node = open_[depth_].is_object ? open_[depth_].node : nullptr;
        piece_.depth = static_cast<uint16_t>(depth_);
    }

    void add_bytes(Piece &piece, const uint8_t *to) {
        piece.offset = static_cast<uint32_t>(event_.bytes_.size());
        piece.length = static_cast<uint16_t>(to - token(piece.first));
        piece.behind = piece.length < near_bytes ? ~uint32_t(0) << piece.length : 0;
    }

    // Makes a step of the pieces since the last.
    void end_step() {
        const size_t begin = event_.steps_.empty() ? 0 : event_.steps_.back().end;
        if (begin == event_.pieces_.size()) return;
        const Piece &first = event_.pieces_[begin];
        Piece all = event_.pieces_.back();
        all.length = static_cast<uint16_t>(all.offset + all.length - first.offset);
        all.distance = static_cast<uint16_t>(token(all.next) - token(first.first));
        all.offset = first.offset;
        all.first = first.first;
        all.behind = all.length < near_bytes ? ~uint32_t(0) << all.length : 0;
        event_.steps_.push_back({all, event_.pieces_.size()});
    }

    ExpectedEvent &event_;
    const Lesson &lesson_;
    const ExpectedEvent &before_;
    const bool last_;
    std::array<Open, 32> open_;
    uint32_t depth_ = 0;
    uint32_t first_ = 0;          // the token with which the piece begins
    uint32_t next_capture_ = 0;
    Piece piece_;
};

bool ExpectedEvent::learn(const Lesson &lesson, const ExpectedEvent &before, bool last) {
    clear();
    if (lesson.captures.size() > most_captures || lesson.payload.length > UINT16_MAX) return false;
    captures_ = lesson.captures.size();
    if (!Learner(*this, lesson, before, last).learn()) return false;
    // The program needs strings and numbers.
    auto has_value = [&](int capture) {
        return capture < 0 || capture == no_value || ((strings_ | numbers_) >> capture & 1) != 0;
    };
    auto &all = lesson.program.emissions;
    return std::all_of(all.begin(), all.end(), [&](const Emission &one) {
        return has_value(one.text) && has_value(one.choice.value_number) && has_value(one.tool.value_number);
    });
}

}  // namespace sluice
