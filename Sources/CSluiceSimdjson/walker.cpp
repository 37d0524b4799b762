#include "walker.hpp"

namespace sluice {

// Most numbers are one digit.
static inline bool is_short_or_number(const uint8_t *token, const uint8_t *end) {
    return (end - token == 1 && is_digit(*token)) || is_number(token, end);
}

SLUICE_INLINE bool Walker::add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length) {
    if (captures_.size() >= limits_.max_captures || !captures_.reserve(captures_.size() + 1)) return false;
    captures_.add() = {text_.offset(from), length, node.path, kind, node.levels,
                       {positions_[0], positions_[1], positions_[2]}};
    return true;
}

// The member with this key; null if there is none.
SLUICE_INLINE const Member *Walker::find_member(const Node &node, const uint8_t *key, size_t length) {
    constexpr bool has_heads = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    if (!has_heads || end_ - key < 8) return find_any_member(node, key, length);
    static constexpr uint64_t masks[] = {0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
                                         UINT64_MAX};
    uint64_t head;
    std::memcpy(&head, key, 8);
    head &= masks[std::min<size_t>(length, 8)];
    const Member &member = node.members[node.slots[node.slot_of(key_word(head, key, length))]];
    if (member.head == head && member.key_length == length) {
        if (length <= 8 || same_behind_head(member.key, key, length)) return &member;
    }
    bool is_unknown = node.is_hashed && length <= 16 && !has_byte(head, '\\');
    if (is_unknown && length > 8) {
        std::memcpy(&head, key + length - 8, 8);
        is_unknown = !has_byte(head, '\\');
    }
    return is_unknown ? nullptr : find_any_member(node, key, length);
}

__attribute__((noinline)) const Member *Walker::find_any_member(const Node &node, const uint8_t *key, size_t length) {
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
    bool is_empty = byte(at + 1) == byte(at) + 2 && depth_ < limits_.max_depth;
    return is_empty ? at + 2 : skip_nested(at);
}

SLUICE_INLINE Walker::Place Walker::skip_value(Place at) {
    const uint8_t first = byte(at);
    return first == '"' ? at + 1 : first == '{' || first == '[' ? skip_container(at) : skip_literal(at);
}

// If a key is repeated, the last value counts, as in readers that build dictionaries: the captures of the earlier value are
// marked as dropped. Each capture is marked at most once, so repeated keys cost no more than other bytes.
SLUICE_INLINE void Walker::begin_member(Level &level, uint32_t ordinal) {
    const uint32_t count = captures_.size();
    level.captures[level.last].end = count;
    level.last = ordinal;
    const uint64_t bit = uint64_t(1) << ordinal;
    if ((level.seen & bit) != 0) {
        for (uint32_t i = level.captures[ordinal].begin; i < level.captures[ordinal].end; i++) {
            captures_[i].path = no_path;
            has_dead_ = true;
        }
    }
    level.seen |= bit;
    level.captures[ordinal].begin = count;
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
            if (++depth_ > limits_.max_depth) return fail(at, C_SLUICE_DEPTH);
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

int32_t Walker::run(uint32_t *index, uint32_t count) {
    uint32_t entry_behind = index[count];
    int32_t status = run_object(index, count);
    index[count] = entry_behind;
    return status;
}

int32_t Walker::run_object(uint32_t *index, uint32_t count) {
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
    Place behind = table_.nodes[0].members.empty() ? skip_nested(index) : walk(index);
    if (behind == nullptr) return status_;
    if (behind != index + count) fail(behind);
    if (has_dead_) drop_dead();
    return status_;
}

// Walks the object at `at`: everything that the table has entries for, each value below the last.
Walker::Place Walker::walk(Place at) {
    const uint8_t *const bytes = bytes_;
    const Node *node = table_.nodes.data();
    Level *level = levels_;
    bool is_object = true;
    level->container = no_capture;

open:
    if (++depth_ > limits_.max_depth) return fail(at, C_SLUICE_DEPTH);
    level->node = node;
    level->is_object = is_object;
    level->seen = 0;
    level->last = 0;
    at++;
    if (is_object) {
        if (bytes[*at] == '}') goto close;
        goto key;
    }
    if (bytes[*at] == ']') goto close;
    level->position = 0;
    goto element;

key:
    if (bytes[at[0]] != '"') return fail(at);
    if (bytes[at[1]] != ':') return fail(at + 1);
    {
        const uint8_t *key = bytes + at[0] + 1;
        const Member *member = find_member(*node, key, static_cast<size_t>(token_end(at) - 1 - key));
        at += 2;
        if (member == nullptr) {
            at = skip_value(at);
            if (at == nullptr) return nullptr;
            goto next;
        }
        begin_member(*level, member->ordinal);
        node = member->child;
    }
    goto value;

element:
    positions_[node->levels] = level->position++;
    node = table_.nodes.data() + node->element;

value:
    switch (bytes[*at]) {
        case '"':
            at = node->path == no_path ? at + 1 : capture_string(at, *node);
            break;
        case '{':
        case '[': {
            is_object = bytes[*at] == '{';
            uint32_t container = no_capture;
            if (node->containers && node->path != no_path) {
                container = captures_.size();
                if (!add(*node, C_SLUICE_CONTAINER, bytes + *at, 0)) return fail(at, C_SLUICE_TOO_MANY);
            }
            if (is_object ? !node->members.empty() : node->element >= 0) {
                level++;
                level->container = container;
                goto open;
            }
            Place behind = skip_container(at);
            if (behind != nullptr && container != no_capture) captures_[container].length = behind[-1] + 1 - *at;
            at = behind;
            break;
        }
        default:
            at = node->path == no_path ? skip_literal(at) : capture_literal(at, *node);
            break;
    }
    if (at == nullptr) return nullptr;
    node = level->node;

next:
    {
        const uint8_t after = bytes[*at];
        if (after == ',') {
            at++;
            if (level->is_object) goto key;
            goto element;
        }
        if (after != (level->is_object ? '}' : ']')) return fail(at);
    }

close:
    depth_--;
    at++;
    if (level == levels_) return at;
    if (level->container != no_capture) {
        c_sluice_capture &whole = captures_[level->container];
        whole.length = at[-1] + 1 - text_.origin - whole.offset;
    }
    level--;
    node = level->node;
    goto next;
}

const uint8_t *Walker::without_space(const uint8_t *end) {
    while (is_space(end[-1])) end--;
    return end;
}

void Walker::drop_dead() {
    uint32_t kept = 0;
    for (const c_sluice_capture &capture : captures_) {
        if (capture.path != no_path) captures_[kept++] = capture;
    }
    captures_.shrink(kept);
}

}  // namespace sluice
