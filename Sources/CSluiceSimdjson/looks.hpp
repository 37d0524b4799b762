// What comparing with templates may cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice {

// How many bytes are looked at, and how many may be in vain. Nothing is looked at more than three times, on average over the
// bytes that have come: once where an event is compared and matches; else once for delimiters, once by simdjson's stage 1, and
// once by all comparisons before. So an event that matches leaves room to look at twice as many bytes in vain, and any other at
// as many. Where more were looked at, nothing is compared until other events have made up for it.
class Looks {
public:
    uint64_t count() const { return count_; }
    bool may_compare() const { return spare_ >= 0; }

    // Events matched; of so many bytes, at most, the delimiters had been found.
    void matched(size_t bytes, size_t &scanned) {
        size_t both = std::min(bytes, scanned);
        scanned -= both;
        matched_ += bytes;
        searched_ += both;
        count_ += bytes;
        earn(bytes * 2 - both);
    }
    // The events that matched since `begin` are read again, or otherwise: they were looked at in vain, and have earned nothing.
    void begin() { matched_ = searched_ = 0; }
    void discard() {
        spare_ -= static_cast<int64_t>(matched_ * 3 - searched_);
        begin();
    }
    void missed(size_t bytes) {
        count_ += bytes;
        spare_ -= static_cast<int64_t>(bytes);
    }
    // A payload was parsed, for which so many bytes were indexed, or none because they had been.
    void parsed(size_t bytes, size_t indexed) {
        missed(indexed);
        earn(bytes * 2);
    }

private:
    // What comparing may cost before anything has matched, and at most beyond what it has earned.
    static constexpr int64_t first_spare = 24 * 1024;
    static constexpr int64_t most_spare = 64 * 1024;

    void earn(size_t bytes) { spare_ = std::min(spare_ + static_cast<int64_t>(bytes), most_spare); }

    uint64_t count_ = 0;
    int64_t spare_ = first_spare;
    size_t matched_ = 0;
    size_t searched_ = 0;   // of those, for delimiters before
};

}  // namespace sluice
