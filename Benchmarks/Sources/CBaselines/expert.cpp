// What is written by hand in C++ for one format: as much framing as that format's streams need, and no more.
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE  // memrchr
#endif
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "extract.hpp"

static_assert(BASELINE_PADDING >= simdjson::SIMDJSON_PADDING, "the padding that simdjson reads");

namespace baselines {
namespace {

constexpr size_t block_size = 256 * 1024;

const char *end_of_line(const char *line, const char *end) {
    const void *found = std::memchr(line, '\n', static_cast<size_t>(end - line));
    return found == nullptr ? end : static_cast<const char *>(found);  // a last line that never ended counts, too
}

bool starts_with(const char *line, const char *line_end, std::string_view prefix) {
    return static_cast<size_t>(line_end - line) >= prefix.size() &&
           std::memcmp(line, prefix.data(), prefix.size()) == 0;
}

/// The length of the framing before a line's document, or -1 if it holds none. A CR at its end is white space to JSON.
template <class Format>
ptrdiff_t framing_of(const char *line, const char *line_end) {
    if constexpr (!Format::is_sse) return starts_with(line, line_end, "{") ? 0 : -1;
    if (starts_with(line, line_end, "data: {")) return 6;
    return starts_with(line, line_end, "data:{") ? 5 : -1;
}

template <class Format>
baseline_answer loop(const char *bytes, size_t length) {
    sink to;
    ondemand::parser &parser = thread_parser();
    const char *end = bytes + length;
    for (const char *line = bytes; line < end;) {
        if (Format::is_sse && *line == '\n') {
            line++;
            continue;
        }
        const char *line_end = end_of_line(line, end);
        ptrdiff_t framing = framing_of<Format>(line, line_end);
        if (framing >= 0) {
            const char *json = line + framing;
            ondemand::document document;
            size_t room = static_cast<size_t>(end - json) + BASELINE_PADDING;
            if (parser.iterate(json, static_cast<size_t>(line_end - json), room).get(document) == SUCCESS) {
                Format::read(document, to);
            }
        }
        line = line_end + 1;
    }
    return to.answer;
}

/// Overwrites all that is no document with spaces.
template <class Format>
void blank_framing(char *bytes, size_t length) {
    char *end = bytes + length;
    for (char *line = bytes; line < end;) {
        if (Format::is_sse && *line == '\n') {
            line++;
            continue;
        }
        char *line_end = const_cast<char *>(end_of_line(line, end));
        ptrdiff_t framing = framing_of<Format>(line, line_end);
        if (framing == 6) {
            std::memset(line, ' ', 6);  // a constant, so that no call is made
        } else {
            std::memset(line, ' ', static_cast<size_t>(framing >= 0 ? framing : line_end - line));
        }
        line = line_end + 1;
    }
}

/// The bytes of the whole lines that fit into a block, or of the one line that does not.
size_t next_block(const char *bytes, const char *end) {
    size_t rest = static_cast<size_t>(end - bytes);
    if (rest <= block_size) return rest;
    const void *last = memrchr(bytes, '\n', block_size);
    if (last == nullptr) last = std::memchr(bytes + block_size, '\n', rest - block_size);
    return last == nullptr ? rest : static_cast<size_t>(static_cast<const char *>(last) - bytes) + 1;
}

/// One structural pass over many documents at a time: the framing is blanked out in a copy, which simdjson then reads
/// as documents in line. The copy is a block that stays in the second-level cache, and is part of the time.
template <class Format>
baseline_answer batch(const char *bytes, size_t length) {
    thread_local size_t room = 0;
    thread_local std::unique_ptr<char[]> copy;
    sink to;
    ondemand::parser &parser = thread_parser();
    parser.threaded = false;  // one core, as everybody else here
    const char *end = bytes + length;
    while (bytes < end) {
        size_t size = next_block(bytes, end);
        if (room < size) {
            room = size < block_size ? block_size : size;
            copy.reset(new char[room + BASELINE_PADDING]);
        }
        std::memcpy(copy.get(), bytes, size);
        blank_framing<Format>(copy.get(), size);
        ondemand::document_stream documents;
        if (parser.iterate_many(copy.get(), size, room).get(documents) != SUCCESS) break;
        for (auto document : documents) {
            if (forgive(Format::read(document, to)) != SUCCESS) break;  // simdjson cannot go on behind broken JSON
        }
        bytes += size;
    }
    return to.answer;
}

/// JSON arrays one after the other: simdjson finds where each ends, and an on-demand array gives its elements in turn.
template <class Format>
baseline_answer arrays(const char *bytes, size_t length, size_t longest) {
    sink to;
    ondemand::parser &parser = thread_parser();
    parser.threaded = false;
    ondemand::document_stream documents;
    if (parser.iterate_many(bytes, length, longest + BASELINE_PADDING).get(documents) != SUCCESS) return to.answer;
    for (auto document : documents) {
        ondemand::json_type type;
        if (document.type().get(type) != SUCCESS) break;
        auto read = [&](auto element) { return Format::read(element, to); };
        error_code error = type == ondemand::json_type::array ? each_element(document.get_array(), read)
                                                              : forgive(Format::read(document, to));
        if (error != SUCCESS) break;
    }
    return to.answer;
}

template <>
baseline_answer arrays<raw_text>(const char *, size_t, size_t) {
    return {0, 0, 0};
}

uint32_t big_endian(const char *bytes) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
}

/// Messages of an AWS event stream: two lengths, two checksums that are not checked, headers that are not looked at.
baseline_answer messages(const char *bytes, size_t length) {
    constexpr size_t prelude = 12;
    constexpr size_t around = prelude + 4;  // with the checksum at the end
    sink to;
    ondemand::parser &parser = thread_parser();
    for (size_t start = 0; length - start >= around;) {
        size_t total = big_endian(bytes + start);
        size_t headers = big_endian(bytes + start + 4);
        if (total < around || total > length - start || headers > total - around) break;
        const char *json = bytes + start + prelude + headers;
        size_t room = length - static_cast<size_t>(json - bytes) + BASELINE_PADDING;
        ondemand::document document;
        if (parser.iterate(json, total - around - headers, room).get(document) == SUCCESS) {
            bedrock::read(document, to);
        }
        start += total;
    }
    return to.answer;
}

/// Raw text: an event is its data lines, joined by newlines where there are several.
class text_events {
public:
    sink to;

    void read(std::string_view line) {
        if (line.empty()) return end();
        if (line.substr(0, 5) == "data:") return add(after_colon(line, 5));
        if (line.substr(0, 6) == "event:") is_error = after_colon(line, 6) == "error";
    }

    bool is_between() const { return lines == 0 && !is_error; }

    void add_whole(std::string_view text) {
        if (text != done_payload) to.add(text);
    }

    /// The text of an error event is the server's message, not the model's.
    void end() {
        std::string_view text = lines > 1 ? std::string_view(joined) : only;
        if (lines > 0 && !is_error) add_whole(text);
        lines = 0;
        is_error = false;
    }

private:
    std::string_view only;
    std::string joined;
    size_t lines = 0;
    bool is_error = false;

    static std::string_view after_colon(std::string_view line, size_t start) {
        return line.substr(start + (line.size() > start && line[start] == ' '));
    }

    void add(std::string_view data) {
        lines += 1;
        if (lines == 1) {
            only = data;
            return;
        }
        if (lines == 2) joined.assign(only);
        joined.push_back('\n');
        joined.append(data);
    }
};

template <>
baseline_answer loop<raw_text>(const char *bytes, size_t length) {
    text_events events;
    const char *end = bytes + length;
    for (const char *line = bytes; line < end;) {
        const char *line_end = end_of_line(line, end);
        // Nearly every event is this: one line of data, and a blank one.
        bool is_data = starts_with(line, line_end, "data: ") && line_end[-1] != '\r';
        if (is_data && end - line_end > 1 && line_end[1] == '\n' && events.is_between()) {
            events.add_whole({line + 6, static_cast<size_t>(line_end - line) - 6});
            line = line_end + 2;
            continue;
        }
        size_t size = static_cast<size_t>(line_end - line);
        if (size > 0 && line[size - 1] == '\r') size -= 1;
        events.read({line, size});
        line = line_end + 1;
    }
    events.end();
    return events.to.answer;
}

template <>
baseline_answer batch<raw_text>(const char *bytes, size_t length) {
    return loop<raw_text>(bytes, length);
}

}  // namespace
}  // namespace baselines

extern "C" {

void baseline_add(baseline_answer *answer, const void *bytes, size_t length) {
    baselines::mix(*answer, static_cast<const char *>(bytes), length);
}

baseline_answer baseline_expert_loop(baseline_format format, const char *bytes, size_t length) {
    return baselines::with_format(format, [=](auto tag) { return baselines::loop<decltype(tag)>(bytes, length); });
}

baseline_answer baseline_expert_batch(baseline_format format, const char *bytes, size_t length) {
    return baselines::with_format(format, [=](auto tag) { return baselines::batch<decltype(tag)>(bytes, length); });
}

baseline_answer baseline_expert_arrays(baseline_format format, const char *bytes, size_t length, size_t longest) {
    return baselines::with_format(
        format, [=](auto tag) { return baselines::arrays<decltype(tag)>(bytes, length, longest); });
}

baseline_answer baseline_expert_messages(const char *bytes, size_t length) {
    return baselines::messages(bytes, length);
}

}  // extern "C"
