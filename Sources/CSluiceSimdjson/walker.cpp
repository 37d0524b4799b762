#include "walker.hpp"

namespace sluice {

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
    Place behind = object(index, nodes_[0]);
    if (behind == nullptr) return status_;
    if (behind != index + count) fail(behind);
    if (has_dead_) drop_dead();
    return status_;
}

inline bool Walker::add(const Node &node, uint8_t kind, const uint8_t *from, uint32_t length) {
    if (captures_.size() >= limits_.max_captures || !captures_.reserve(captures_.size() + 1)) return false;
    captures_.add() = {text_.offset(from), length, node.path, kind, node.levels,
                       {positions_[0], positions_[1], positions_[2]}};
    return true;
}

inline const Member *Walker::find_member(const Node &node, const uint8_t *key, size_t length) {
    uint64_t head = key_head(key, length, text_.end());
    for (const Member &member : node.members) {
        if (member.head != head || member.key_length != length) continue;
        if (length <= 8 || std::memcmp(member.key + 8, key + 8, length - 8) == 0) return &member;
    }
    return nullptr;
}

// Checks and skips the string or scalar at `at`.
inline Walker::Place Walker::skip_scalar(Place at) {
    const uint8_t *token = bytes_ + *at;
    bool valid = false;
    switch (*token) {
        case '"': return at + 1;
        case 'n': valid = is_literal(token, token_end(at), "null", 4); break;
        case 't': valid = is_literal(token, token_end(at), "true", 4); break;
        case 'f': valid = is_literal(token, token_end(at), "false", 5); break;
        default: valid = starts_number(*token) && is_number(token, token_end(at)); break;
    }
    return valid ? at + 1 : fail(at);
}

inline Walker::Place Walker::skip_value(Place at) {
    uint8_t first = byte(at);
    return first == '{' || first == '[' ? skip_nested(at) : skip_scalar(at);
}

inline Walker::Place Walker::value(Place at, const Node &node) {
    uint8_t first = byte(at);
    if (first == '{' || first == '[') return container(at, node, node.path != no_path && node.containers);
    return node.path == no_path ? skip_scalar(at) : capture_scalar(at, node);
}

// Processes an object or array in the table: walks it if the table has entries below it, otherwise skips it; captures it whole
// if requested.
Walker::Place Walker::container(Place at, const Node &node, bool captured) {
    bool is_object = byte(at) == '{';
    size_t slot = captures_.size();
    if (captured && !add(node, C_SLUICE_CONTAINER, bytes_ + *at, 0)) return fail(at, C_SLUICE_TOO_MANY);
    Place behind;
    if (is_object && !node.members.empty()) {
        behind = object(at, node);
    } else if (!is_object && node.element >= 0) {
        behind = array(at, node);
    } else {
        behind = skip_nested(at);
    }
    if (behind != nullptr && captured) captures_[slot].length = behind[-1] + 1 - *at;
    return behind;
}

// If a key is repeated, the last value counts, as in readers that build dictionaries: the captures of the earlier value are
// marked as dropped. Each capture is marked at most once, so repeated keys cost no more than other bytes.
Walker::Place Walker::object(Place at, const Node &node) {
    if (++depth_ > limits_.max_depth) return fail(at, C_SLUICE_DEPTH);
    at++;
    uint64_t seen = 0;
    struct { uint32_t first, last; } ranges[C_SLUICE_MAX_MEMBERS];
    if (byte(at) == '}') {
        depth_--;
        return at + 1;
    }
    for (;;) {
        if (byte(at) != '"') return fail(at);
        const uint8_t *key = bytes_ + *at + 1;
        size_t key_length = static_cast<size_t>(token_end(at) - 1 - key);
        if (byte(at + 1) != ':') return fail(at + 1);
        at += 2;
        const Member *member = nullptr;
        if ((node.lengths & length_bit(key_length)) != 0) member = find_member(node, key, key_length);
        if (member == nullptr) member = find_escaped_member(node, key, key_length);
        if (member == nullptr) {
            at = skip_value(at);
        } else {
            size_t ordinal = static_cast<size_t>(member - node.members.data());
            if ((seen >> ordinal & 1) != 0) forget(ranges[ordinal].first, ranges[ordinal].last);
            seen |= uint64_t(1) << ordinal;
            ranges[ordinal].first = static_cast<uint32_t>(captures_.size());
            at = value(at, nodes_[member->node]);
            ranges[ordinal].last = static_cast<uint32_t>(captures_.size());
        }
        if (at == nullptr) return nullptr;
        uint8_t after = byte(at);
        at++;
        if (after == ',') continue;
        if (after != '}') return fail(at - 1);
        depth_--;
        return at;
    }
}

Walker::Place Walker::array(Place at, const Node &node) {
    if (++depth_ > limits_.max_depth) return fail(at, C_SLUICE_DEPTH);
    at++;
    const Node &element = nodes_[node.element];
    if (byte(at) == ']') {
        depth_--;
        return at + 1;
    }
    for (uint32_t position = 0;; position++) {
        positions_[node.levels] = position;
        at = value(at, element);
        if (at == nullptr) return nullptr;
        uint8_t after = byte(at);
        at++;
        if (after == ',') continue;
        if (after != ']') return fail(at - 1);
        depth_--;
        return at;
    }
}

Walker::Place Walker::capture_scalar(Place at, const Node &node) {
    const uint8_t *token = bytes_ + *at;
    if (*token != '"') {
        if (skip_scalar(at) == nullptr) return nullptr;
        if (*token == 'n') return at + 1;
        uint8_t kind = *token == 't' ? C_SLUICE_TRUE : *token == 'f' ? C_SLUICE_FALSE : C_SLUICE_NUMBER;
        bool added = add(node, kind, token, static_cast<uint32_t>(token_end(at) - token));
        return added ? at + 1 : fail(at, C_SLUICE_TOO_MANY);
    }
    token++;
    size_t length = static_cast<size_t>(token_end(at) - 1 - token);
    bool is_escaped = has_backslash(token, length, text_.end());
    bool added = add(node, is_escaped ? C_SLUICE_ESCAPED : C_SLUICE_STRING, token, static_cast<uint32_t>(length));
    return added ? at + 1 : fail(at, C_SLUICE_TOO_MANY);
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

const Member *Walker::find_escaped_member(const Node &node, const uint8_t *key, size_t length) {
    if (!has_backslash(key, length, text_.end())) return nullptr;
    for (const Member &member : node.members) {
        auto *name = reinterpret_cast<const uint8_t *>(member.key);
        if (c_sluice_string_equals(key, length, true, name, member.key_length)) return &member;
    }
    return nullptr;
}

void Walker::forget(uint32_t first, uint32_t last) {
    for (uint32_t i = first; i < last; i++) captures_[i].path = no_path;
    has_dead_ = has_dead_ || first != last;
}

void Walker::drop_dead() {
    uint32_t kept = 0;
    for (const c_sluice_capture &capture : captures_) {
        if (capture.path != no_path) captures_[kept++] = capture;
    }
    captures_.shrink(kept);
}

}  // namespace sluice
