"""Refuses a response that is not what its server was asked to send. Reads whole bodies the slow and obvious way."""

import json
import os

from material import Response


def documents(body: bytes) -> list[dict]:
    """The JSON documents of a body, server-sent events or lines."""
    found = []
    for line in body.decode().replace("\r\n", "\n").split("\n"):
        line = line.removeprefix("data: ")
        if line.startswith("{"):
            found.append(json.loads(line))
    return found


def pieces(name: str, document: dict) -> tuple[str, str, str]:
    """Text, reasoning and arguments of one document."""
    match name:
        case "openai-chat":
            delta = document["choices"][0]["delta"] if document["choices"] else {}
            calls = delta.get("tool_calls") or []
            arguments = "".join(call["function"].get("arguments") or "" for call in calls)
            return delta.get("content") or "", delta.get("reasoning_content") or "", arguments
        case "openai-completions":
            return document["choices"][0].get("text") or "", "", ""
        case "openai-responses":
            delta = document.get("delta") or ""
            is_text = document["type"] == "response.output_text.delta"
            is_call = document["type"] == "response.function_call_arguments.delta"
            return delta if is_text else "", "", delta if is_call else ""
        case "anthropic-messages":
            delta = document.get("delta") or {}
            return delta.get("text", ""), delta.get("thinking", ""), delta.get("partial_json", "")
        case "gemini-generate":
            parts = document["candidates"][0]["content"]["parts"]
            return "".join(part["text"] for part in parts), "", ""
        case "ollama-chat":
            return document["message"]["content"], "", ""
        case _:
            return document.get({"delta-done": "delta", "text-field": "text"}.get(name, "response"), ""), "", ""


def check(name: str, number: int, body: bytes, response: Response) -> None:
    where = f"{name}, response {number}"
    expected = tuple("".join(part) for part in (response.text, response.reasoning, response.arguments))
    if name == "raw-text":
        events = body.decode().removesuffix("\n\n").split("\n\n")
        joined = ["\n".join(line.removeprefix("data: ") for line in event.split("\n")) for event in events]
        assert joined.pop() == "[DONE]", where
        assert "".join(joined) == expected[0], where
        return
    read = [pieces(name, document) for document in documents(body)]
    got = tuple("".join(parts) for parts in zip(*read))
    for found, wanted, kind in zip(got, expected, ("text", "reasoning", "arguments")):
        if found != wanted:
            same = len(os.path.commonprefix([found, wanted]))
            here = slice(max(0, same - 20), same + 60)
            raise SystemExit(f"{where}: the {kind} differs from character {same} on: {found[here]!r}, not {wanted[here]!r}")
    if name == "delta-done":
        check_delta_done(where, body, response)


def check_delta_done(where: str, body: bytes, response: Response) -> None:
    assert body.count(b"\n") == body.count(b"\r\n") == body.count(b"\r"), f"{where}: every line must end with CRLF"
    read = documents(body)
    if response.fails:
        assert b"event: error" in body and read[-1]["partial"] == "".join(response.text), where
        return
    assert b": ping" in body, f"{where}: no pings came in between"
    assert [document["chunk_index"] for document in read] == list(range(len(read))), where
    assert read[-1]["done"] and read[-1]["total_chunks"] == len(read) - 1, where


def remark(name: str, body: bytes) -> str:
    if name == "delta-done":
        return f"{body.count(b': ping')} pings, {body.count(b'event: error')} error"
    return f"{body.count(b'[DONE]')} [DONE]"
