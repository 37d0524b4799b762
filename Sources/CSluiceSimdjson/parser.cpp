// simdjson's parser behind the C interface: stage 1 indexes a payload, the walker reads the index, a program makes deltas of the
// captures.
#include "parser.hpp"

#include <algorithm>
#include <memory>

#include "simple_escapes.hpp"

namespace {

c_sluice_walk_result result_of(const c_sluice_parser &parser, int32_t status, uint32_t offset) {
    return {status, offset, parser.captures().size(), parser.captures().begin()};
}

// Decodes a record's bytes, within the `length` bytes at `base`, to `out`; returns the end of the output, or null if an escape
// is invalid or the bytes end inside a surrogate pair.
inline uint8_t *unescape(sluice::Unescape *variant, const uint8_t *base, size_t length, const c_sluice_record &record,
                         uint8_t *out) {
    size_t offset = static_cast<size_t>(record.offset);
    if (length - offset >= record.length + sluice::near_reach) {
        if (uint8_t *behind = variant(base + offset, record.length, out)) return behind;
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

// Walks one payload; its captures are in the parser.
c_sluice_walk_result walk(c_sluice_parser &parser, const c_sluice_table &table, const uint8_t *payload, size_t length,
                          size_t available) {
    parser.walker.captures.clear();
    parser.last_program = nullptr;
    parser.walked_bytes += length;
    if (!reserve(parser, length, parser.limits.max_depth)) return result_of(parser, C_SLUICE_MEMORY, 0);
    sluice::Index &index = parser.last_index;
    int32_t indexing = parser.indexer.index(payload, length, available, index);
    if (indexing != C_SLUICE_OK) return result_of(parser, indexing, 0);
    sluice::Text text{payload, static_cast<uint32_t>(length), static_cast<uint32_t>(payload - index.base)};
    parser.last_text = text;
    int32_t status = parser.walker.run(text, table, parser.limits, index.entries, index.count, parser.nesting);
    return result_of(parser, status, parser.walker.error_offset());
}

// The frame's payload, walked; and its deltas, if it has a program. Its event ends at `behind`.
bool read_frame(c_sluice_parser &parser, const c_sluice_table &table, const uint8_t *payload, size_t length, size_t available,
                const uint8_t *behind, c_sluice_walk_result &result) {
    result = walk(parser, table, payload, length, available);
    if (result.status != C_SLUICE_OK) return false;
    const sluice::Program *program = parser.programs.find(table, parser.last_text, parser.captures());
    if (program == nullptr || !parser.run.may_take(*program)) return false;
    sluice::CapturedValues values{parser.captures().begin(), payload};
    if (!parser.run.take<sluice::Taking::any>(*program, values, behind)) return false;
    parser.last_program = program;
    return true;
}

}  // namespace

extern "C" {

c_sluice_parser *c_sluice_parser_create(void) {
    return sluice::guarded<c_sluice_parser *>(nullptr, [] {
        auto parser = std::make_unique<c_sluice_parser>();
        bool has_room = parser->walker.captures.reserve(64) && reserve(*parser, 1024, 1024);
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
    parser->programs.forget();
    return walk(*parser, *table, payload, length, available);
}

uint64_t c_sluice_parser_walked_bytes(const c_sluice_parser *parser) {
    return parser->walked_bytes;
}

uint64_t c_sluice_parser_indexed_bytes(const c_sluice_parser *parser) {
    return parser->indexer.indexed();
}

c_sluice_run *c_sluice_parser_run(c_sluice_parser *parser) {
    return &parser->run;
}

c_sluice_frames_result c_sluice_parser_read_frames(c_sluice_parser *parser, const c_sluice_table *table,
                                                   const c_sluice_frame *frames, size_t count, size_t available,
                                                   uint64_t stops) {
    sluice::Run &run = parser->run;
    const uint8_t *base = run.next;
    c_sluice_frames_result result{0, 0, false, result_of(*parser, C_SLUICE_OK, 0)};
    run.begin(parser->limits);
    while (result.frames < count && run.has_room()) {
        const c_sluice_frame &frame = frames[result.frames];
        if (frame.payload_length == 0 || base[frame.payload_start] != '{') break;
        if ((stops >> std::min<uint32_t>(frame.event & 0xFFFF, 63) & 1) != 0) break;
        const uint8_t *payload = base + frame.payload_start;
        run.next = base + frame.start;
        result.is_walked = true;
        // The limit of its size was checked by the framing.
        if (!read_frame(*parser, *table, payload, frame.payload_length, available - frame.payload_start, run.next, result.walk)) {
            break;
        }
        result.is_walked = false;
        run.bytes = frame.payload_start + frame.payload_length;
        result.payload_bytes += frame.payload_length;
        result.frames++;
    }
    run.escaped_count = static_cast<size_t>(run.next_escaped - run.escaped);
    return result;
}

void c_sluice_parser_keep_program(c_sluice_parser *parser, const c_sluice_table *table, c_sluice_lesson lesson) {
    parser->programs.keep(*table, parser->last_text, parser->captures(), lesson);
}

uint32_t c_sluice_parser_decode(c_sluice_parser *parser, c_sluice_record *records, uint32_t escaped_count,
                                const c_sluice_regions *from, uint8_t *target, size_t position, uint8_t region,
                                size_t *written) {
    uint8_t *out = target;
    uint32_t done = 0;
    for (; done < escaped_count; done++) {
        c_sluice_record &record = records[parser->run.escaped_records[done]];
        uint8_t *behind = unescape(parser->unescape, from->bytes[record.region], from->length[record.region], record, out);
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
