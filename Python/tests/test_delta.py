"""The attributes of deltas, which are None where they do not apply."""

from __future__ import annotations

import json

import pytest
import sluice


def read(*events: object, format: str | None = "openai-chat", **options: object) -> list[sluice.Delta]:
    parser = sluice.Parser(format, **options)  # type: ignore[arg-type]
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return parser.feed("".join(f"data: {line}\n\n" for line in lines).encode()) + parser.finish()


def chunk(**delta: object) -> dict[str, object]:
    return {"choices": [{"index": 1, "delta": delta}]}


def test_text() -> None:
    (delta,) = read(chunk(content="hé"))
    assert (delta.kind, delta.text, delta.choice, delta.event_offset) == ("text", "hé", 1, 0)
    assert (delta.name, delta.tool, delta.block, delta.id, delta.origin) == (None, None, None, None, None)
    assert (delta.input_tokens, delta.output_tokens, delta.problem, delta.error) == (None, None, None, None)
    assert not delta.is_whole and not delta.is_json and not delta.is_continuation
    assert repr(delta) == "Delta(kind='text', text='hé', choice=1, event_offset=0)"


def test_tool_calls() -> None:
    begin, more, arguments = read(
        chunk(tool_calls=[{"index": 2, "id": "c", "function": {"name": "look"}}]),
        chunk(tool_calls=[{"index": 2, "function": {"name": "_up"}}]),
        chunk(tool_calls=[{"index": 2, "function": {"arguments": "{}"}}]),
    )
    assert (begin.kind, begin.id, begin.name, begin.tool, begin.origin) == ("tool_call", "c", "look", 2, "client")
    assert (begin.text, begin.is_continuation) == (None, False)
    assert (arguments.kind, arguments.text, arguments.tool, arguments.id) == ("tool_arguments", "{}", 2, None)
    assert (more.kind, more.name, more.id, more.is_continuation) == ("tool_call", "_up", None, True)
    assert more.event_offset > begin.event_offset


def test_usage_and_finish() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 0}
    finish, counts = read({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage})
    assert (finish.kind, finish.text) == ("finish", "stop")
    assert (counts.kind, counts.input_tokens, counts.output_tokens) == ("usage", 3, 0)
    assert (counts.text, counts.choice) == (None, None)


def test_errors_that_the_server_sent() -> None:
    error = {"message": "slow down", "type": "rate_limit", "code": 429, "param": "p"}
    (delta,) = read({"error": error, "request_id": "r", "retry_after": 1.5})
    assert (delta.kind, delta.text, delta.name) == ("error", "slow down", "rate_limit")
    assert delta.error == ("rate_limit", "429", "slow down", "p", "r", 1.5)
    assert delta.error is not None and delta.error.retry_after == 1.5


@pytest.mark.parametrize("padding", [0, 10_000], ids=["with the GIL", "without the GIL"])
def test_malformed_events(padding: int) -> None:
    head = f": {'x' * padding}\n\n" if padding else ""
    parser = sluice.Parser("openai-chat")
    deltas = parser.feed((head + "data: {oops\n\ndata: " + json.dumps(chunk(content="on")) + "\n\n").encode())
    assert [delta.kind for delta in deltas] == ["malformed", "text"]
    problem = deltas[0].problem
    assert problem is not None
    assert (problem.code, problem.offset) == ("malformed-payload", len(head))
    assert "oops" in problem.excerpt and problem.detail
    assert deltas[0].choice is None and parser.end.malformed_events == 1


def test_details_and_payloads() -> None:
    event = {"id": "r1", **chunk(content="a")}
    deltas = read(event, kinds=["detail", "payload"])
    assert [(delta.kind, delta.name, delta.is_json) for delta in deltas] == [
        ("payload", None, True),
        ("detail", "response-id", False),
    ]
    assert json.loads(deltas[0].text) == event and deltas[1].text == "r1"


def test_whole_and_counted_calls() -> None:
    line = {"message": {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, "done": False}
    parser = sluice.Parser("ollama-chat")
    call, arguments = parser.feed(json.dumps(line).encode() + b"\n")
    assert call.is_tool_counted and arguments.is_whole and json.loads(arguments.text) == {"a": 1}


def test_equality_and_hashes() -> None:
    first, second = read(chunk(content="a")), read(chunk(content="a"))
    other = read(chunk(content="b"))
    assert first == second and hash(first[0]) == hash(second[0])
    assert first != other and first[0] != "a" and not first[0] == other[0]
    assert {first[0], second[0], other[0]} == {first[0], other[0]}


def test_deltas_cannot_be_made_or_changed() -> None:
    (delta,) = read(chunk(content="a"))
    with pytest.raises(TypeError):
        type(delta)()
    with pytest.raises(AttributeError):
        delta.text = "b"  # type: ignore[misc]
