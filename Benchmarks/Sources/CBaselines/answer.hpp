// What the baselines share: the answer, inlined here as an expert's own loop would have it, and the choice of a format
// once per call, so that the code behind it is compiled for that format alone.
#pragma once

#include <cstring>
#include <string_view>

#include "CBaselines.h"

namespace baselines {

inline void mix(baseline_answer &answer, const char *bytes, size_t length) {
    uint64_t hash = answer.hash ^ (length * 0x9E3779B97F4A7C15ull);
    answer.deltas += 1;
    answer.bytes += length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        std::memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xFF51AFD7ED558CCDull;
        hash ^= hash >> 32;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) word |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDull;
    answer.hash = hash ^ hash >> 32;
}

/// Where a format's pieces go; empty ones are no pieces.
struct sink {
    baseline_answer answer{0, 0, 0};
    /// A piece was JSON as it stands in the stream, which a DOM no longer knows.
    bool wants_source = false;

    void add(std::string_view piece) {
        if (!piece.empty()) mix(answer, piece.data(), piece.size());
    }
};

/// What an event stream ends with instead of a document.
constexpr std::string_view done_payload = "[DONE]";

}  // namespace baselines
