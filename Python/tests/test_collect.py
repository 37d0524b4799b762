"""`collect` says what the command `sluice collect` says, and any cut of the bytes gives the same deltas."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sluice
from conftest import cut

KINDS = ("text", "reasoning", "refusal", "tool_call", "tool_arguments", "finish", "usage", "error", "partial")
ALL_KINDS = (*KINDS, "malformed", "detail", "payload")


def collected(source: Any) -> sluice.Message:
    """The message, also of a stream that cannot be read to its end."""
    try:
        return sluice.collect(source)
    except sluice.StreamError as error:
        assert error.problem is not None and error.partial is not None
        return error.partial


def test_messages_equal_those_of_the_command(streams: list[Path], command: str) -> None:
    printed = subprocess.run([command, "collect", *streams], capture_output=True, text=True).stdout
    expected = {line["file"]: line for line in map(json.loads, printed.splitlines())}
    assert len(expected) == len(streams)
    for path in streams:
        assert collected(path).to_dict() == expected[str(path)], path


def test_messages_do_not_depend_on_the_cut(streams: list[Path]) -> None:
    for path in streams:
        data = path.read_bytes()
        whole = collected(data)
        for size in (7, 1448):
            assert collected(cut(data[:100_000], size)) == collected(data[:100_000]), (path, size)
        assert collected(cut(data, 5000)) == whole, path


def deltas(data: bytes, size: int, kinds: tuple[str, ...]) -> tuple[Any, ...]:
    parser = sluice.Parser(kinds=kinds)
    found: list[sluice.Delta] = []
    problem = None
    try:
        for chunk in cut(data, size):
            found += parser.feed(chunk)
        found += parser.finish()
    except sluice.StreamError as error:
        found += error.deltas
        problem = error.problem
    return found, problem, parser.end, parser.format


@pytest.mark.parametrize("kinds", [KINDS, ALL_KINDS], ids=["answer", "all"])
def test_deltas_do_not_depend_on_the_cut(streams: list[Path], kinds: tuple[str, ...]) -> None:
    for path in streams:
        data = path.read_bytes()[:60_000]
        whole = deltas(data, len(data) or 1, kinds)
        for size in (1, 7, 1448, 4096):
            assert deltas(data, size, kinds) == whole, (path, size)


def test_damaged_streams_do_not_depend_on_the_cut(streams: list[Path], request: pytest.FixtureRequest) -> None:
    seed = request.config.option.recorded_seed
    source = random.Random(seed)
    for path in source.sample(streams, min(40, len(streams))):
        data = bytearray(path.read_bytes()[:20_000])
        for _ in range(source.randrange(1, 8)):
            at = source.randrange(len(data))
            if source.random() < 0.5:
                data[at] = source.choice(b'\x00\n\r"\\{}[]:,\xff\xf0 ')
            else:
                del data[at : at + source.randrange(1, 50)]
            data = data or bytearray(b"x")
        whole = deltas(bytes(data), len(data), ALL_KINDS)
        for size in (1, 100, 4096):
            assert deltas(bytes(data), size, ALL_KINDS) == whole, (path, size, seed)
        assert collected(bytes(data)) == collected(cut(bytes(data), 100)), (path, seed)


@pytest.mark.parametrize("value", [r'"\q"', r'"\u00g9"', "[" * 900 + "]" * 900], ids=["escape", "digits", "deep"])
def test_details_that_json_cannot_read_are_text(value: str, command: str) -> None:
    data = f'data: {{"choices":[{{"delta":{{"content":"a"}}}}],"usage":{{"x":{value}}}}}\n\n'.encode()
    message = sluice.collect(data)
    assert message.text == "a" and message.details["usage"] == f'{{"x":{value}}}'
    printed = subprocess.run([command, "collect", "-"], input=data, capture_output=True).stdout
    assert json.loads(printed) == message.to_dict()


def test_a_path_names_the_file(chat: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answer.sse"
    path.write_bytes(chat)
    assert sluice.collect(path).to_dict()["file"] == str(path)
    assert sluice.collect(str(path)).file == str(path)
    assert sluice.collect(chat).file == "-"


@pytest.mark.parametrize("size", [1000, 8192], ids=["with the GIL", "without the GIL"])
def test_a_parser_that_collects_also_returns_deltas(chat: bytes, size: int) -> None:
    parser = sluice.Parser(collect=True)
    deltas = [delta for chunk in cut(chat, size) for delta in parser.feed(chunk)] + parser.finish()
    # Details are in the message, and were not asked for among the deltas.
    assert {"text", "finish", "usage"} <= {delta.kind for delta in deltas} <= set(KINDS)
    assert parser.message is not None
    assert parser.message.text == "".join(delta.text for delta in deltas if delta.kind == "text")
    assert parser.message.details["model"] == "gpt-4o-mini"


def test_tool_calls_have_arguments_as_json() -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": '{"a": [1, "ü"]}'}}
    data = f"data: {json.dumps({'choices': [{'delta': {'tool_calls': [call]}}]})}\n\n".encode()
    message = sluice.collect(data + b"data: [DONE]\n\n")
    assert [(call.id, call.name, call.origin, call.json()) for call in message.tool_calls] == [
        ("c1", "look", "client", {"a": [1, "ü"]})
    ]
    assert sluice.ToolCall(0, None, None, "client", "").json() == {}
    with pytest.raises(ValueError):
        sluice.ToolCall(0, None, None, "client", '{"a":').json()
