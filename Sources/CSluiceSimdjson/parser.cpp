// simdjson's parser behind the C interface: stage 1 indexes a payload, the walker reads the index.
#include <simdjson.h>

#include <array>
#include <memory>
#include <new>
#include <string>

#include "shapes.hpp"
#include "walker.hpp"

struct c_sluice_parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
    size_t capacity = 0;
    std::vector<c_sluice_capture> captures;
    std::vector<uint64_t> nesting;
    std::array<sluice::Shape, 32> shapes;
    uint32_t shapes_learnt = 0;
};

namespace {

constexpr size_t first_capacity = 16 * 1024;

// Room for payloads of `length`; doubling, so that slowly growing payloads do not allocate each time.
bool reserve(c_sluice_parser &parser, size_t length, uint32_t max_depth) {
    size_t words = max_depth / 64 + 1;
    if (parser.nesting.size() < words) parser.nesting.resize(words);
    if (length <= parser.capacity) return true;
    size_t capacity = parser.capacity < first_capacity ? first_capacity : parser.capacity;
    while (capacity < length) capacity *= 2;
    parser.capacity = 0;
    if (parser.implementation) {
        if (parser.implementation->set_capacity(capacity) != simdjson::SUCCESS) return false;
    } else {
        const simdjson::implementation *active = simdjson::get_active_implementation();
        if (active->create_dom_parser_implementation(capacity, 1, parser.implementation) != simdjson::SUCCESS) {
            return false;
        }
    }
    parser.capacity = capacity;
    return true;
}

int32_t status_of(simdjson::error_code error) {
    switch (error) {
        case simdjson::UTF8_ERROR: return C_SLUICE_UTF8;
        case simdjson::EMPTY: return C_SLUICE_EMPTY;
        case simdjson::MEMALLOC: case simdjson::CAPACITY: return C_SLUICE_MEMORY;
        default: return C_SLUICE_SYNTAX;
    }
}

c_sluice_walk_result result_of(const c_sluice_parser &parser, int32_t status, uint32_t offset, uint32_t shape = 0) {
    return {status, offset, static_cast<uint32_t>(parser.captures.size()), shape, parser.captures.data()};
}

}  // namespace

extern "C" {

c_sluice_parser *c_sluice_parser_create(void) {
    auto *parser = new (std::nothrow) c_sluice_parser;
    if (parser == nullptr) return nullptr;
    parser->captures.reserve(64);
    if (reserve(*parser, first_capacity, 1024)) return parser;
    delete parser;
    return nullptr;
}

void c_sluice_parser_destroy(c_sluice_parser *parser) {
    delete parser;
}

c_sluice_walk_result c_sluice_parser_walk(c_sluice_parser *parser, const c_sluice_table *table, const uint8_t *payload,
                                          size_t length, c_sluice_limits limits) {
    parser->captures.clear();
    if (!reserve(*parser, length, limits.max_depth)) return result_of(*parser, C_SLUICE_MEMORY, 0);
    auto &stage = *parser->implementation;
    simdjson::error_code error = stage.stage1(payload, length, simdjson::stage1_mode::regular);
    if (error != simdjson::SUCCESS) return result_of(*parser, status_of(error), 0);
    uint32_t count = stage.n_structural_indexes;
    uint32_t *index = stage.structural_indexes.get();
    // A key or a captured string may be written with escapes, but only in a payload that has a backslash at all.
    bool has_backslashes = std::memchr(payload, '\\', length) != nullptr;
    sluice::Shape &shape = parser->shapes[(count + table->number * 7) % parser->shapes.size()];
    if (shape.is_of(table->number, count) && shape.depth() <= limits.max_depth &&
        shape.match(payload, static_cast<uint32_t>(length), index, has_backslashes, parser->captures)) {
        shape.forget_misses();
        if (parser->captures.size() <= limits.max_captures) return result_of(*parser, C_SLUICE_OK, 0, shape.number());
        parser->captures.clear();
    }
    sluice::Walker walker(payload, static_cast<uint32_t>(length), *table, limits, has_backslashes, parser->captures,
                          parser->nesting);
    int32_t status = walker.run(index, count);
    if (status == C_SLUICE_OK) {
        if (shape.wants_learning()) shape.learn(*table, ++parser->shapes_learnt, payload, index, count, parser->captures);
    } else {
        parser->captures.clear();
    }
    return result_of(*parser, status, walker.error_offset());
}

const char *c_sluice_simdjson_implementation(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}

}  // extern "C"
