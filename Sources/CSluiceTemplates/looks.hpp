// The budget of comparisons with event templates.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice {

// Counts the compared bytes, and those examined in vain. No byte is examined more than three times on average over the received
// bytes: once if an event is compared and matches; otherwise once for delimiters, once by simdjson's stage 1, and once by all
// failed comparisons. So an event that matches allows twice its bytes for failed comparisons, and any other event its own
// bytes. When the budget is used up, nothing is compared until other events have added to it.
class Looks {
public:
    uint64_t count() const { return count_; }
    bool may_compare() const { return spare_ >= 0; }

    // Adds the bytes of events that matched, of which the first `scanned` had been searched for delimiters before.
    void matched(size_t bytes, size_t &scanned) {
        size_t both = std::min(bytes, scanned);
        scanned -= both;
        matched_ += bytes;
        searched_ += both;
        count_ += bytes;
        earn(bytes * 2 - both);
    }
    // The events that matched since `begin` are read again or parsed: comparing them was in vain, and has earned nothing.
    void begin() { matched_ = searched_ = 0; }
    void discard() {
        spare_ -= static_cast<int64_t>(matched_ * 3 - searched_);
        begin();
    }
    void missed(size_t bytes) {
        count_ += bytes;
        spare_ -= static_cast<int64_t>(bytes);
    }
    // Adds parsed documents. What was indexed for them counts as looked at.
    void parsed(size_t bytes) { earn(bytes * 2); }
    // Adds bytes that others have examined, and count.
    void looked(size_t bytes) { spare_ -= static_cast<int64_t>(bytes); }

private:
    // The budget before anything has matched, and the maximum budget that can accumulate.
    static constexpr int64_t first_spare = 24 * 1024;
    static constexpr int64_t most_spare = 64 * 1024;

    void earn(size_t bytes) { spare_ = std::min(spare_ + static_cast<int64_t>(bytes), most_spare); }

    uint64_t count_ = 0;
    int64_t spare_ = first_spare;
    size_t matched_ = 0;
    size_t searched_ = 0;   // of those, for delimiters before
};

}  // namespace sluice
