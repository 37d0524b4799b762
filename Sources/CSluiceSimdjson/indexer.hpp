// simdjson's stage 1, run over many consecutive payloads at once.
//
// The fixed cost of a stage 1 run equals that of a few hundred bytes, so small payloads are indexed together, with the framing
// between them. The part of that index that belongs to one payload is the index that the payload alone would have, because:
// - the run begins where a payload begins and ends after a line feed, so it consists of whole lines;
// - a line end inside a string is an error of stage 1, so after each line end the state is "outside of strings", and the
//   contents of one line (quotes in a comment, for example) have no effect on the next;
// - a payload follows a line end, a space or a colon, none of which its first token could continue;
// - if the whole run is valid UTF-8 and is cut at ASCII bytes, each part of it is valid.
// If stage 1 finds an error anywhere in the run, each payload is indexed separately, and only the faulty one is an error.
#pragma once

#include <cstdint>

#include "CSluiceSimdjson.h"
#include "index.hpp"
#include "stage1.hpp"

namespace sluice {

class Indexer {
public:
    // Reserves memory for payloads of `length`; doubling, so that slowly growing payloads do not allocate each time.
    bool reserve(size_t length) { return length <= capacity_ || grow(length); }

    // C_SLUICE_OK, or the status that says what is wrong with the payload.
    SLUICE_INLINE int32_t index(const uint8_t *payload, size_t length, size_t available, Index &found) {
        // Most payloads have as many entries as the previous one, at the same distance.
        if (run_end_ != nullptr && last_count_ > 0 && payload >= run_base_ && payload + length <= run_end_) {
            const uint32_t *entries = stage1_.entries();
            const uint32_t start = static_cast<uint32_t>(payload - run_base_), end = start + static_cast<uint32_t>(length);
            const uint32_t first = next_ + last_gap_, behind = first + last_count_;
            if (behind < stage1_.count() && entries[first] == start && entries[behind - 1] < end && entries[behind] >= end) {
                next_ = behind;
                found = {run_base_, stage1_.entries() + first, last_count_};
                return C_SLUICE_OK;
            }
        }
        return index_slowly(payload, length, available, found);
    }

    // The number of bytes that stage 1 has indexed.
    uint64_t indexed() const { return indexed_; }
    // The bytes of runs that failed, which are indexed again payload by payload.
    const uint64_t &wasted() const { return wasted_; }
    // The number of runs of stage 1: an index is valid until the next.
    uint64_t runs() const { return runs_; }

    void forget() {
        forget_run();
        failed_until_ = nullptr;
    }

private:
    int32_t index_slowly(const uint8_t *payload, size_t length, size_t available, Index &found);
    void forget_run() { run_end_ = nullptr; }
    bool grow(size_t length);
    int32_t run_stage1(const uint8_t *bytes, size_t length) {
        indexed_ += length;
        runs_++;
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
    uint64_t runs_ = 0;
    uint64_t wasted_ = 0;
};

}  // namespace sluice
