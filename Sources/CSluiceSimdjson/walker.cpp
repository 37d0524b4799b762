#include "walker.hpp"

namespace sluice {

bool Walker::grow() { return captures.size() < max_captures_ && captures.reserve(captures.size() + 1); }

// Writes whole words: what narrower writes have left is read more slowly as a word, and signatures are words.
SLUICE_INLINE bool Walker::add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length) {
    static_assert(sizeof(c_sluice_capture) == 24 && offsetof(c_sluice_capture, path) == 8 &&
                  offsetof(c_sluice_capture, positions) == 12 && C_SLUICE_MAX_ARRAY_LEVELS == 3);
    constexpr bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    bool has_room = captures.size() < max_captures_ && !captures.is_full();
    if (!has_room && !grow()) return false;
    uint64_t offset = text_.offset(from);
    constexpr int kind_bits = is_little ? (offsetof(c_sluice_capture, kind) - 8) * 8
                                        : 56 - (offsetof(c_sluice_capture, kind) - 8) * 8;
    uint64_t words[3] = {is_little ? offset | uint64_t(length) << 32 : offset << 32 | length,
                         node.tag | uint64_t(kind) << kind_bits | first_position_, other_positions_};
    std::memcpy(&captures.add(), words, sizeof words);
    return true;
}

// Sets the position of arrays that `levels` arrays contain.
SLUICE_INLINE void Walker::set_position(uint32_t levels, uint32_t position) {
    constexpr bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    uint64_t upper = uint64_t(position) << 32;
    if (levels == 0) {
        first_position_ = is_little ? upper : position;
    } else {
        bool is_upper = (levels == 2) == is_little;
        uint64_t kept = is_upper ? UINT32_MAX : ~uint64_t(UINT32_MAX);
        other_positions_ = (other_positions_ & kept) | (is_upper ? upper : position);
    }
}

// The member of what may be a key at `at`, and may have white space after it. Null after storing an error.
__attribute__((noinline)) Walker::Place Walker::find_spaced(Place at, const Node &node, const Slot *&found) {
    const uint8_t *key = bytes_ + at[0] + 1;
    if (key[-1] != '"') return fail(at);
    if (byte(at + 1) != ':') return fail(at + 1);
    size_t length = static_cast<size_t>(token_end(at) - 1 - key);
    found = node.find(key, length, end_);
    return at;
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
// marked as dropped.
SLUICE_INLINE void Walker::begin_member(Level &level, const Slot &member) {
    const uint64_t bit = uint64_t(1) << member.ordinal;
    if (__builtin_expect((level.seen & bit) != 0, 0)) drop(level, member);
    level.seen |= bit;
    level.begins[member.ordinal] = captures.size();
}

// The captures of a member follow its beginning, and those below its node are no other's. A capture is marked once, and looked at once
// for each member that an object of the table may have.
__attribute__((noinline)) void Walker::drop(Level &level, const Slot &member) {
    for (uint32_t i = level.begins[member.ordinal]; i < captures.size(); i++) {
        if (captures[i].path == no_path) continue;
        uint32_t place = table_->places[captures[i].path];
        if (place < member.child->first || place > member.child->last) return;
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

int32_t Walker::run(Text text, uint32_t *index, uint32_t count) {
    text_ = text;
    bytes_ = text.base();
    end_ = text.end();
    depth_ = 0;
    first_position_ = other_positions_ = 0;
    error_offset_ = 0;
    status_ = C_SLUICE_OK;
    has_dead_ = false;
    uint32_t entry_behind = index[count];
    int32_t status = walk_object(index, count);
    index[count] = entry_behind;
    if (status != C_SLUICE_OK) captures.clear();
    return status;
}

int32_t Walker::walk_object(uint32_t *index, uint32_t count) {
    uint8_t first = bytes_[index[0]];
    if (first != '{') {
        index[count] = static_cast<uint32_t>(text_.origin + text_.length);
        bool is_json = first == '[' || (count == 1 && skip_scalar(index) != nullptr);
        return is_json ? C_SLUICE_NOT_OBJECT : C_SLUICE_SYNTAX;
    }
    if (bytes_[index[count - 1]] != '}') {
        error_offset_ = static_cast<uint32_t>(text_.length);
        return C_SLUICE_SYNTAX;
    }
    index[count] = index[0];
    Place behind = table_->nodes[0].members.empty() ? skip_nested(index) : walk(index);
    if (behind == nullptr) return status_;
    if (behind != index + count) fail(behind);
    if (has_dead_) drop_dead();
    return status_;
}

// Whether the bytes before and at `colon` are a quote and a colon. Of a string that begins before them, and no other token, that
// quote is its end.
SLUICE_INLINE static bool is_key_end(const uint8_t *colon) {
    uint16_t both;
    std::memcpy(&both, colon - 1, sizeof both);
    constexpr uint16_t wanted = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '"' | ':' << 8 : '"' << 8 | ':';
    return both == wanted;
}

// Walks the object at `at`: everything that the table has entries for, each value below the last.
Walker::Place Walker::walk(Place at) {
    const uint8_t *const bytes = bytes_;
    // Up to here a word of a key can be read.
    const uint8_t *const last_key = Node::has_heads && text_.length >= 8 ? end_ - 8 : nullptr;
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
    level->position = 0;
    at++;
    if (bytes[*at] == (is_object ? '}' : ']')) goto close;

next:
    if (level->is_object) {
    member:
        const uint8_t *key = bytes + at[0] + 1;
        const uint8_t *colon = bytes + at[1];
        const Slot *member;
        if (__builtin_expect(key <= last_key && key[-1] == '"' && is_key_end(colon), 1)) {
            member = level->node->find_near(key, static_cast<size_t>(colon - 1 - key), end_);
        } else if (find_spaced(at, *level->node, member) == nullptr) {
            return nullptr;
        }
        at += 2;
        if (member == nullptr) {
            at = bytes[*at] == '"' ? at + 1 : skip_value(at);
            if (at == nullptr) return nullptr;
            if (bytes[*at] != ',') goto after;
            at++;
            goto member;
        }
        begin_member(*level, *member);
        node = member->child;
    } else {
        set_position(level->node->levels, level->position++);
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
        whole.length = static_cast<uint32_t>(at[-1] + 1 - text_.origin - whole.offset);
    }
    if (level == levels_.data()) return at;
    level--;
    goto after;
}

// Skips the member after the comma at `at`, of an object of this node, if no path leads into it. Returns the position after it, or null.
Walker::Place Walker::skip_unknown(Text text, const Index &index, Place at, const Node &node, uint32_t depth) {
    text_ = text;
    bytes_ = index.base;
    end_ = text.end();
    depth_ = depth;
    uint32_t &behind = index.entries[index.count];
    const uint32_t entry_behind = behind;
    behind = index.entries[0];
    const Slot *member = nullptr;
    bool is_key = byte(index.entries + index.count - 1) == '}' && byte(at) == ',' && find_spaced(at + 1, node, member) != nullptr;
    Place after = is_key && member == nullptr ? skip_value(at + 3) : nullptr;
    behind = entry_behind;
    return after;
}

void Walker::drop_dead() {
    uint32_t kept = 0;
    for (const c_sluice_capture &capture : captures) {
        if (capture.path != no_path) captures[kept++] = capture;
    }
    captures.shrink(kept);
}

}  // namespace sluice
