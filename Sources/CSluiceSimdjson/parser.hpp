// The state behind c_sluice_parser, which the targets of Sluice share.
#pragma once

#include <array>
#include <vector>

#include "indexer.hpp"
#include "program.hpp"
#include "programs.hpp"
#include "unescape.hpp"
#include "walker.hpp"

struct c_sluice_parser {
    sluice::Indexer indexer;
    sluice::Walker walker;
    std::vector<uint64_t> nesting;
    c_sluice_limits limits{};
    sluice::Run run{};
    std::array<uint32_t, sluice::Run::most_records> escaped_records;
    sluice::Unescape *unescape = sluice::unescape_variant();
    sluice::ProgramStore programs;
    uint64_t walked_bytes = 0;
    // The payload that was walked last, and its program: a template may be learned from them.
    sluice::Index last_index{nullptr, nullptr, 0};
    sluice::Text last_text{nullptr, 0, 0};
    const sluice::Program *last_program = nullptr;

    c_sluice_parser() { run.escaped_records = escaped_records.data(); }

    const sluice::CaptureList &captures() const { return walker.captures; }
};
