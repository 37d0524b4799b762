#include "walker.hpp"

namespace sluice {

// Most numbers are one digit, or digits.
static inline bool is_short_or_number(const uint8_t *token, const uint8_t *end) {
    if (end - token == 1) return is_digit(*token);
    return (*token != '0' && *token != '-' && skip_digits(token, end) == end) || is_number(token, end);
}

bool Walker::grow() { return captures.size() < max_captures_ && captures.reserve(captures.size() + 1); }

SLUICE_INLINE bool Walker::add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length) {
    bool has_room = captures.size() < max_captures_ && !captures.is_full();
    if (!has_room && !grow()) return false;
    captures.add() = {text_.offset(from), length, node.path, kind, node.levels,
                      {positions_[0], positions_[1], positions_[2]}};
    return true;
}

// The member with this key; null if there is none. An unknown key may have escapes.
SLUICE_INLINE const Member *Walker::find_member(const Node &node, const uint8_t *key, size_t length) const {
    static constexpr uint64_t masks[] = {0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
                                         UINT64_MAX};
    constexpr bool has_heads = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    if (!has_heads || end_ - key < 8 || !node.is_hashed) return find_escaped(node, key, length);
    uint64_t head;
    std::memcpy(&head, key, 8);
    head &= masks[length < 8 ? length : 8];
    const Slot &slot = node.slots.data()[node.slot_of(head, length)];
    if (slot.head == head && slot.key_length == length) {
        return length <= 8 ? node.members.data() + slot.member : find_same(node, slot.member, key, length);
    }
    bool has_escape = has_byte(head, '\\') || (length > 8 && has_backslash(key + 8, length - 8, end_));
    return __builtin_expect(has_escape, 0) ? find_escaped(node, key, length) : nullptr;
}

// Of the members whose keys have this head and length, the one with this key.
SLUICE_INLINE const Member *Walker::find_same(const Node &node, uint32_t number, const uint8_t *key, size_t length) const {
    for (; number != no_member; number = node.members[number].next) {
        const Member &member = node.members[number];
        if (same_behind_head(member.key, key, length)) return &member;
    }
    return has_backslash(key, length, end_) ? find_escaped(node, key, length) : nullptr;
}

__attribute__((noinline)) const Member *Walker::find_escaped(const Node &node, const uint8_t *key, size_t length) const {
    bool has_escape = has_backslash(key, length, end_);
    for (const Member &member : node.members) {
        auto *name = reinterpret_cast<const uint8_t *>(member.key);
        bool is_same = member.key_length == length && std::memcmp(name, key, length) == 0;
        if (is_same || (has_escape && c_sluice_string_equals(key, length, true, name, member.key_length))) return &member;
    }
    return nullptr;
}

// Checks and skips the number, true, false or null at `at`. What begins with another byte may be a bracket, which has no end.
SLUICE_INLINE Walker::Place Walker::skip_literal(Place at) {
    const uint8_t *token = bytes_ + *at;
    switch (*token) {
        case 'n': return is_literal(token, token_end(at), "null", 4) ? at + 1 : fail(at);
        case 't': return is_literal(token, token_end(at), "true", 4) ? at + 1 : fail(at);
        case 'f': return is_literal(token, token_end(at), "false", 5) ? at + 1 : fail(at);
        default: return starts_number(*token) && is_short_or_number(token, token_end(at)) ? at + 1 : fail(at);
    }
}

inline Walker::Place Walker::skip_scalar(Place at) { return byte(at) == '"' ? at + 1 : skip_literal(at); }

// Skips an object or array; most that no path leads into are empty.
SLUICE_INLINE Walker::Place Walker::skip_container(Place at) {
    // The byte of a closing bracket is two more than that of the opening one.
    bool is_empty = byte(at + 1) == byte(at) + 2 && depth_ < max_depth_;
    return is_empty ? at + 2 : skip_nested(at);
}

SLUICE_INLINE Walker::Place Walker::skip_value(Place at) {
    const uint8_t first = byte(at);
    return first == '"' ? at + 1 : first == '{' || first == '[' ? skip_container(at) : skip_literal(at);
}

// If a key is repeated, the last value counts, as in readers that build dictionaries: the captures of the earlier value are
// marked as dropped. Each capture is marked at most once, so repeated keys cost no more than other bytes.
SLUICE_INLINE void Walker::begin_member(Level &level, uint32_t ordinal) {
    const uint32_t count = captures.size();
    level.captures[level.last].end = count;
    level.last = ordinal;
    const uint64_t bit = uint64_t(1) << ordinal;
    if (__builtin_expect((level.seen & bit) != 0, 0)) drop(level, ordinal);
    level.seen |= bit;
    level.captures[ordinal].begin = count;
}

void Walker::drop(Level &level, uint32_t ordinal) {
    for (uint32_t i = level.captures[ordinal].begin; i < level.captures[ordinal].end; i++) {
        captures[i].path = no_path;
        has_dead_ = true;
    }
}

SLUICE_INLINE Walker::Place Walker::capture_string(Place at, const Node &node) {
    const uint8_t *string = bytes_ + *at + 1;
    const size_t length = static_cast<size_t>(token_end(at) - 1 - string);
    const uint8_t kind = has_backslash(string, length, end_) ? C_SLUICE_ESCAPED : C_SLUICE_STRING;
    return add(node, kind, string, static_cast<uint32_t>(length)) ? at + 1 : fail(at, C_SLUICE_TOO_MANY);
}

// null is never captured.
SLUICE_INLINE Walker::Place Walker::capture_literal(Place at, const Node &node) {
    const uint8_t *token = bytes_ + *at;
    if (skip_literal(at) == nullptr) return nullptr;
    if (*token == 'n') return at + 1;
    const uint8_t kind = *token == 't' ? C_SLUICE_TRUE : *token == 'f' ? C_SLUICE_FALSE : C_SLUICE_NUMBER;
    bool is_added = add(node, kind, token, static_cast<uint32_t>(token_end(at) - token));
    return is_added ? at + 1 : fail(at, C_SLUICE_TOO_MANY);
}

inline Walker::Place Walker::skip_key(Place at) {
    if (byte(at) != '"') return fail(at);
    if (byte(at + 1) != ':') return fail(at + 1);
    return at + 2;
}

// Skips one object or array. Bit `depth` of nesting_ says whether that level is an object.
Walker::Place Walker::skip_nested(Place at) {
    const uint32_t base = depth_;
    for (;;) {
        uint8_t first = byte(at);
        if (first == '{' || first == '[') {
            if (++depth_ > max_depth_) return fail(at, C_SLUICE_DEPTH);
            at++;
            bool is_object = first == '{';
            uint64_t mask = uint64_t(1) << (depth_ & 63);
            uint64_t &word = nesting_[depth_ >> 6];
            word = is_object ? word | mask : word & ~mask;
            if (byte(at) != (is_object ? '}' : ']')) {
                if (is_object && (at = skip_key(at)) == nullptr) return nullptr;
                continue;
            }
        } else if ((at = skip_scalar(at)) == nullptr) {
            return nullptr;
        }
        for (;;) {
            if (depth_ == base) return at;
            bool in_object = (nesting_[depth_ >> 6] >> (depth_ & 63) & 1) != 0;
            uint8_t after = byte(at);
            at++;
            if (after == ',') {
                if (in_object && (at = skip_key(at)) == nullptr) return nullptr;
                break;
            }
            if (after != (in_object ? '}' : ']')) return fail(at - 1);
            depth_--;
        }
    }
}

int32_t Walker::run(Text text, const c_sluice_table &table, const c_sluice_limits &limits, uint32_t *index, uint32_t count,
                    std::vector<uint64_t> &nesting) {
    captures.clear();
    text_ = text;
    bytes_ = text.base();
    end_ = text.end();
    last_word_ = text.length >= 8 ? text.end() - 8 : nullptr;
    table_ = &table;
    max_depth_ = limits.max_depth;
    max_captures_ = limits.max_captures;
    nesting_ = nesting.data();
    depth_ = 0;
    for (uint32_t &position : positions_) position = 0;
    status_ = C_SLUICE_OK;
    has_dead_ = false;
    uint32_t entry_behind = index[count];
    int32_t status = walk_object(index, count);
    index[count] = entry_behind;
    if (status != C_SLUICE_OK) captures.clear();
    return status;
}

int32_t Walker::walk_object(uint32_t *index, uint32_t count) {
    error_offset_ = 0;
    uint8_t first = bytes_[index[0]];
    if (first != '{') {
        index[count] = text_.origin + text_.length;
        bool is_json = first == '[' || (count == 1 && skip_scalar(index) != nullptr);
        return is_json ? C_SLUICE_NOT_OBJECT : C_SLUICE_SYNTAX;
    }
    if (bytes_[index[count - 1]] != '}') {
        error_offset_ = text_.length;
        return C_SLUICE_SYNTAX;
    }
    index[count] = index[0];
    Place behind = table_->nodes[0].members.empty() ? skip_nested(index) : walk(index);
    if (behind == nullptr) return status_;
    if (behind != index + count) fail(behind);
    if (has_dead_) drop_dead();
    return status_;
}

void ExpectedMember::keep(const uint8_t *quote, uint32_t to_colon, const Member *found) {
    distance = 0;
    if (to_colon + 1 > longest) return;
    uint32_t length = to_colon + 1;
    third = static_cast<uint8_t>(length > 8 ? length - 8 : 0);
    second = length > 16 ? 8 : third;
    mask = length < 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ~uint64_t(0) >> (64 - 8 * length) : ~uint64_t(0);
    words[0] = word_at(quote);
    words[1] = word_at(quote + second);
    words[2] = word_at(quote + third);
    member = found;
    distance = to_colon;
}

// Which members are expected in the object that begins.
SLUICE_INLINE void Walker::expect(Level &level) {
    ExpectedObject &object = expected_[static_cast<size_t>(level.node - table_->nodes.data()) % expected_.size()];
    level.expected = object.members;
    level.last_expected = object.members + ExpectedObject::most_members - 1;
    // The address of a node may have been that of another table's.
    if (object.node == level.node && object.table == table_->number) return;
    object.node = level.node;
    object.table = table_->number;
    for (ExpectedMember &member : object.members) member.distance = 0;
}

// Walks the members of an object from the key at `at` on, up to one whose value is to be captured or walked: returns the position
// of that value, and its node in `level.value`; or of the bracket that closes the object, and null there.
SLUICE_INLINE Walker::Place Walker::walk_members(Place at, Level &level) {
    const uint8_t *const bytes = bytes_;
    const uint8_t *const last_word = last_word_;
    ExpectedMember *expected = level.expected;
    for (;;) {
        const uint8_t *quote = bytes + at[0];
        const uint32_t to_colon = at[1] - at[0];
        const Member *member = expected->member;
        if (__builtin_expect(quote > last_word || !expected->is_at(quote, to_colon), 0)) {
            if (*quote != '"') return fail(at);
            if (bytes[at[1]] != ':') return fail(at + 1);
            member = find_member(*level.node, quote + 1, static_cast<size_t>(token_end(at) - 2 - quote));
            if (quote <= last_word) expected->keep(quote, to_colon, member);
        }
        expected += expected < level.last_expected ? 1 : 0;
        at += 2;
        if (member != nullptr) {
            begin_member(level, member->ordinal);
            level.value = member->child;
            level.expected = expected;
            return at;
        }
        at = bytes[*at] == '"' ? at + 1 : skip_value(at);
        if (at == nullptr) return nullptr;
        const uint8_t after = bytes[*at];
        if (after != ',') {
            level.value = nullptr;
            return after == '}' ? at : fail(at);
        }
        at++;
    }
}

// Walks the object at `at`: everything that the table has entries for, each value below the last.
Walker::Place Walker::walk(Place at) {
    const uint8_t *const bytes = bytes_;
    const Node *const nodes = table_->nodes.data();
    const Node *node = nodes;
    Level *level = levels_.data();
    bool is_object = true;
    level->container = no_capture;

open:
    if (++depth_ > max_depth_) return fail(at, C_SLUICE_DEPTH);
    level->node = node;
    level->is_object = is_object;
    level->seen = 0;
    level->last = 0;
    level->position = 0;
    at++;
    if (bytes[*at] == (is_object ? '}' : ']')) goto close;
    if (is_object) expect(*level);

next:
    if (level->is_object) {
        at = walk_members(at, *level);
        if (at == nullptr) return nullptr;
        node = level->value;
        if (node == nullptr) goto close;
    } else {
        positions_[level->node->levels] = level->position++;
        node = nodes + level->node->element;
    }
    switch (bytes[*at]) {
        case '"':
            at = node->path == no_path ? at + 1 : capture_string(at, *node);
            break;
        case '{':
        case '[': {
            is_object = bytes[*at] == '{';
            uint32_t container = no_capture;
            if (node->containers && node->path != no_path) {
                container = captures.size();
                if (!add(*node, C_SLUICE_CONTAINER, bytes + *at, 0)) return fail(at, C_SLUICE_TOO_MANY);
            }
            if (is_object ? !node->members.empty() : node->element >= 0) {
                level++;
                level->container = container;
                goto open;
            }
            Place behind = skip_container(at);
            if (behind != nullptr && container != no_capture) captures[container].length = behind[-1] + 1 - *at;
            at = behind;
            break;
        }
        default:
            at = node->path == no_path ? skip_literal(at) : capture_literal(at, *node);
            break;
    }
    if (at == nullptr) return nullptr;

after:
    if (bytes[*at] == ',') {
        at++;
        goto next;
    }
    if (bytes[*at] != (level->is_object ? '}' : ']')) return fail(at);

close:
    depth_--;
    at++;
    if (level->container != no_capture) {
        c_sluice_capture &whole = captures[level->container];
        whole.length = at[-1] + 1 - text_.origin - whole.offset;
    }
    if (level == levels_.data()) return at;
    level--;
    goto after;
}

const uint8_t *Walker::without_space(const uint8_t *end) {
    while (is_space(end[-1])) end--;
    return end;
}

void Walker::drop_dead() {
    uint32_t kept = 0;
    for (const c_sluice_capture &capture : captures) {
        if (capture.path != no_path) captures[kept++] = capture;
    }
    captures.shrink(kept);
}

}  // namespace sluice
