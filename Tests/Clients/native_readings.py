"""What an object says, for formats whose clients build none: compared with what was read from the recorded streams."""

import json

from native_clients import recordings

#: Formats without an accumulator in an official client, by the recordings' names of their APIs.
FORMATS = {
    "gemini-generate", "gemini-interactions", "cohere-v2", "cohere-v1", "ollama-generate", "ollama-chat", "hf-tgi",
    "watsonx", "writer-completions", "openai-completions", "bedrock",
}  # fmt: skip


def choice(text="", reasoning="", calls=(), finish=None):
    return {"text": text, "reasoning": reasoning, "calls": list(calls), "finish": finish}


def arguments(value):
    """Arguments as the expectations have them: text, or an object with sorted keys."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def joined(parts, key, is_wanted=lambda part: True):
    return "".join(part.get(key, "") for part in parts if is_wanted(part))


def gemini(answer):
    for candidate in answer.get("candidates", []):
        parts = candidate.get("content", {}).get("parts", [])
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        yield (
            candidate.get("index", 0),
            choice(
                joined(parts, "text", lambda part: not part.get("thought")),
                joined(parts, "text", lambda part: part.get("thought")),
                [(call["name"], arguments(call.get("args", {}))) for call in calls],
                candidate.get("finishReason"),
            ),
        )


def interaction(answer):
    text, reasoning, calls = "", "", []
    for step in answer.get("steps", []):
        text += joined(step.get("content", []), "text")
        reasoning += joined(step.get("summary", []), "text")
        if step["type"] == "function_call":
            calls.append((step["name"], arguments(step.get("arguments", {}))))
    yield 0, choice(text, reasoning, calls, answer.get("status"))


def cohere(answer):
    message = answer.get("message", {})
    calls = [(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls", [])]
    reasoning = joined(message.get("content", []), "thinking")
    yield 0, choice(joined(message.get("content", []), "text"), reasoning, calls, answer.get("finish_reason"))


def cohere_v1(answer):
    yield 0, choice(answer.get("text", ""), finish=answer.get("finish_reason"))


def ollama_generate(answer):
    yield 0, choice(answer.get("response", ""), answer.get("thinking", ""), finish=answer.get("done_reason"))


def ollama_chat(answer):
    message = answer.get("message", {})
    functions = [call["function"] for call in message.get("tool_calls", [])]
    calls = [(function["name"], arguments(function["arguments"])) for function in functions]
    yield 0, choice(message.get("content", ""), message.get("thinking", ""), calls, answer.get("done_reason"))


def tgi(answer):
    tokens = [token for token in answer.get("details", {}).get("tokens", []) if not token["special"]]
    yield 0, choice(joined(tokens, "text"), finish=answer.get("details", {}).get("finish_reason"))


def watsonx(answer):
    for number, result in enumerate(answer["results"]):
        yield number, choice(result["generated_text"], finish=result["stop_reason"])


def completion(answer):
    for number, entry in enumerate(answer.get("choices", [])):
        yield entry.get("index", number), choice(entry["text"], finish=entry.get("finish_reason"))


def bedrock(answer):
    if "output" in answer:
        yield 0, converse(answer)
    elif "results" in answer:
        yield 0, choice(joined(answer["results"], "outputText"))
    elif "choices" in answer:
        for entry in answer["choices"]:
            yield entry["index"], choice(entry["message"].get("content", ""), finish=entry.get("finish_reason"))
    elif "content" in answer:
        parts = answer["content"]
        calls = [(part["name"], arguments(part["input"])) for part in parts if part["type"] == "tool_use"]
        yield 0, choice(joined(parts, "text"), joined(parts, "thinking"), calls, answer.get("stop_reason"))
    else:
        text = joined([answer, *answer.get("outputs", [])], "text") + answer.get("generation", "")
        yield 0, choice(text + answer.get("completion", ""))


def converse(answer):
    text, reasoning, calls = "", "", []
    for part in answer["output"]["message"].get("content", []):
        text += part.get("text", "") + joined(part.get("citationsContent", {}).get("content", []), "text")
        reasoning += part.get("reasoningContent", {}).get("reasoningText", {}).get("text", "")
        if "toolUse" in part:
            calls.append((part["toolUse"]["name"], arguments(part["toolUse"].get("input", {}))))
    return choice(text, reasoning, calls, answer.get("stopReason"))


READINGS = {
    "gemini-generate": gemini,
    "gemini-interactions": interaction,
    "cohere-v2": cohere,
    "cohere-v1": cohere_v1,
    "ollama-generate": ollama_generate,
    "ollama-chat": ollama_chat,
    "hf-tgi": tgi,
    "watsonx": watsonx,
    "writer-completions": completion,
    "openai-completions": completion,
    "bedrock": bedrock,
}


def reading(format, answer):
    """By choice, what an object says; empty choices are left out."""
    found = {str(number): found for number, found in READINGS[format](answer) if found != choice()}
    for entry in found.values():
        entry["calls"] = [(name, canonical(text)) for name, text in entry["calls"]]
    return found


def canonical(text):
    """Arguments without the white space that their text has."""
    try:
        return arguments(json.loads(text)) if text else "{}"
    except ValueError:
        return text


def expectations():
    """The recordings of these formats from which something was read: file, format, bytes, what was read."""
    for entry, path, expected in recordings():
        format = entry["api"]
        if format not in FORMATS or not expected or expected["outcome"] != "ok":
            continue
        wanted = {}
        for number, read in expected["choices"].items():
            calls = [(call["name"], canonical(call["arguments"])) for call in read["tool_calls"]]
            wanted[number] = choice(read["text"], read["reasoning"], calls, read["finish_reason"])
        wanted = {number: found for number, found in wanted.items() if found != choice()}
        if wanted:
            yield entry["file"], format, path.read_bytes(), wanted
