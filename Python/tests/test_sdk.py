"""Chunks of the official SDKs: equal to those of the SDKs' own streams, over the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
import sluice
import sluice.sdk
from anthropic.types import RawMessageStreamEvent
from conftest import CORPORA, RECORDED, cut
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

CHAT, ANTHROPIC, RESPONSES = "openai-chat", "anthropic-messages", "openai-responses"
TYPES: dict[str, Any] = {CHAT: ChatCompletionChunk, ANTHROPIC: RawMessageStreamEvent, RESPONSES: ResponseStreamEvent}
FOLDERS = {CHAT: "*chat", ANTHROPIC: "*anthropic-messages", RESPONSES: "*responses"}


def transport(module: Any, body: bytes) -> Any:
    def answer(request: Any) -> Any:
        return module.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    return module.Client(transport=module.MockTransport(answer))


def client_of(maker: Any, body: bytes) -> Any:
    """An SDK's client whose server answers with the body. It wants the HTTP library that it is made for."""
    for module in (httpx, httpx2):
        try:
            return maker(api_key="none", base_url="http://127.0.0.1:9/v1", http_client=transport(module, body))
        except TypeError:
            continue
    raise AssertionError("no HTTP library fits the SDK")


def of_the_sdk(name: str, body: bytes) -> tuple[list[Any], bool]:
    """The chunks that the SDK's own stream yields, and whether it then raises."""
    if name == ANTHROPIC:
        client = client_of(anthropic.Anthropic, body)
        stream = client.messages.create(model="m", max_tokens=1, messages=[], stream=True)
    elif name == RESPONSES:
        stream = client_of(openai.OpenAI, body).responses.create(model="m", input="", stream=True)
    else:
        stream = client_of(openai.OpenAI, body).chat.completions.create(model="m", messages=[], stream=True)
    found: list[Any] = []
    try:
        for chunk in stream:
            found.append(chunk)
    except (openai.APIError, anthropic.APIError):
        return found, True
    return found, False


def of_sluice(name: str, source: Any) -> tuple[list[Any], bool]:
    found: list[Any] = []
    try:
        for chunk in sluice.sdk.chunks(source, TYPES[name]):
            found.append(chunk)
    except sluice.StreamError:
        return found, True
    return found, False


def responses_of(name: str, data: bytes) -> list[bytes]:
    """The responses of a recording: the SDK ends with the first."""
    begin = {CHAT: b"data: [DONE]\n\n", ANTHROPIC: b"event: message_start\n", RESPONSES: b"data: [DONE]\n\n"}[name]
    parts = [part for part in data.split(begin) if part.strip()]
    return [begin + part if name == ANTHROPIC else part + begin for part in parts][:8]


@pytest.mark.parametrize("name", [CHAT, ANTHROPIC, RESPONSES])
def test_chunks_equal_those_of_the_sdk(name: str) -> None:
    corpus = next(path for path in CORPORA if path.parent.name == name)
    seen: set[str] = set()
    for body in responses_of(name, corpus.read_bytes()):
        expected, has_failed = of_the_sdk(name, body)
        assert expected and not has_failed
        for size in (len(body), 1000, 7):
            found, _ = of_sluice(name, cut(body, size))
            assert [type(chunk) for chunk in found] == [type(chunk) for chunk in expected]
            assert found == expected, size
            assert [chunk.model_dump() for chunk in found] == [chunk.model_dump() for chunk in expected]
        seen |= {type(chunk).__name__ for chunk in found}
    assert len(seen) >= (1 if name == CHAT else 6), seen


@pytest.mark.parametrize("name", [CHAT, ANTHROPIC, RESPONSES])
def test_chunks_of_recordings_equal_those_of_the_sdk(name: str) -> None:
    paths = sorted(RECORDED.glob(f"{FOLDERS[name]}/*.sse"))[:: 1 if name == ANTHROPIC else 3][:150]
    if not paths:
        pytest.skip("there are no recordings")
    compared = 0
    for path in paths:
        body = path.read_bytes()
        try:
            expected, has_failed = of_the_sdk(name, body)
        except Exception:  # what is no stream of this provider, and ends the SDK otherwise
            continue
        found, failed = of_sluice(name, body)
        if has_failed or failed:
            assert failed and len(found) <= len(expected), path
            continue
        assert found == expected, path
        compared += 1
    assert compared > len(paths) // 2


def test_errors_and_what_is_cut(chat: bytes) -> None:
    event = chat[: chat.index(b"\n\n") + 2]
    for bad in (
        b'data: {"error":{"message":"m","type":"t"}}\n\n',
        b'event: error\ndata: {"message":"m"}\n\n',
        b"data: {x\n\n",
    ):
        found: list[Any] = []
        with pytest.raises(sluice.StreamError):
            for chunk in sluice.sdk.chunks([event, bad], ChatCompletionChunk):
                found.append(chunk)
        assert len(found) == 1
    assert len(list(sluice.sdk.chunks(event, ChatCompletionChunk))) == 1
    with pytest.raises(sluice.StreamError, match="truncated"):
        list(sluice.sdk.chunks(event, ChatCompletionChunk, check=True))
    with pytest.raises(TypeError):
        list(sluice.sdk.chunks(event, int))


def test_a_chunk_is_there_with_its_event(chat: bytes) -> None:
    event = chat[: chat.index(b"\n\n") + 2]

    def pieces() -> Any:
        yield event
        raise AssertionError("the next chunk was asked for")

    assert next(sluice.sdk.chunks(pieces(), ChatCompletionChunk)).model == "gpt-4o-mini"


def test_asynchronous_chunks_are_the_same(chat: bytes) -> None:
    body = responses_of(CHAT, chat)[0]

    async def pieces() -> AsyncIterator[bytes]:
        for piece in cut(body, 500):
            yield piece

    async def read() -> list[Any]:
        return [chunk async for chunk in sluice.sdk.achunks(pieces(), ChatCompletionChunk, check=True)]

    assert asyncio.run(read()) == of_the_sdk(CHAT, body)[0]


def test_the_sdks_are_not_imported(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "import sys, sluice.sdk; print({'openai', 'anthropic', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
