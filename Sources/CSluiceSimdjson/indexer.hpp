// simdjson's stage 1, run over many payloads at once where they stand in line.
//
// Stage 1 costs as much for its beginning and end as for a few hundred bytes between them, so small payloads are indexed
// together, with whatever framing lies between them. The part of that index which falls into one payload is the index
// that the payload alone would have, because:
// - the run begins where a payload begins and ends behind a line feed, so it is made of whole lines;
// - a line end inside a string is an error of stage 1, so after each line end the state is "outside of strings", and what
//   stands in one line (quotes in a comment, say) has no effect on the next;
// - a payload stands behind a line end, a space or a colon, none of which its first token could be a continuation of;
// - if all of the run is valid UTF-8 and is cut at ASCII bytes, so is each part of it.
// If stage 1 finds fault anywhere in the run, each payload is indexed by itself, and only the faulty one is an error.
#pragma once

#include <cstdint>

#include "index.hpp"
#include "stage1.hpp"

namespace sluice {

class Indexer {
public:
    // Room for payloads of `length`; doubling, so that slowly growing payloads do not allocate each time.
    bool reserve(size_t length) { return length <= capacity_ || grow(length); }

    // C_SLUICE_OK, or the status that says what is wrong with the payload.
    int32_t index(const uint8_t *payload, size_t length, size_t available, Index &found);

    // The tokens from the line at `line` on, of as many whole lines before `end` as are indexed at once; none where that
    // is not to be had. Whoever reads on behind them says so.
    Tokens tokens(const uint8_t *line, const uint8_t *end);
    // Forgets tokens before `line`, where there are any: whether they may be found anew from there.
    bool forget_before(const uint8_t *line) {
        bool had = run_base_ != line;
        if (had) forget_run();
        return had;
    }
    // Events up to that token were read.
    void read_to(const uint32_t *token) { next_ = static_cast<uint32_t>(token - stage1_.entries()); }

    // Bytes that stage 1 has gone over.
    uint64_t indexed() const { return indexed_; }

    void forget() {
        forget_run();
        failed_until_ = nullptr;
    }

private:
    void forget_run() { run_end_ = nullptr; }
    bool grow(size_t length);
    int32_t run_stage1(const uint8_t *bytes, size_t length) {
        indexed_ += length;
        return stage1_.run(bytes, length);
    }
    bool index_run(const uint8_t *payload, size_t length, size_t available);
    uint32_t token_at(uint32_t start);
    bool holds(const uint8_t *payload, size_t length) const;

    Stage1 stage1_;
    size_t capacity_ = 0;
    const uint8_t *run_base_ = nullptr;
    const uint8_t *run_end_ = nullptr;      // null: nothing is indexed ahead
    const uint8_t *failed_until_ = nullptr; // up to here no run is tried
    uint32_t next_ = 0;                     // the first entry that no payload has had
    uint32_t last_gap_ = 0;
    uint32_t last_count_ = 0;
    uint64_t indexed_ = 0;
};

}  // namespace sluice
