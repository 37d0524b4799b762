// The programs of a parser, by token signature.
//
// An event's token signature is the sequence of its captures: for each the path, the kind and the positions in arrays; and the
// bytes of strings at discriminators, which conditions compare. Events with the same signature have the same program (program.hpp
// says why). Signatures are compared in full, not by a hash alone: a stream may be made to have equal hashes.
#pragma once

#include <array>
#include <cstdint>

#include "expected_event.hpp"
#include "program.hpp"
#include "words.hpp"

namespace sluice {

class ProgramStore {
public:
    // The program of a payload with these captures, or null. Remembers the payload for `keep`.
    SLUICE_INLINE const Program *find(const c_sluice_table &table, Text payload, const CaptureList &captures) {
        may_keep_ = true;
        // Most events have the signature of the previous one.
        if (last_->is_of(table, payload, captures)) {
            last_->after = last_;
            return &last_->program;
        }
        return find_other(table, payload, captures);
    }

    // The program of a payload that looks like the last one, or like the one that came after that the last time; its values, and what it
    // looks like. Null if it looks like neither.
    SLUICE_INLINE const Program *expected(const c_sluice_table &table, const c_sluice_limits &limits, Walker &walker, const Text &payload,
                                          size_t available, const Index &index, ExpectedEvent::Values &values,
                                          const ExpectedEvent *&event) {
        payload_bytes_ += payload.length;
        Entry *entry = last_->after;
        size_t compared = 0;
        if (spare_ >= 0 && entry->may_expect(table, limits) &&
            entry->expected.is_at(payload, available, index, values, compared)) {
            entry->hits++;
            event = &entry->expected;
            last_ = last_->after = entry;
            return &entry->program;
        }
        return like_expected(table, limits, walker, payload, available, index, values, event, compared);
    }

    // The bytes that were compared in vain.
    uint64_t compared() const { return compared_; }
    // `wasted`: bytes that were examined in vain by others, which leave less to compare. It has to outlive this.
    explicit ProgramStore(const uint64_t &wasted) : wasted_(wasted) {}

    // Learns what the payload with the program that was found last looks like, unless that did not help the last times.
    void expect(const c_sluice_table &table, Text payload, const Index &index, const CaptureList &captures);

    // Stores the program of the payload that was asked for last; of steps that cannot be one, the payload has none.
    void keep(const c_sluice_table &table, Text payload, const CaptureList &captures, const c_sluice_lesson &lesson);

    // Another payload was walked.
    void forget() { may_keep_ = false; }

private:
    static constexpr size_t most_captures = 24;
    static constexpr size_t most_bytes = 128;
    static constexpr size_t sets = 16;
    static constexpr size_t ways = 4;

    // What is the same in all captures with one signature: all but the place of the value, and whether it has escapes.
    struct Key {
        uint64_t words[2];

        explicit Key(const c_sluice_capture &capture) {
            static_assert(sizeof(c_sluice_capture) == 24 && offsetof(c_sluice_capture, path) == 8);
            std::memcpy(words, &capture.path, sizeof words);
            auto bytes = reinterpret_cast<uint8_t *>(words);
            bytes[offsetof(c_sluice_capture, kind) - 8] &= static_cast<uint8_t>(~C_SLUICE_ESCAPED_BIT);
        }
        Key() = default;
        bool operator==(const Key &other) const {
            return ((words[0] ^ other.words[0]) | (words[1] ^ other.words[1])) == 0;
        }
    };

    // The bytes of a string at a discriminator.
    struct Compared {
        uint32_t capture;
        uint32_t length;
        uint32_t offset;     // in `bytes`
    };

    struct Entry {
        uint64_t table = 0;  // 0: empty
        uint64_t hash = 0;
        uint32_t count = 0;
        uint32_t compared_count = 0;
        std::array<Key, most_captures> keys;
        std::array<Compared, most_captures> compared;
        std::array<uint8_t, most_bytes> bytes;
        Program program;
        ExpectedEvent expected;
        Entry *after = this;   // what came after it the last time
        uint32_t hits = 0;     // events that looked as expected, since that was learned
        uint32_t misses = 0;   // others, since then
        uint32_t patience = 1; // of those, how many until another is learned

        bool may_expect(const c_sluice_table &of, const c_sluice_limits &limits) const {
            return of.number == table && !expected.is_empty() && expected.is_within(limits);
        }

        // Counts one that did not; whether another is to be learned.
        bool is_tired() { return ++misses >= patience; }

        SLUICE_INLINE bool is_of(const c_sluice_table &of, Text payload, const CaptureList &captures) const {
            if (of.number != table || captures.size() != count) return false;
            const c_sluice_capture *capture = captures.begin();
            for (uint32_t i = 0; i < count; i++) {
                if (!(Key(capture[i]) == keys[i])) return false;
            }
            for (uint32_t i = 0; i < compared_count; i++) {
                const c_sluice_capture &value = capture[compared[i].capture];
                if (value.length != compared[i].length) return false;
                if (!is_same(payload.bytes + value.offset, bytes.data() + compared[i].offset, value.length)) return false;
            }
            return true;
        }
        bool keep(const c_sluice_table &of, Text payload, const CaptureList &captures);
    };

    // The entries of signatures with the same place.
    struct Set {
        std::array<Entry, ways> entries;
        uint8_t next = 0;    // the one that is replaced next
    };

    SLUICE_INLINE static bool is_same(const uint8_t *left, const uint8_t *right, size_t length) {
        if (length < 8) return std::memcmp(left, right, length) == 0;
        uint64_t differences = word_at(left + length - 8) ^ word_at(right + length - 8);
        for (size_t i = 0; i + 8 < length; i += 8) differences |= word_at(left + i) ^ word_at(right + i);
        return differences == 0;
    }
    static uint64_t hash_of(const c_sluice_table &table, Text payload, const CaptureList &captures);
    const Program *like_expected(const c_sluice_table &table, const c_sluice_limits &limits, Walker &walker, const Text &payload,
                                 size_t available, const Index &index, ExpectedEvent::Values &values, const ExpectedEvent *&event, size_t compared);
    const Program *find_other(const c_sluice_table &table, Text payload, const CaptureList &captures);

    std::array<Set, sets> sets_;
    Entry none_;
    Entry *last_ = &none_;         // the entry that was found last
    ExpectedEvent learned_;        // kept for its memory
    // What may be compared in vain: as many bytes as payloads have, so that no byte is compared in vain more than once.
    int64_t spare_ = 0;
    uint64_t payload_bytes_ = 0;   // of all payloads
    uint64_t paid_bytes_ = 0;      // of those that `spare_` has counted
    uint64_t compared_ = 0;
    const uint64_t &wasted_;
    uint64_t charged_ = 0;         // of those, what `spare_` has counted
    bool may_keep_ = false;
};

}  // namespace sluice
