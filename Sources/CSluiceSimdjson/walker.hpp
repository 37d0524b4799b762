// One walk over simdjson's structural index of one payload, along the path table.
//
// The index holds the offset of every bracket, colon, comma, string start and scalar start outside strings:
//
//     {"choices":[{"index":0,"delta":{"content":"Hi"}}]}
//     ^^        ^^^^      ^^^^      ^^^        ^^   ^^^^     (one entry each)
//
// so the end of a token is the start of the next, less white space, and a string's closing quote is its token's last
// byte. Objects and arrays that the table names are walked by recursion (no deeper than the table); everything else is
// passed over by a loop with one bit a level, which checks the same grammar.
#pragma once

#include <cstdint>
#include <vector>

#include "scalars.hpp"
#include "table.hpp"

namespace sluice {

// The captures that one member's value gave.
struct CaptureRange {
    uint32_t first;
    uint32_t last;
};

class Walker {
public:
    Walker(const uint8_t *bytes, uint32_t length, const uint32_t *index, uint32_t index_count,
           const c_sluice_table &table, c_sluice_limits limits, std::vector<c_sluice_capture> &captures,
           std::vector<uint64_t> &nesting)
        : bytes_(bytes), length_(length), index_(index), index_count_(index_count), nodes_(table.nodes.data()),
          limits_(limits), captures_(captures), nesting_(nesting) {}

    // Walks the payload's root; returns a status, with the offset of an error in `error_offset`.
    int32_t run();

    uint32_t error_offset() const { return error_offset_; }

private:
    // The first byte of token i, or 0 behind the last.
    uint8_t peek() const { return at_ < index_count_ ? bytes_[index_[at_]] : 0; }
    uint32_t start() const { return at_ < index_count_ ? index_[at_] : length_; }

    // One past the last byte of the token at `at_`, white space left out.
    uint32_t token_end() const {
        uint32_t end = at_ + 1 < index_count_ ? index_[at_ + 1] : length_;
        while (is_space(bytes_[end - 1])) end--;
        return end;
    }

    bool fail(int32_t status = C_SLUICE_SYNTAX) {
        if (status_ == C_SLUICE_OK) {
            status_ = status;
            error_offset_ = start();
        }
        return false;
    }

    bool value(uint32_t node);
    bool object(uint32_t node);
    bool array(uint32_t node);
    bool scalar(const Node &node);
    bool check_scalar();
    bool skip_value();
    bool skip_key();
    bool enter();
    bool container(uint32_t node, bool captured);
    bool add(const Node &node, uint8_t kind, uint32_t from, uint32_t to);
    const Member *find_member(const Node &node, uint32_t key, uint32_t key_length);
    const Member *find_escaped_member(const Node &node, const uint8_t *key, uint32_t key_length);
    void forget(CaptureRange range);
    void drop_dead();

    const uint8_t *bytes_;
    uint32_t length_;
    const uint32_t *index_;
    uint32_t index_count_;
    const Node *nodes_;
    c_sluice_limits limits_;
    std::vector<c_sluice_capture> &captures_;
    std::vector<uint64_t> &nesting_;
    uint32_t at_ = 0;
    uint32_t depth_ = 0;
    uint32_t positions_[C_SLUICE_MAX_ARRAY_LEVELS] = {0, 0, 0};
    int32_t status_ = C_SLUICE_OK;
    uint32_t error_offset_ = 0;
    bool has_dead_ = false;
};

}  // namespace sluice
