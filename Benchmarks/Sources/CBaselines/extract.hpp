// Where each format keeps its text, reasoning and tool-call arguments. One struct a format; the same code reads
// simdjson's on-demand documents (alone or of a batch) and its DOM, whose differences end in the helpers at the top.
//
// On-demand is fastest when fields are asked for by name, in the order in which they mostly stand, and when it may
// stop early. So each struct asks for the commonest field first and stops at the first that is not empty: a payload of
// a real stream carries one kind of piece. Refusals, names and ids are not read.
#pragma once

#if defined(__OPTIMIZE__) && !defined(NDEBUG)
#define NDEBUG  // simdjson's assertions look for its user's mistakes, on every token; nobody ships them
#endif
#include <simdjson.h>

#include <initializer_list>
#include <string_view>

#include "answer.hpp"

namespace baselines {

namespace ondemand = simdjson::ondemand;
namespace dom = simdjson::dom;
using simdjson::error_code;
using simdjson::simdjson_result;
using simdjson::SUCCESS;

/// A document of another form than the one looked for: no piece, but nothing wrong with the JSON.
inline bool is_absent(error_code error) {
    return error == simdjson::NO_SUCH_FIELD || error == simdjson::INCORRECT_TYPE ||
           error == simdjson::INDEX_OUT_OF_BOUNDS;
}

inline error_code forgive(error_code error) { return is_absent(error) ? SUCCESS : error; }

template <class Value>
error_code add_string(Value &&value, sink &to) {
    std::string_view text;
    error_code error = value.get_string().get(text);
    if (error == SUCCESS) to.add(text);
    return error;
}

/// The first of the fields that holds text, which the caller then need not look beyond; null, absent or empty is none.
template <class Object>
error_code add_first(Object &object, std::initializer_list<std::string_view> names, sink &to) {
    for (std::string_view name : names) {
        std::string_view text;
        error_code error = object[name].get_string().get(text);
        if (error != SUCCESS && !is_absent(error)) return error;
        if (!text.empty()) return to.add(text), SUCCESS;
    }
    return simdjson::NO_SUCH_FIELD;
}

/// The JSON of an object as it stands. simdjson's own slice runs on to the next token, so white space is taken off.
inline error_code add_json(simdjson_result<ondemand::value> value, sink &to) {
    ondemand::object object;
    if (error_code error = value.get_object().get(object); error != SUCCESS) return error;
    std::string_view json;
    if (error_code error = object.raw_json().get(json); error != SUCCESS) return error;
    to.add(json.substr(0, json.find_last_not_of(" \t\r\n") + 1));
    return SUCCESS;
}

inline error_code add_json(simdjson_result<dom::element> value, sink &to) {
    dom::object object;
    error_code error = value.get_object().get(object);
    if (error == SUCCESS) to.wants_source = true;
    return error;
}

template <class Visit>
error_code each_element(simdjson_result<ondemand::array> array, Visit visit) {
    if (array.error() != SUCCESS) return array.error();
    for (auto element : array) {
        if (error_code error = forgive(visit(element)); error != SUCCESS) return error;
    }
    return SUCCESS;
}

template <class Visit>
error_code each_element(simdjson_result<dom::array> array, Visit visit) {
    if (array.error() != SUCCESS) return array.error();
    for (auto element : array.value_unsafe()) {
        simdjson_result<dom::element> result(std::move(element));
        if (error_code error = forgive(visit(result)); error != SUCCESS) return error;
    }
    return SUCCESS;
}

/// Mistral's content: a list of parts, text or thinking, the latter with parts in it.
template <class Value>
error_code add_parts(Value &&parts, sink &to) {
    return each_element(parts.get_array(), [&](auto part) {
        if (error_code error = add_first(part, {"text"}, to); error != simdjson::NO_SUCH_FIELD) return error;
        return each_element(part["thinking"].get_array(), [&](auto inner) { return add_first(inner, {"text"}, to); });
    });
}

struct openai_chat {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        auto delta = document["choices"].at(0)["delta"].get_object();
        error_code error = add_first(delta, {"content", "reasoning_content", "reasoning"}, to);
        if (error != simdjson::NO_SUCH_FIELD) return error;
        error = each_element(delta["tool_calls"].get_array(), [&](auto call) {
            return add_string(call["function"]["arguments"], to);
        });
        return is_absent(error) ? add_parts(delta["content"], to) : error;
    }
};

struct openai_completions {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return add_string(document["choices"].at(0)["text"], to);
    }
};

struct openai_responses {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        std::string_view type;
        if (error_code error = document["type"].get_string().get(type); error != SUCCESS) return error;
        bool is_read = type == "response.output_text.delta" || type == "response.function_call_arguments.delta" ||
                       type == "response.reasoning_summary_text.delta" || type == "response.reasoning_text.delta";
        return is_read ? add_string(document["delta"], to) : SUCCESS;
    }
};

struct anthropic_messages {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        std::string_view type;
        if (error_code error = document["type"].get_string().get(type); error != SUCCESS) return error;
        if (type == "content_block_start") {
            auto block = document["content_block"].get_object();
            return add_first(block, {"text", "thinking"}, to);
        }
        if (type != "content_block_delta") return SUCCESS;
        auto delta = document["delta"].get_object();
        if (error_code error = delta["type"].get_string().get(type); error != SUCCESS) return error;
        if (type == "text_delta") return add_string(delta["text"], to);
        if (type == "thinking_delta") return add_string(delta["thinking"], to);
        return type == "input_json_delta" ? add_string(delta["partial_json"], to) : SUCCESS;
    }
};

struct gemini_generate {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return each_element(document["candidates"].at(0)["content"]["parts"].get_array(), [&](auto part) {
            error_code error = add_first(part, {"text"}, to);
            return error == simdjson::NO_SUCH_FIELD ? add_json(part["functionCall"]["args"], to) : error;
        });
    }
};

struct delta_done {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return add_string(document["delta"], to);
    }
};

struct text_field {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return add_string(document["text"], to);
    }
};

struct ollama_generate {
    static constexpr bool is_sse = false;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return add_first(document, {"response", "thinking"}, to);
    }
};

struct ollama_chat {
    static constexpr bool is_sse = false;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        auto message = document["message"].get_object();
        error_code error = add_first(message, {"content", "thinking"}, to);
        if (error != simdjson::NO_SUCH_FIELD) return error;
        return each_element(message["tool_calls"].get_array(), [&](auto call) {
            return add_json(call["function"]["arguments"], to);
        });
    }
};

/// Amazon Bedrock's Converse. Documents of InvokeModel stand in base64 in another, and are not read.
struct bedrock {
    static constexpr bool is_sse = false;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        auto delta = document["delta"].get_object();
        error_code error = add_first(delta, {"text"}, to);
        if (error != simdjson::NO_SUCH_FIELD) return error;
        auto reasoning = delta["reasoningContent"].get_object();
        error = add_first(reasoning, {"text"}, to);
        return is_absent(error) ? add_string(delta["toolUse"]["input"], to) : error;
    }
};

struct raw_text {
    static constexpr bool is_sse = true;
};

/// Calls `run` with the struct of a format, so that what it does is compiled once for each.
template <class Run>
auto with_format(baseline_format format, Run run) {
    switch (format) {
        case BASELINE_OPENAI_CHAT: return run(openai_chat{});
        case BASELINE_OPENAI_COMPLETIONS: return run(openai_completions{});
        case BASELINE_OPENAI_RESPONSES: return run(openai_responses{});
        case BASELINE_ANTHROPIC_MESSAGES: return run(anthropic_messages{});
        case BASELINE_GEMINI_GENERATE: return run(gemini_generate{});
        case BASELINE_DELTA_DONE: return run(delta_done{});
        case BASELINE_TEXT_FIELD: return run(text_field{});
        case BASELINE_OLLAMA_GENERATE: return run(ollama_generate{});
        case BASELINE_OLLAMA_CHAT: return run(ollama_chat{});
        case BASELINE_BEDROCK: return run(bedrock{});
        case BASELINE_RAW_TEXT: break;
    }
    return run(raw_text{});
}

/// One for each thread, which lives as long as the thread, so that no stream allocates its buffers again.
inline ondemand::parser &thread_parser() {
    thread_local ondemand::parser parser;
    return parser;
}

}  // namespace baselines
