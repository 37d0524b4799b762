// simdjson's parser behind the C interface: stage 1 indexes a payload, the walker reads the index.
#include <algorithm>
#include <array>
#include <memory>

#include "indexer.hpp"
#include "kernels.hpp"
#include "shapes.hpp"
#include "simple_escapes.hpp"
#include "skeleton_store.hpp"
#include "walker.hpp"

struct c_sluice_parser {
    sluice::Indexer indexer;
    sluice::CaptureList captures;
    sluice::Levels levels;
    std::vector<uint64_t> nesting;
    std::array<sluice::ShapeSet, 16> shapes;
    uint32_t shapes_learnt = 0;
    c_sluice_limits limits{};
    const sluice::Kernel &kernel = sluice::kernel();
    sluice::Run run{};
    sluice::SkeletonStore skeletons;
    // The payload that was walked last, from which a template may be learned.
    sluice::Index last_index{nullptr, nullptr, 0};
    sluice::Text last_text{nullptr, 0, 0};
};

namespace {

c_sluice_walk_result result_of(const c_sluice_parser &parser, int32_t status, uint32_t offset, uint32_t shape = 0) {
    return {status, offset, parser.captures.size(), shape, parser.captures.begin()};
}

// Decodes a record's bytes, within the `length` bytes at `base`, to `out`; returns the end of the output, or null if an escape
// is invalid or the bytes end inside a surrogate pair.
inline uint8_t *unescape(const sluice::Kernel &kernel, const uint8_t *base, size_t length, const c_sluice_record &record,
                         uint8_t *out) {
    size_t offset = static_cast<size_t>(record.offset);
    if (length - offset >= record.length + sluice::near_reach) {
        if (uint8_t *behind = kernel.unescape(base + offset, record.length, out)) return behind;
    }
    uint16_t high = 0;
    uint32_t error = 0;
    ptrdiff_t written = c_sluice_unescape(base + offset, record.length, out, &high, &error);
    return written < 0 || high != 0 ? nullptr : out + written;
}

// The depth of a payload is at most its length.
bool reserve(c_sluice_parser &parser, size_t length, uint32_t max_depth) {
    size_t words = std::min(length, static_cast<size_t>(max_depth)) / 64 + 1;
    return sluice::guarded(false, [&] {
        if (parser.nesting.size() < words) parser.nesting.resize(words);
        return parser.indexer.reserve(length);
    });
}

}  // namespace

extern "C" {

c_sluice_parser *c_sluice_parser_create(void) {
    return sluice::guarded<c_sluice_parser *>(nullptr, [] {
        auto parser = std::make_unique<c_sluice_parser>();
        bool has_room = parser->captures.reserve(64) && reserve(*parser, 1024, 1024);
        return has_room ? parser.release() : nullptr;
    });
}

void c_sluice_parser_destroy(c_sluice_parser *parser) {
    delete parser;
}

void c_sluice_parser_bound(c_sluice_parser *parser, c_sluice_limits limits) {
    parser->limits = limits;
}

void c_sluice_parser_forget(c_sluice_parser *parser) {
    parser->indexer.forget();
}

c_sluice_walk_result c_sluice_parser_walk(c_sluice_parser *parser, const c_sluice_table *table, const uint8_t *payload,
                                          size_t length, size_t available) {
    c_sluice_limits limits = parser->limits;
    parser->captures.clear();
    if (!reserve(*parser, length, limits.max_depth)) return result_of(*parser, C_SLUICE_MEMORY, 0);
    sluice::Index &index = parser->last_index;
    if (!parser->skeletons.may_look_ahead()) available = length;
    uint64_t indexed = parser->indexer.indexed();
    int32_t indexing = parser->indexer.index(payload, length, available, index);
    parser->skeletons.parsed(length, static_cast<size_t>(parser->indexer.indexed() - indexed));
    if (indexing != C_SLUICE_OK) return result_of(*parser, indexing, 0);
    sluice::Text text{payload, static_cast<uint32_t>(length), static_cast<uint32_t>(payload - index.base)};
    parser->last_text = text;
    sluice::ShapeSet &shapes = parser->shapes[(index.count + table->number * 7) % parser->shapes.size()];
    const sluice::ShapePair *known = sluice::guarded<const sluice::ShapePair *>(nullptr, [&] {
        return shapes.match(parser->kernel, *table, text, index.entries, index.count, limits.max_depth, parser->captures);
    });
    if (known != nullptr && parser->captures.size() <= limits.max_captures) {
        return result_of(*parser, C_SLUICE_OK, 0, known->number());
    }
    parser->captures.clear();
    sluice::Walker walker(text, *table, limits, parser->captures, parser->levels, parser->nesting);
    int32_t status = walker.run(index.entries, index.count);
    if (status == C_SLUICE_OK) {
        // Dropped captures count for the limit too, which a match cannot check: such payloads are always walked.
        if (!walker.has_repeated_keys()) {
            // If the allocation of a shape fails, the result of the walk is still valid.
            sluice::guarded(false, [&] {
                return shapes.walked(*table, parser->shapes_learnt, text, index.entries, index.count, parser->captures), true;
            });
        }
    } else {
        parser->captures.clear();
    }
    return result_of(*parser, status, walker.error_offset());
}

void c_sluice_parser_read_known(c_sluice_parser *parser, const c_sluice_table *table) {
    parser->skeletons.run(*table, parser->limits, parser->run, parser->indexer);
}

void c_sluice_parser_discard_run(c_sluice_parser *parser) {
    parser->skeletons.discard_run();
}

uint64_t c_sluice_parser_looks(const c_sluice_parser *parser) {
    return parser->skeletons.looks();
}

void c_sluice_parser_looked(c_sluice_parser *parser, size_t bytes) {
    parser->skeletons.looked(bytes);
}

c_sluice_run *c_sluice_parser_run(c_sluice_parser *parser) {
    return &parser->run;
}

bool c_sluice_parser_wants_learning(c_sluice_parser *parser) {
    return parser->skeletons.wants_learning();
}

void c_sluice_parser_learn(c_sluice_parser *parser, const c_sluice_table *table, c_sluice_event event) {
    sluice::Lesson lesson{*table, event, parser->last_text, parser->last_index.entries, parser->last_index.count,
                          &parser->captures};
    parser->skeletons.learn(lesson, parser->limits, &sluice::Skeleton::learn);
}

void c_sluice_parser_learn_marker(c_sluice_parser *parser, const c_sluice_table *table, c_sluice_event event,
                                  size_t payload_length) {
    sluice::Lesson lesson{*table, event, {event.bytes + event.payload, static_cast<uint32_t>(payload_length), 0}};
    parser->skeletons.learn(lesson, parser->limits, &sluice::Skeleton::learn_marker);
}

void c_sluice_parser_learn_text(c_sluice_parser *parser, const c_sluice_table *table, c_sluice_event event,
                                size_t payload_length) {
    sluice::Lesson lesson{*table, event, {event.bytes + event.payload, static_cast<uint32_t>(payload_length), 0}};
    parser->skeletons.learn(lesson, parser->limits, &sluice::Skeleton::learn_text);
}

uint32_t c_sluice_parser_decode(c_sluice_parser *parser, c_sluice_record *records, uint32_t escaped_count,
                                const c_sluice_regions *from, uint8_t *target, size_t position, uint8_t region,
                                size_t *written) {
    uint8_t *out = target;
    uint32_t done = 0;
    for (; done < escaped_count; done++) {
        c_sluice_record &record = records[parser->skeletons.escaped(done)];
        uint8_t *behind = unescape(parser->kernel, from->bytes[record.region], from->length[record.region], record, out);
        if (behind == nullptr) break;
        record.offset = static_cast<int64_t>(position) + (out - target);
        record.length = static_cast<uint32_t>(behind - out);
        record.region = region;
        out = behind;
    }
    *written = static_cast<size_t>(out - target);
    return done;
}

const char *c_sluice_simdjson_implementation(void) {
    return sluice::guarded("unknown", [] { return sluice::stage1_implementation(); });
}

}  // extern "C"
