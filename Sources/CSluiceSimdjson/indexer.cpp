#include "indexer.hpp"

#include <cstring>
#include <functional>

#include "CSluiceSimdjson.h"

namespace sluice {

namespace {

constexpr size_t first_capacity = 16 * 1024;
// The size of a run whose bytes and index stay in the first-level cache until they are read.
constexpr size_t run_bytes = 16 * 1024;
// Longer payloads are indexed separately.
constexpr size_t longest_in_run = 2 * 1024;

// The last line feed of [begin, end), null where there is none: memrchr, which Darwin lacks. Eight bytes at a time.
const uint8_t *last_line_feed(const uint8_t *begin, const uint8_t *end) {
    constexpr uint64_t ones = 0x0101010101010101ull;
    for (; end - begin >= 8; end -= 8) {
        uint64_t word;
        std::memcpy(&word, end - 8, 8);
        word ^= ones * '\n';
        if (((word - ones) & ~word & ones << 7) != 0) break;
    }
    while (end > begin) {
        if (*--end == '\n') return end;
    }
    return nullptr;
}

}  // namespace

bool Indexer::grow(size_t length) {
    if (length > stage1_max_bytes) return false;
    size_t capacity = capacity_ < first_capacity ? first_capacity : capacity_;
    while (capacity < length) capacity *= 2;
    capacity_ = 0;
    forget();
    if (!stage1_.set_capacity(capacity)) return false;
    capacity_ = capacity;
    return true;
}

// Indexes whole lines from `payload` on; false if there is only the payload, or stage 1 finds an error.
bool Indexer::index_run(const uint8_t *payload, size_t length, size_t available) {
    size_t reach = available < run_bytes ? available : run_bytes;
    if (length > longest_in_run || reach < length + 64) return false;
    if (failed_until_ != nullptr && std::less<>()(payload, failed_until_)) return false;
    const uint8_t *line_end = last_line_feed(payload + length, payload + reach);
    if (line_end == nullptr) return false;
    size_t run = static_cast<size_t>(line_end + 1 - payload);
    if (run_stage1(payload, run) != C_SLUICE_OK) {
        forget_run();
        failed_until_ = payload + run;
        wasted_ += run;
        return false;
    }
    run_base_ = payload;
    run_end_ = payload + run;
    next_ = 0;
    return true;
}

inline bool Indexer::holds(const uint8_t *payload, size_t length) const {
    return run_end_ != nullptr && !std::less<>()(payload, run_base_) && std::less_equal<>()(payload + length, run_end_);
}

// The first token at or after `start`, most likely the next.
inline uint32_t Indexer::token_at(uint32_t start) {
    const uint32_t *entries = stage1_.entries();
    // Events that could not be read are read again.
    if (next_ > 0 && entries[next_ - 1] >= start) next_ = 0;
    uint32_t first = next_;
    while (first < stage1_.count() && entries[first] < start) first++;
    return first;
}

int32_t Indexer::index_slowly(const uint8_t *payload, size_t length, size_t available, Index &found) {
    if (!holds(payload, length) && !index_run(payload, length, available)) {
        forget_run();
        int32_t status = run_stage1(payload, length);
        if (status != C_SLUICE_OK) return status;
        found = {payload, stage1_.entries(), stage1_.count()};
        return C_SLUICE_OK;
    }
    uint32_t *entries = stage1_.entries();
    uint32_t all = stage1_.count();
    uint32_t start = static_cast<uint32_t>(payload - run_base_);
    uint32_t end = start + static_cast<uint32_t>(length);
    uint32_t first = token_at(start);
    uint32_t behind = first;
    while (behind < all && entries[behind] < end) behind++;
    last_gap_ = first - next_;
    last_count_ = behind - first;
    next_ = behind;
    if (next_ == first) return C_SLUICE_EMPTY;
    found = {run_base_, entries + first, next_ - first};
    return C_SLUICE_OK;
}

}  // namespace sluice
