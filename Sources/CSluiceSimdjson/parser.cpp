// simdjson's parser behind the C interface: stage 1 indexes a payload, the walker reads the index, a program makes deltas of the
// captures.
#include "parser.hpp"

#include <algorithm>
#include <memory>

#include "simple_escapes.hpp"

namespace {

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

// Makes room for a payload of `length`, whose depth is at most that.
__attribute__((noinline)) bool reserve(c_sluice_parser &parser, size_t length) {
    bool has_room = sluice::guarded(false, [&] {
        parser.walker.reserve(std::min(length, static_cast<size_t>(parser.limits.max_depth)));
        return parser.indexer.reserve(length);
    });
    parser.room = has_room ? std::max(parser.room, length) : 0;
    return has_room;
}

// Indexes one payload, which is the last one then. Its parts are passed on, not read again: what was written in parts is read
// more slowly as a whole.
SLUICE_INLINE int32_t index(c_sluice_parser &parser, const uint8_t *payload, size_t length, size_t available, sluice::Text &text) {
    parser.last_program = nullptr;
    parser.is_walked = false;
    parser.walked_bytes += length;
    parser.walker.clear();
    if (length > parser.room && !reserve(parser, length)) return C_SLUICE_MEMORY;
    int32_t status = parser.indexer.index(payload, length, available, parser.last_index);
    if (status != C_SLUICE_OK) return status;
    text = {payload, length, static_cast<size_t>(payload - parser.last_index.base)};
    parser.last_text = text;
    parser.last_run = parser.indexer.runs();
    return C_SLUICE_OK;
}

c_sluice_walk_result result_of(const c_sluice_parser &parser, int32_t status) {
    return {status, parser.walker.error_offset(), parser.captures().size(), parser.captures().begin()};
}

// The deltas of the frame's payload, if it looks as expected, or has a program once it was walked. Its event ends at `behind`.
bool read_frame(c_sluice_parser &parser, const c_sluice_table &table, const uint8_t *payload, size_t length, size_t available,
                const uint8_t *behind, int32_t &status) {
    sluice::Run &run = parser.run;
    sluice::Text text;
    status = index(parser, payload, length, available, text);
    if (status != C_SLUICE_OK) return false;
    const sluice::ExpectedEvent *event;
    const sluice::Program *program = parser.programs.expected(table, parser.limits, parser.walker, text, available,
                                                              parser.last_index, parser.values, event);
    if (program != nullptr) {
        sluice::ExpectedValues values{*event, parser.values, payload + available};
        parser.last_program = program;
        if (run.may_take(*program) && run.take<sluice::Taking::any>(*program, values, behind)) return true;
    }
    status = parser.walk_last();
    if (status != C_SLUICE_OK) return false;
    program = parser.programs.find(table, parser.last_text, parser.captures());
    if (program == nullptr || !run.may_take(*program)) return false;
    if (!parser.walker.has_repeated_keys()) parser.programs.expect(table, parser.last_text, parser.last_index, parser.captures());
    sluice::CapturedValues values{parser.captures().begin(), payload};
    if (!run.take<sluice::Taking::any>(*program, values, behind)) return false;
    parser.last_program = program;
    return true;
}

}  // namespace

extern "C" {

c_sluice_parser *c_sluice_parser_create(void) {
    return sluice::guarded<c_sluice_parser *>(nullptr, [] {
        auto parser = std::make_unique<c_sluice_parser>();
        // Then a payload of usual size allocates nothing.
        parser->walker.reserve(1024);
        bool has_room = parser->walker.captures.reserve(64) && reserve(*parser, 1024);
        return has_room ? parser.release() : nullptr;
    });
}

void c_sluice_parser_destroy(c_sluice_parser *parser) {
    delete parser;
}

void c_sluice_parser_bound(c_sluice_parser *parser, c_sluice_limits limits) {
    parser->limits = limits;
    parser->room = 0;
}

void c_sluice_parser_forget(c_sluice_parser *parser) {
    parser->indexer.forget();
}

c_sluice_walk_result c_sluice_parser_walk(c_sluice_parser *parser, const c_sluice_table *table, const uint8_t *payload,
                                          size_t length, size_t available) {
    parser->programs.forget();
    parser->walker.begin(*table, parser->limits);
    sluice::Text text;
    int32_t status = index(*parser, payload, length, available, text);
    return result_of(*parser, status == C_SLUICE_OK ? parser->walk_last() : status);
}

c_sluice_walk_result c_sluice_parser_walk_last(c_sluice_parser *parser) {
    // It has a program already.
    parser->programs.forget();
    return result_of(*parser, parser->is_walked ? C_SLUICE_OK : parser->walk_last());
}

c_sluice_walk_result c_sluice_parser_walk_again(c_sluice_parser *parser, const c_sluice_table *table, const uint8_t *payload,
                                                size_t length) {
    const sluice::Text &last = parser->last_text;
    bool is_last = last.bytes == payload && last.length == length && parser->last_run == parser->indexer.runs();
    if (!is_last) return c_sluice_parser_walk(parser, table, payload, length, length);
    parser->programs.forget();
    parser->walker.begin(*table, parser->limits);
    parser->walker.clear();
    return result_of(*parser, parser->walk_last());
}

uint64_t c_sluice_parser_walked_bytes(const c_sluice_parser *parser) {
    return parser->walked_bytes;
}

uint64_t c_sluice_parser_indexed_bytes(const c_sluice_parser *parser) {
    return parser->looked_bytes();
}

c_sluice_run *c_sluice_parser_run(c_sluice_parser *parser) {
    return &parser->run;
}

c_sluice_frames_result c_sluice_parser_read_frames(c_sluice_parser *parser, const c_sluice_table *table,
                                                   const c_sluice_frame *frames, size_t count, size_t available,
                                                   uint64_t stops) {
    sluice::Run &run = parser->run;
    const uint8_t *base = run.next;
    size_t payload_bytes = 0, read = 0;
    int32_t status = C_SLUICE_OK;
    bool is_walked = false;
    run.begin(parser->limits);
    parser->walker.begin(*table, parser->limits);
    for (; read < count && run.has_room(); read++) {
        const c_sluice_frame &frame = frames[read];
        const uint8_t *payload = base + frame.payload_start;
        if (frame.payload_length == 0 || *payload != '{') break;
        if ((stops >> std::min<uint32_t>(frame.event & 0xFFFF, 63) & 1) != 0) break;
        run.next = base + frame.start;
        // The limit of its size was checked by the framing.
        is_walked = !read_frame(*parser, *table, payload, frame.payload_length, available - frame.payload_start, run.next, status);
        if (is_walked) break;
        run.bytes = frame.payload_start + frame.payload_length;
        payload_bytes += frame.payload_length;
    }
    run.escaped_count = static_cast<size_t>(run.next_escaped - run.escaped);
    return {read, payload_bytes, is_walked, result_of(*parser, status)};
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
