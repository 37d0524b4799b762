// What the baselines share: the answer, inlined here as a loop written for one format would have it, and the choice of a format
// once per call, so that the code behind it is compiled for that format alone.
#pragma once

#include <cstring>
#include <string_view>

#include "CBaselines.h"

namespace baselines {

/// The last bytes, fewer than eight, as one word: two or three loads that overlap.
inline uint64_t last_word(const char *bytes, size_t length) {
    if (length >= 4) {
        uint32_t low;
        uint32_t high;
        std::memcpy(&low, bytes, 4);
        std::memcpy(&high, bytes + length - 4, 4);
        return low | static_cast<uint64_t>(high) << (8 * (length - 4));
    }
    if (length == 0) return 0;
    auto at = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i); };
    return at(0) | at(length / 2) | at(length - 1);
}

inline uint64_t word_at(const char *bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    return word;
}

inline uint64_t mix_word(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDull;
    return hash ^ hash >> 32;
}

/// Most pieces are shorter than 16 bytes, and a branch on the length would be unpredictable and cost more than the parsing
/// that is checked: the hash is computed without one. Reads 16 bytes, which lie in one page, and uses those that are the piece's.
inline uint64_t mix_short(uint64_t hash, const char *bytes, size_t length) {
    uint64_t first = word_at(bytes);
    uint64_t second = word_at(bytes + 8);
    uint64_t mixed = mix_word(hash, first);
    bool is_full = length >= 8;
    hash = is_full ? mixed : hash;
    uint64_t last = is_full ? second : first;
    return mix_word(hash, last & ((1ull << (8 * (length & 7))) - 1));
}

inline void mix(baseline_answer &answer, const char *bytes, size_t length) {
    uint64_t hash = answer.hash ^ (length * 0x9E3779B97F4A7C15ull);
    answer.deltas += 1;
    answer.bytes += length;
    bool is_in_page = (reinterpret_cast<uintptr_t>(bytes) & 4095) <= 4096 - 16;
    if (length < 16 && is_in_page) {
        answer.hash = mix_short(hash, bytes, length);
        return;
    }
    for (; length >= 8; bytes += 8, length -= 8) hash = mix_word(hash, word_at(bytes));
    answer.hash = mix_word(hash, last_word(bytes, length));
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
