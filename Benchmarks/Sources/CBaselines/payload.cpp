// One payload at a time, behind whatever framing a contender puts in front.
#include <string_view>
#include <type_traits>

#include "extract.hpp"

namespace baselines {
namespace {

bool is_document(std::string_view payload) { return !payload.empty() && payload[0] == '{'; }

template <class Format>
bool read_ondemand(std::string_view payload, sink &to) {
    if constexpr (std::is_same_v<Format, raw_text>) {
        if (payload != done_payload) to.add(payload);
        return true;
    } else {
        if (!is_document(payload)) return false;
        ondemand::document document;
        size_t room = payload.size() + BASELINE_PADDING;
        error_code error = thread_parser().iterate(payload.data(), payload.size(), room).get(document);
        return error == SUCCESS && forgive(Format::read(document, to)) == SUCCESS;
    }
}

/// A payload whose arguments are an object is read again by on-demand, since the DOM has let go of its bytes.
template <class Format>
bool read_dom(std::string_view payload, sink &to) {
    if constexpr (std::is_same_v<Format, raw_text>) {
        return read_ondemand<Format>(payload, to);
    } else {
        thread_local dom::parser parser;
        if (!is_document(payload)) return false;
        dom::element document;
        if (parser.parse(payload.data(), payload.size(), false).get(document) != SUCCESS) return false;
        sink own = to;
        error_code error = forgive(Format::read(document, own));
        if (own.wants_source) return read_ondemand<Format>(payload, to);
        to = own;
        return error == SUCCESS;
    }
}

}  // namespace
}  // namespace baselines

extern "C" {

bool baseline_ondemand(baseline_format format, baseline_answer *answer, const char *payload, size_t length) {
    baselines::sink to{*answer};
    bool is_json = baselines::with_format(
        format, [&](auto tag) { return baselines::read_ondemand<decltype(tag)>({payload, length}, to); });
    *answer = to.answer;
    return is_json;
}

bool baseline_dom(baseline_format format, baseline_answer *answer, const char *payload, size_t length) {
    baselines::sink to{*answer};
    bool is_json = baselines::with_format(
        format, [&](auto tag) { return baselines::read_dom<decltype(tag)>({payload, length}, to); });
    *answer = to.answer;
    return is_json;
}

}  // extern "C"
