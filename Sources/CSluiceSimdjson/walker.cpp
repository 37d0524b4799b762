#include "walker.hpp"

namespace sluice {

int32_t Walker::run() {
    bool is_object = peek() == '{';
    if (!(is_object ? object(0) : skip_value())) return status_;
    if (at_ != index_count_) {
        fail();
        return status_;
    }
    if (has_dead_) drop_dead();
    return is_object ? C_SLUICE_OK : C_SLUICE_NOT_OBJECT;
}

bool Walker::enter() {
    if (++depth_ > limits_.max_depth) return fail(C_SLUICE_DEPTH);
    at_++;
    return true;
}

bool Walker::value(uint32_t node_index) {
    const Node &node = nodes_[node_index];
    uint8_t first = peek();
    if (first != '{' && first != '[') return node.path == no_path ? check_scalar() : scalar(node);
    return container(node_index, node.path != no_path && node.containers);
}

// An object or array that the table names: walked where the table goes on, else passed over; captured whole on request.
bool Walker::container(uint32_t node_index, bool captured) {
    const Node &node = nodes_[node_index];
    bool is_object = peek() == '{';
    uint32_t from = start();
    size_t slot = captures_.size();
    if (captured && !add(node, C_SLUICE_CONTAINER, from, from)) return false;
    bool walked;
    if (is_object && !node.members.empty()) {
        walked = object(node_index);
    } else if (!is_object && node.element >= 0) {
        walked = array(node_index);
    } else {
        walked = skip_value();
    }
    if (walked && captured) captures_[slot].length = index_[at_ - 1] + 1 - from;
    return walked;
}

bool Walker::object(uint32_t node_index) {
    if (!enter()) return false;
    const Node &node = nodes_[node_index];
    if (peek() == '}') {
        at_++;
        depth_--;
        return true;
    }
    uint64_t seen = 0;
    CaptureRange ranges[C_SLUICE_MAX_MEMBERS];
    for (;;) {
        uint32_t key = start() + 1;
        if (peek() != '"') return fail();
        uint32_t key_end = token_end() - 1;
        at_++;
        if (peek() != ':') return fail();
        at_++;
        const Member *member = find_member(node, key, key_end - key);
        if (member == nullptr) {
            if (!skip_value()) return false;
        } else {
            size_t ordinal = static_cast<size_t>(member - node.members.data());
            if ((seen >> ordinal & 1) != 0) forget(ranges[ordinal]);
            seen |= uint64_t(1) << ordinal;
            ranges[ordinal].first = static_cast<uint32_t>(captures_.size());
            if (!value(member->node)) return false;
            ranges[ordinal].last = static_cast<uint32_t>(captures_.size());
        }
        uint8_t after = peek();
        if (after == ',') {
            at_++;
        } else if (after == '}') {
            at_++;
            depth_--;
            return true;
        } else {
            return fail();
        }
    }
}

bool Walker::array(uint32_t node_index) {
    if (!enter()) return false;
    uint32_t element = static_cast<uint32_t>(nodes_[node_index].element);
    unsigned level = nodes_[node_index].levels;
    if (peek() == ']') {
        at_++;
        depth_--;
        return true;
    }
    for (uint32_t position = 0;; position++) {
        positions_[level] = position;
        if (!value(element)) return false;
        uint8_t after = peek();
        if (after == ',') {
            at_++;
        } else if (after == ']') {
            at_++;
            depth_--;
            return true;
        } else {
            return fail();
        }
    }
}

bool Walker::scalar(const Node &node) {
    uint32_t from = start();
    uint8_t first = peek();
    if (at_ >= index_count_) return fail();
    uint32_t to = token_end();
    if (first == '"') {
        at_++;
        bool escaped = std::memchr(bytes_ + from + 1, '\\', to - from - 2) != nullptr;
        return add(node, escaped ? C_SLUICE_ESCAPED : C_SLUICE_STRING, from + 1, to - 1);
    }
    if (!check_scalar()) return false;
    switch (first) {
        case 'n': return true;
        case 't': return add(node, C_SLUICE_TRUE, from, to);
        case 'f': return add(node, C_SLUICE_FALSE, from, to);
        default: return add(node, C_SLUICE_NUMBER, from, to);
    }
}

// Checks the scalar at `at_` and passes it.
bool Walker::check_scalar() {
    if (at_ >= index_count_) return fail();
    const uint8_t *p = bytes_ + index_[at_];
    if (*p == '"') {
        at_++;
        return true;
    }
    const uint8_t *end = bytes_ + token_end();
    bool valid;
    switch (*p) {
        case 'n': valid = is_literal(p, end, "null", 4); break;
        case 't': valid = is_literal(p, end, "true", 4); break;
        case 'f': valid = is_literal(p, end, "false", 5); break;
        default: valid = is_number(p, end); break;
    }
    if (!valid) return fail();
    at_++;
    return true;
}

bool Walker::skip_key() {
    if (peek() != '"') return fail();
    at_++;
    if (peek() != ':') return fail();
    at_++;
    return true;
}

// Passes one value of any kind. Bit `depth` of nesting_ says whether that level is an object.
bool Walker::skip_value() {
    uint8_t first = peek();
    if (first != '{' && first != '[') return check_scalar();
    const uint32_t base = depth_;
    for (;;) {
        uint8_t byte = peek();
        if (byte == '{' || byte == '[') {
            bool is_object = byte == '{';
            if (!enter()) return false;
            uint64_t mask = uint64_t(1) << (depth_ & 63);
            uint64_t &word = nesting_[depth_ >> 6];
            word = is_object ? word | mask : word & ~mask;
            if (peek() != (is_object ? '}' : ']')) {
                if (is_object && !skip_key()) return false;
                continue;
            }
        } else if (!check_scalar()) {
            return false;
        }
        for (;;) {
            if (depth_ == base) return true;
            bool in_object = (nesting_[depth_ >> 6] >> (depth_ & 63) & 1) != 0;
            byte = peek();
            if (byte == ',') {
                at_++;
                if (in_object && !skip_key()) return false;
                break;
            }
            if (byte != (in_object ? '}' : ']')) return fail();
            at_++;
            depth_--;
        }
    }
}

bool Walker::add(const Node &node, uint8_t kind, uint32_t from, uint32_t to) {
    if (captures_.size() >= limits_.max_captures) return fail(C_SLUICE_TOO_MANY);
    captures_.push_back({from, to - from, node.path, kind, node.levels, {positions_[0], positions_[1], positions_[2]}});
    return true;
}

const Member *Walker::find_member(const Node &node, uint32_t key, uint32_t key_length) {
    const uint8_t *bytes = bytes_ + key;
    uint64_t head = key_head(bytes, key_length, bytes_ + length_);
    for (const Member &member : node.members) {
        if (member.head != head || member.key_length != key_length) continue;
        if (key_length <= 8 || std::memcmp(member.key.data() + 8, bytes + 8, key_length - 8) == 0) return &member;
    }
    if (std::memchr(bytes, '\\', key_length) == nullptr) return nullptr;
    return find_escaped_member(node, bytes, key_length);
}

const Member *Walker::find_escaped_member(const Node &node, const uint8_t *key, uint32_t key_length) {
    for (const Member &member : node.members) {
        auto *name = reinterpret_cast<const uint8_t *>(member.key.data());
        if (c_sluice_string_equals(key, key_length, true, name, member.key.size())) return &member;
    }
    return nullptr;
}

// A key came again: what its earlier value gave is marked dead, as readers that build dictionaries drop it. Each capture
// is marked once at most, so repeated keys cost no more than other bytes.
void Walker::forget(CaptureRange range) {
    for (uint32_t i = range.first; i < range.last; i++) captures_[i].path = no_path;
    has_dead_ = has_dead_ || range.first != range.last;
}

void Walker::drop_dead() {
    size_t kept = 0;
    for (const c_sluice_capture &capture : captures_) {
        if (capture.path != no_path) captures_[kept++] = capture;
    }
    captures_.resize(kept);
}

}  // namespace sluice
