"""What an object says, for formats whose clients build none: compared with what was read from the recorded streams."""

import json

from native_clients import RECORDED

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
    calls = [(call["function"]["name"], arguments(call["function"]["arguments"])) for call in message.get("tool_calls", [])]
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
    if "results" in answer:
        yield 0, choice(joined(answer["results"], "outputText"))
    elif "output" in answer:
        parts = answer["output"]["message"].get("content", [])
        calls = [part["toolUse"] for part in parts if "toolUse" in part]
        reasoning = [part["reasoningContent"].get("reasoningText", {}) for part in parts if "reasoningContent" in part]
        names = [(call["name"], arguments(call.get("input", {}))) for call in calls]
        yield 0, choice(joined(parts, "text"), joined(reasoning, "text"), names, answer.get("stopReason"))
    else:
        parts = answer.get("content", [])
        calls = [(part["name"], arguments(part["input"])) for part in parts if part["type"] == "tool_use"]
        yield 0, choice(joined(parts, "text"), joined(parts, "thinking"), calls, answer.get("stop_reason"))


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
    """The recordings of these formats: file, format, bytes, what was read."""
    expected = {}
    for line in (RECORDED / "expected.jsonl").read_text().splitlines():
        entry = json.loads(line)
        expected[entry["file"]] = entry
    for line in (RECORDED / "manifest.jsonl").read_text().splitlines():
        file, format = (json.loads(line)[key] for key in ("file", "api"))
        if format not in FORMATS or expected[file]["outcome"] != "ok":
            continue
        wanted = {}
        for number, entry in expected[file]["choices"].items():
            calls = [(call["name"], canonical(call["arguments"])) for call in entry["tool_calls"]]
            wanted[number] = choice(entry["text"], entry["reasoning"], calls, entry["finish_reason"])
        wanted = {number: found for number, found in wanted.items() if found != choice()}
        yield file, format, (RECORDED / file).read_bytes(), wanted
