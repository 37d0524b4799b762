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
    c_sluice_limits limits{};
    size_t room = 0;   // for payloads of this length memory is reserved
    sluice::Run run{};
    std::array<uint32_t, sluice::Run::most_records> escaped_records;
    sluice::Unescape *unescape = sluice::unescape_variant();
    sluice::ProgramStore programs;
    uint64_t walked_bytes = 0;
    // The payload that was walked last, and its program: a template may be learned from them.
    sluice::Index last_index{nullptr, nullptr, 0};
    sluice::Text last_text{nullptr, 0, 0};
    uint64_t last_run = 0;    // of stage 1, which has made the index
    const sluice::Program *last_program = nullptr;
    bool is_walked = false;   // it was; its captures are in the walker
    sluice::ExpectedEvent::Values values;   // of a payload that looks as expected

    c_sluice_parser() : programs(indexer.wasted()) { run.escaped_records = escaped_records.data(); }

    // The bytes that were indexed, and those that were compared in vain.
    uint64_t looked_bytes() const { return indexer.indexed() + programs.compared(); }

    // Walks the payload that was indexed last, for its captures.
    int32_t walk_last() {
        is_walked = true;
        return walker.run(last_text, last_index.entries, last_index.count);
    }

    const sluice::CaptureList &captures() const { return walker.captures; }
};
