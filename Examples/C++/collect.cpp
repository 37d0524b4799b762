// Collects the answers of several streams, read in turns with one engine, as a server does: ./collect FILE…
//
//     c++ -std=c++17 collect.cpp $(pkg-config --cflags --libs sluice) -o collect
//
// Exit status: 0 all streams were complete or finished, 1 one could not be read, 3 one was not complete.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice.h>

namespace {

struct Release {
    void operator()(sluice_engine *engine) const { sluice_engine_destroy(engine); }
    void operator()(sluice_stream *stream) const { sluice_stream_destroy(stream); }
};

/// One stream; `Visitor`s are called with (batch, delta) and must copy what they keep.
class Stream {
public:
    explicit Stream(sluice_engine *engine) {
        sluice_stream *made = nullptr;
        check(sluice_stream_create(engine, nullptr, &made));
        handle_.reset(made);
    }

    /// `chunk` need not outlive the call: all of it is read.
    template <typename Visitor>
    void feed(std::string_view chunk, Visitor visit) {
        check(sluice_stream_feed(handle_.get(), chunk.data(), chunk.size()));
        read(visit);
    }

    template <typename Visitor>
    sluice_end finish(Visitor visit) {
        check(sluice_stream_finish(handle_.get()));
        read(visit);
        sluice_end end;
        check(sluice_stream_end(handle_.get(), &end, sizeof end));
        return end;
    }

    std::string format() const {
        const char *name = sluice_stream_format(handle_.get());
        return name ? name : "unknown";
    }

private:
    template <typename Visitor>
    void read(Visitor &visit) {
        const sluice_batch *batch = nullptr;
        sluice_status status;
        while ((status = sluice_stream_next(handle_.get(), &batch)) == SLUICE_OK)
            std::for_each(batch->deltas, batch->deltas + batch->count, [&](const auto &delta) { visit(*batch, delta); });
        check(status);
    }

    void check(sluice_status status) const {
        sluice_error error;
        if (status >= SLUICE_OK) return;
        if (status == SLUICE_FAILED && sluice_stream_error(handle_.get(), &error, sizeof error) == SLUICE_OK)
            throw std::runtime_error(error.detail);
        throw std::logic_error(sluice_status_name(status));
    }

    std::unique_ptr<sluice_stream, Release> handle_;
};

/// The collected answer of a stream.
struct Answer {
    struct ToolCall {
        std::string name;
        std::string arguments;
    };

    std::string text;
    std::map<std::pair<int, int>, ToolCall> calls;  // by choice and number

    void operator()(const sluice_batch &batch, const sluice_delta &delta) {
        const sluice_text part = sluice_delta_text(&batch, &delta);
        const sluice_text name = sluice_delta_name(&batch, &delta);
        switch (delta.kind) {
        case SLUICE_TEXT: text.append(part.bytes, part.length); break;
        case SLUICE_TOOL_CALL: {
            std::string &known = calls[{delta.choice, delta.tool}].name;
            if (!(delta.flags & SLUICE_CONTINUATION)) known.clear();
            known.append(name.bytes, name.length);
            break;
        }
        case SLUICE_TOOL_ARGUMENTS: calls[{delta.choice, delta.tool}].arguments.append(part.bytes, part.length); break;
        default: break;
        }
    }
};

/// A file that is read a piece at a time, as from a network.
struct Source {
    std::string name;
    std::ifstream file;
    Stream stream;
    Answer answer;
    bool is_open = true;

    Source(const char *path, sluice_engine *engine) : name(path), file(path, std::ios::binary), stream(engine) {
        if (!file) throw std::runtime_error("cannot be opened: " + name);
    }

    void read_some() {
        char piece[4096];
        file.read(piece, sizeof piece);
        const auto count = static_cast<std::size_t>(file.gcount());
        stream.feed({piece, count}, std::ref(answer));
        is_open = count > 0;
    }

    bool finish() {
        const sluice_end end = stream.finish(std::ref(answer));
        const bool is_complete = end.completeness == SLUICE_COMPLETE || end.completeness == SLUICE_FINISHED;
        std::cout << "# " << name << ": " << stream.format() << ", " << (end.completeness == SLUICE_COMPLETE ? "complete" : is_complete ? "finished" : "not complete")
                  << ", " << end.deltas << " deltas\n" << answer.text << '\n';
        for (const auto &[place, call] : answer.calls) std::cout << "> " << call.name << ' ' << call.arguments << '\n';
        return is_complete;
    }
};

int collect(int count, char **paths) {
    const std::unique_ptr<sluice_engine, Release> engine(sluice_engine_create());
    std::vector<std::unique_ptr<Source>> sources;
    for (int i = 0; i < count; i++) sources.push_back(std::make_unique<Source>(paths[i], engine.get()));
    const auto is_open = [](const auto &source) { return source->is_open; };
    while (std::any_of(sources.begin(), sources.end(), is_open))
        for (const auto &source : sources)
            if (source->is_open) source->read_some();
    const auto incomplete = std::count_if(sources.begin(), sources.end(), [](const auto &s) { return !s->finish(); });
    return incomplete == 0 ? 0 : 3;
}

}  // namespace

int main(int argument_count, char **arguments) {
    try {
        return collect(argument_count - 1, arguments + 1);
    } catch (const std::exception &error) {
        std::cerr << "collect: " << error.what() << '\n';
        return 1;
    }
}
