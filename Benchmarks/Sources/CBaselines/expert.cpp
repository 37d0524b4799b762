#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE  // memrchr
#endif
#include <simdjson.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "CBaselines.h"

using simdjson::ondemand::parser;

static_assert(BASELINE_PADDING >= simdjson::SIMDJSON_PADDING, "the padding that simdjson reads");

extern "C" {

void baseline_add(baseline_answer *answer, const void *bytes, size_t length) {
    uint64_t hash = answer->hash ^ (length * 0x9E3779B97F4A7C15ull);
    const char *p = static_cast<const char *>(bytes);
    for (; length >= 8; p += 8, length -= 8) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        hash = (hash ^ word) * 0xFF51AFD7ED558CCDull;
        hash ^= hash >> 32;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) word |= static_cast<uint64_t>(static_cast<unsigned char>(p[i])) << (8 * i);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDull;
    answer->hash = hash ^ hash >> 32;
    answer->deltas += 1;
    answer->bytes += static_cast<uint64_t>(p - static_cast<const char *>(bytes)) + length;
}

baseline_answer baseline_expert_loop(const char *bytes, size_t length) {
    baseline_answer answer{0, 0, 0};
    static parser parser;
    const char *p = bytes;
    const char *end = bytes + length;
    while (p < end) {
        const char *line_end = static_cast<const char *>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
        if (line_end == nullptr) break;
        size_t line = static_cast<size_t>(line_end - p);
        if (line > 6 && std::memcmp(p, "data: ", 6) == 0 && p[6] == '{') {
            size_t room = static_cast<size_t>(end - p) - 6 + BASELINE_PADDING;
            simdjson::ondemand::document document;
            if (parser.iterate(p + 6, line - 6, room).get(document) == simdjson::SUCCESS) {
                std::string_view text;
                auto content = document["choices"].at(0)["delta"]["content"];
                if (content.get_string().get(text) == simdjson::SUCCESS && !text.empty()) {
                    baseline_add(&answer, text.data(), text.size());
                }
            }
        }
        p = line_end + 1;
    }
    return answer;
}

// One structural pass over many documents at a time: the framing is blanked out in a copy, which simdjson then reads as
// documents in line. The copy is a block that stays in the second-level cache, and is part of the time.
baseline_answer baseline_expert_batch(const char *bytes, size_t length) {
    constexpr size_t block = 256 * 1024;
    baseline_answer answer{0, 0, 0};
    static parser parser;
    parser.threaded = false;  // one core, as everybody else here
    std::vector<char> copy(block + BASELINE_PADDING);
    const char *p = bytes;
    const char *end = bytes + length;
    while (p < end) {
        size_t reach = static_cast<size_t>(end - p) < block ? static_cast<size_t>(end - p) : block;
        const void *last = memrchr(p, '\n', reach);
        if (last == nullptr) break;
        size_t size = static_cast<size_t>(static_cast<const char *>(last) + 1 - p);
        std::memcpy(copy.data(), p, size);
        for (char *line = copy.data(), *stop = line + size; line < stop;) {
            char *line_end = static_cast<char *>(std::memchr(line, '\n', static_cast<size_t>(stop - line)));
            bool is_document = line_end - line > 6 && std::memcmp(line, "data: {", 7) == 0;
            std::memset(line, ' ', is_document ? 6 : static_cast<size_t>(line_end - line));
            line = line_end + 1;
        }
        simdjson::ondemand::document_stream documents;
        if (parser.iterate_many(copy.data(), size, block).get(documents) != simdjson::SUCCESS) break;
        for (auto document : documents) {
            std::string_view text;
            auto content = document["choices"].at(0)["delta"]["content"];
            if (content.get_string().get(text) == simdjson::SUCCESS && !text.empty()) {
                baseline_add(&answer, text.data(), text.size());
            }
        }
        p += size;
    }
    return answer;
}

uint64_t baseline_memchr(const char *bytes, size_t length) {
    uint64_t lines = 0;
    const char *p = bytes;
    const char *end = bytes + length;
    while (p < end) {
        const char *line_end = static_cast<const char *>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
        if (line_end == nullptr) break;
        lines++;
        p = line_end + 1;
    }
    return lines;
}

}  // extern "C"
