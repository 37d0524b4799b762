#include "stage1.hpp"

#include <simdjson.h>

#include <string>

#include "CSluiceSimdjson.h"

namespace sluice {

struct Stage1::Parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
};

const size_t stage1_max_bytes = simdjson::SIMDJSON_MAXSIZE_BYTES;

Stage1::Stage1() = default;
Stage1::~Stage1() = default;

bool Stage1::set_capacity(size_t capacity) {
    entries_ = nullptr;
    count_ = 0;
    if (parser_) return parser_->implementation->set_capacity(capacity) == simdjson::SUCCESS;
    auto parser = std::make_unique<Parser>();
    const simdjson::implementation *active = simdjson::get_active_implementation();
    if (active->create_dom_parser_implementation(capacity, 1, parser->implementation) != simdjson::SUCCESS) return false;
    parser_ = std::move(parser);
    return true;
}

int32_t Stage1::run(const uint8_t *bytes, size_t length) {
    simdjson::internal::dom_parser_implementation &parser = *parser_->implementation;
    simdjson::error_code error = parser.stage1(bytes, length, simdjson::stage1_mode::regular);
    entries_ = parser.structural_indexes.get();
    count_ = parser.n_structural_indexes;
    switch (error) {
        case simdjson::SUCCESS: return C_SLUICE_OK;
        case simdjson::UTF8_ERROR: return C_SLUICE_UTF8;
        case simdjson::EMPTY: return C_SLUICE_EMPTY;
        case simdjson::MEMALLOC: case simdjson::CAPACITY: return C_SLUICE_MEMORY;
        default: return C_SLUICE_SYNTAX;
    }
}

bool validate_utf8(const uint8_t *bytes, size_t length) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), length);
}

const char *stage1_implementation() {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}

}  // namespace sluice
