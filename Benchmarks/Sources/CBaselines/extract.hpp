// Where each format keeps its text, reasoning and tool-call arguments. One struct a format; the same code reads
// simdjson's on-demand documents (alone or of a batch) and its DOM, whose differences end in the helpers at the top.
//
// On-demand is fastest when fields are asked for in the order in which they stand, and when it may stop early. So each
// struct asks for the common field first, and where it reads several fields of an object it walks that object once,
// which also keeps the order of the stream. Refusals, names and ids are not read.
#pragma once

#include <simdjson.h>

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
error_code each_field(simdjson_result<ondemand::object> object, Visit visit) {
    if (object.error() != SUCCESS) return object.error();
    for (auto field : object) {
        ondemand::raw_json_string key;
        if (error_code error = field.key().get(key); error != SUCCESS) return error;
        if (error_code error = forgive(visit(key, field.value())); error != SUCCESS) return error;
    }
    return SUCCESS;
}

template <class Visit>
error_code each_field(simdjson_result<dom::object> object, Visit visit) {
    if (object.error() != SUCCESS) return object.error();
    for (auto field : object.value_unsafe()) {
        simdjson_result<dom::element> value(std::move(field.value));
        if (error_code error = forgive(visit(field.key, value)); error != SUCCESS) return error;
    }
    return SUCCESS;
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

/// Mistral's content: a list of parts, text or thinking, the latter with parts of its own.
template <class Value>
error_code add_parts(Value &&parts, sink &to) {
    return each_element(parts.get_array(), [&](auto part) {
        return each_field(part.get_object(), [&](auto key, auto value) {
            if (key == "text") return add_string(value, to);
            if (key != "thinking") return SUCCESS;
            return each_element(value.get_array(), [&](auto inner) { return add_string(inner["text"], to); });
        });
    });
}

struct openai_chat {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        std::string_view reasoning;  // held back: some relays send the same text as reasoning_content too
        bool has_reasoning_content = false;
        error_code error = each_field(document["choices"].at(0)["delta"].get_object(), [&](auto key, auto value) {
            if (key == "content") {
                error_code error = add_string(value, to);
                return error == simdjson::INCORRECT_TYPE ? add_parts(value, to) : error;
            }
            if (key == "reasoning") return value.get_string().get(reasoning);
            if (key == "reasoning_content") {
                uint64_t before = to.answer.deltas;
                error_code error = add_string(value, to);
                has_reasoning_content = to.answer.deltas > before;
                return error;
            }
            if (key != "tool_calls") return SUCCESS;
            return each_element(value.get_array(), [&](auto call) {
                return add_string(call["function"]["arguments"], to);
            });
        });
        if (!has_reasoning_content) to.add(reasoning);
        return error;
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
        if (type == "content_block_delta") return add_block(document["delta"].get_object(), to);
        if (type == "content_block_start") return add_block(document["content_block"].get_object(), to);
        return SUCCESS;
    }

    template <class Object>
    static error_code add_block(Object &&block, sink &to) {
        return each_field(block, [&](auto key, auto value) {
            bool is_read = key == "text" || key == "thinking" || key == "partial_json";
            return is_read ? add_string(value, to) : SUCCESS;
        });
    }
};

struct gemini_generate {
    static constexpr bool is_sse = true;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return each_element(document["candidates"].at(0)["content"]["parts"].get_array(), [&](auto part) {
            return each_field(part.get_object(), [&](auto key, auto value) {
                if (key == "text") return add_string(value, to);
                return key == "functionCall" ? add_json(value["args"], to) : SUCCESS;
            });
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

    /// No document has both, so that a response spares the search for its thinking through the whole document.
    template <class Document>
    static error_code read(Document &&document, sink &to) {
        uint64_t before = to.answer.deltas;
        error_code error = add_string(document["response"], to);
        return to.answer.deltas > before ? error : add_string(document["thinking"], to);
    }
};

struct ollama_chat {
    static constexpr bool is_sse = false;

    template <class Document>
    static error_code read(Document &&document, sink &to) {
        return each_field(document["message"].get_object(), [&](auto key, auto value) {
            if (key == "content" || key == "thinking") return add_string(value, to);
            if (key != "tool_calls") return SUCCESS;
            return each_element(value.get_array(), [&](auto call) {
                return add_json(call["function"]["arguments"], to);
            });
        });
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
        case BASELINE_RAW_TEXT: break;
    }
    return run(raw_text{});
}

/// A thread's own, kept for its life as an expert keeps it, so that no stream pays for its buffers anew.
inline ondemand::parser &thread_parser() {
    thread_local ondemand::parser parser;
    return parser;
}

}  // namespace baselines
