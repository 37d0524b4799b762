// What Sluice asks of simdjson. Only stage1.cpp includes simdjson's header, which takes the compiler longer to read than all of
// Sluice's own C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

// simdjson's stage 1: checks UTF-8, and lists the offset of every bracket, colon, comma, string and other scalar.
class Stage1 {
public:
    Stage1();
    ~Stage1();
    Stage1(const Stage1 &) = delete;
    Stage1 &operator=(const Stage1 &) = delete;

    // Makes room for documents of up to `capacity` bytes; false where the allocation failed or simdjson takes no more.
    bool set_capacity(size_t capacity);
    // Indexes a document; C_SLUICE_OK, or the status that says what is wrong with it.
    int32_t run(const uint8_t *bytes, size_t length);

    // The index of the last document; valid until the next call.
    uint32_t *entries() const { return entries_; }
    uint32_t count() const { return count_; }

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    uint32_t *entries_ = nullptr;
    uint32_t count_ = 0;
};

// The largest document that simdjson takes.
extern const size_t stage1_max_bytes;

// Made for documents: on a word it takes as long as on 64 bytes.
bool validate_utf8(const uint8_t *bytes, size_t length);

// The instruction set that simdjson chose for this processor.
const char *stage1_implementation();

}  // namespace sluice
