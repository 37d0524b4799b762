// Usage and nothing else: a byte filter that knows only the names of the counts, and simdjson in its place.
//
// The filter is right because of a quote: in a string, the name's own closing quote stands behind a backslash, so that
// `"usage"` with both quotes never matches text. It looks for the object first, since OpenAI's Responses also count
// `input_tokens` in `tool_usage`. What could still deceive it is a key of that name in another object, such as a tool's
// arguments or schema: that is the price of not reading JSON.
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE  // memmem
#endif
#include <cstring>
#include <string_view>
#include <type_traits>

#include "extract.hpp"

namespace baselines {
namespace {

/// What a payload reports; -1 for what it does not.
struct counts {
    int64_t input = -1;
    int64_t output = -1;

    bool is_empty() const { return input < 0 && output < 0; }

    void add_to(baseline_answer &answer) const {
        static_assert(sizeof(counts) == 16, "one entry is its two counts");
        if (!is_empty()) mix(answer, reinterpret_cast<const char *>(this), sizeof(*this));
    }
};

/// How a format spells its counts, and what no payload that reports them is without.
struct names {
    std::string_view anchor;
    bool is_object;  // whether the anchor is the key of the object that holds the counts
    std::string_view input;
    std::string_view output;
};

constexpr names chat_names{"\"usage\"", true, "\"prompt_tokens\"", "\"completion_tokens\""};
constexpr names token_names{"\"usage\"", true, "\"input_tokens\"", "\"output_tokens\""};
constexpr names gemini_names{"\"usageMetadata\"", true, "\"promptTokenCount\"", "\"candidatesTokenCount\""};
constexpr names ollama_names{"eval_count\"", false, "\"prompt_eval_count\"", "\"eval_count\""};

constexpr names names_of(openai_chat) { return chat_names; }
constexpr names names_of(openai_completions) { return chat_names; }
constexpr names names_of(openai_responses) { return token_names; }
constexpr names names_of(anthropic_messages) { return token_names; }
constexpr names names_of(gemini_generate) { return gemini_names; }
constexpr names names_of(ollama_generate) { return ollama_names; }
constexpr names names_of(ollama_chat) { return ollama_names; }
constexpr names names_of(...) { return {{}, false, {}, {}}; }

// MARK: The filter

const char *find(std::string_view name, const char *bytes, const char *end) {
    return static_cast<const char *>(memmem(bytes, static_cast<size_t>(end - bytes), name.data(), name.size()));
}

bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

const char *behind_colon(const char *p, const char *end) {
    while (p < end && (is_space(*p) || *p == ':')) p++;
    return p;
}

/// The whole number behind a name, or -1.
int64_t number_behind(std::string_view name, const char *bytes, const char *end) {
    const char *p = find(name, bytes, end);
    if (p == nullptr) return -1;
    p = behind_colon(p + name.size(), end);
    if (p == end || *p < '0' || *p > '9') return -1;
    int64_t number = 0;
    for (; p < end && *p >= '0' && *p <= '9' && number < INT64_MAX / 10 - 1; p++) number = number * 10 + (*p - '0');
    return number;
}

/// Where to look for the counts; null where the payload reports none, such as `"usage":null`.
const char *find_counts(const names &spelt, const char *bytes, const char *end) {
    const char *p = find(spelt.anchor, bytes, end);
    if (!spelt.is_object) return p == nullptr ? nullptr : bytes;
    for (; p != nullptr; p = find(spelt.anchor, p, end)) {
        p = behind_colon(p + spelt.anchor.size(), end);
        if (p < end && *p == '{') return p;
    }
    return nullptr;
}

template <class Format>
void filter(std::string_view payload, baseline_answer &answer) {
    constexpr names spelt = names_of(Format{});
    if constexpr (!spelt.anchor.empty()) {
        const char *end = payload.data() + payload.size();
        const char *start = find_counts(spelt, payload.data(), end);
        if (start == nullptr) return;
        counts found;
        found.input = number_behind(spelt.input, start, end);
        found.output = number_behind(spelt.output, start, end);
        found.add_to(answer);
    }
}

// MARK: The reference

/// A name without the quotes that the filter needs.
std::string_view bare(std::string_view name) { return name.substr(1, name.size() - 2); }

/// Reads a count, leaving it be where there is none; an error is one of the JSON's, after which on-demand must stop.
error_code read_count(ondemand::object &usage, std::string_view name, int64_t &count) {
    int64_t number;
    error_code error = usage[bare(name)].get_int64().get(number);
    if (error == SUCCESS) count = number;
    return forgive(error);
}

template <class Value>
error_code read_counts(Value &&usage, const names &spelt, counts &found) {
    ondemand::object object;
    if (error_code error = usage.get_object().get(object); error != SUCCESS) return forgive(error);
    if (error_code error = read_count(object, spelt.input, found.input); error != SUCCESS) return error;
    return read_count(object, spelt.output, found.output);
}

/// Where a format reports usage, and where some of its servers do instead.
template <class Format>
error_code counts_of(ondemand::document &document, const names &spelt, counts &found) {
    if constexpr (!names_of(Format{}).is_object) return read_counts(document, spelt, found);
    if constexpr (std::is_same_v<Format, openai_responses>) {
        return read_counts(document["response"]["usage"], spelt, found);
    }
    error_code error = read_counts(document[bare(spelt.anchor)], spelt, found);
    if (error != SUCCESS || !found.is_empty()) return error;
    if constexpr (std::is_same_v<Format, openai_chat>) {
        return read_counts(document["x_groq"]["usage"], spelt, found);
    }
    if constexpr (std::is_same_v<Format, anthropic_messages>) {
        return read_counts(document["message"]["usage"], spelt, found);
    }
    return SUCCESS;
}

template <class Format>
void reference(std::string_view payload, baseline_answer &answer) {
    constexpr names spelt = names_of(Format{});
    if constexpr (!spelt.anchor.empty()) {
        if (payload.empty() || payload[0] != '{') return;
        ondemand::document document;
        size_t room = payload.size() + BASELINE_PADDING;
        if (thread_parser().iterate(payload.data(), payload.size(), room).get(document) != SUCCESS) return;
        counts found;
        counts_of<Format>(document, spelt, found);
        found.add_to(answer);
    }
}

}  // namespace
}  // namespace baselines

extern "C" {

void baseline_usage_filter(baseline_format format, baseline_answer *answer, const char *payload, size_t length) {
    baselines::with_format(
        format, [=](auto tag) { baselines::filter<decltype(tag)>({payload, length}, *answer); });
}

void baseline_usage_ondemand(baseline_format format, baseline_answer *answer, const char *payload, size_t length) {
    baselines::with_format(
        format, [=](auto tag) { baselines::reference<decltype(tag)>({payload, length}, *answer); });
}

}  // extern "C"
