"""Measures Sluice beside what is used in Python, on the same bytes and for the same answers.

    python Python/bench.py [--rounds N] [--json FILE] [STREAM]

STREAM is one of OpenAI's chat format; by default the one of corpora/. Each contender returns the texts of all its
deltas, which have to be equal. Rounds alternate between contenders; the table has the least time of each. Needs the
packages of requirements-test.txt.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import httpx
import httpx2
import httpx_sse
import msgspec
import openai
import orjson
import sluice
import sluice.sdk
from openai.types.chat import ChatCompletionChunk

CORPUS = Path(__file__).resolve().parent.parent / "corpora/openai-chat/stream.sse"
NOWHERE = "http://127.0.0.1:9/v1"
Pieces = list[str]
Contender = Callable[[list[bytes]], Pieces]


def add_openai(document: dict, add: Callable[[str], None]) -> None:
    """What a hand-written loop does with a chunk of the chat format."""
    for choice in document.get("choices") or ():
        delta = choice["delta"]
        if content := delta.get("content"):
            add(content)
        if reasoning := delta.get("reasoning_content"):
            add(reasoning)
        for call in delta.get("tool_calls") or ():
            if arguments := call["function"].get("arguments"):
                add(arguments)


def sluice_stream(chunks: list[bytes]) -> Pieces:
    return [
        delta.text
        for delta in sluice.stream(chunks)
        if (kind := delta.kind) == "text" or kind == "reasoning" or kind == "tool_arguments"
    ]


def sluice_parser(chunks: list[bytes]) -> Pieces:
    parser = sluice.Parser("openai-chat", kinds=("text", "reasoning", "tool_arguments"))
    pieces: Pieces = []
    add = pieces.append
    for chunk in chunks:
        for delta in parser.feed(chunk):
            add(delta.text)
    return pieces


def sluice_collect(chunks: list[bytes]) -> Pieces:
    choice = sluice.collect(chunks).choices[0]
    return [choice.text, choice.reasoning, *(call.arguments for call in choice.tool_calls)]


class Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)


def httpx_sse_orjson(chunks: list[bytes]) -> Pieces:
    pieces: Pieces = []
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Chunks(chunks))
    for event in httpx_sse.EventSource(response).iter_sse():
        if event.data != "[DONE]":
            add_openai(orjson.loads(event.data), pieces.append)
    return pieces


def split_payloads(chunks: list[bytes]) -> Iterator[bytes]:
    """A hand-made split: what is behind the last separator waits for the next chunk."""
    rest = b""
    for chunk in chunks:
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            if event.startswith(b"data: ") and event != b"data: [DONE]":
                yield event[6:]


def split_orjson(chunks: list[bytes]) -> Pieces:
    pieces: Pieces = []
    for payload in split_payloads(chunks):
        add_openai(orjson.loads(payload), pieces.append)
    return pieces


class Function(msgspec.Struct):
    arguments: str | None = None


class Call(msgspec.Struct):
    function: Function


class Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None


class Choice(msgspec.Struct):
    delta: Delta


class Chunk(msgspec.Struct):
    choices: list[Choice]


def split_msgspec(chunks: list[bytes]) -> Pieces:
    pieces: Pieces = []
    add = pieces.append
    decode = msgspec.json.Decoder(Chunk).decode
    for payload in split_payloads(chunks):
        for choice in decode(payload).choices:
            delta = choice.delta
            if delta.content:
                add(delta.content)
            if delta.reasoning_content:
                add(delta.reasoning_content)
            for call in delta.tool_calls or ():
                if call.function.arguments:
                    add(call.function.arguments)
    return pieces


class ClientChunks(httpx2.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)


class Served:
    """The official client over a transport that answers with the bodies it was given; made once, which takes long."""

    def __init__(self) -> None:
        self.bodies: Iterator[list[bytes]] = iter(())
        http = httpx2.Client(transport=httpx2.MockTransport(self.answer))
        self.client = openai.OpenAI(api_key="none", base_url=NOWHERE, http_client=http)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        stream = ClientChunks(next(self.bodies))
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)


SERVED = Served()


def bodies_of(chunks: list[bytes]) -> list[list[bytes]]:
    """The official client ends at the first terminal marker, so it gets a response for each, cut as the chunks are."""
    marker = b"data: [DONE]\n\n"
    if chunks[0].endswith(b"\n\n"):
        ends = [at for at, chunk in enumerate(chunks, 1) if chunk == marker]
        return [chunks[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    answers = [part + marker for part in b"".join(chunks).split(marker)[:-1]]
    return [[answer[at : at + 65536] for at in range(0, len(answer), 65536)] for answer in answers]


def pieces_of(chunk: ChatCompletionChunk, add: Callable[[str], None]) -> None:
    for choice in chunk.choices:
        delta = choice.delta
        if delta.content:
            add(delta.content)
        if delta.model_extra and (reasoning := delta.model_extra.get("reasoning_content")):
            add(reasoning)
        for call in delta.tool_calls or ():
            if call.function and call.function.arguments:
                add(call.function.arguments)


def openai_client(chunks: list[bytes]) -> Pieces:
    bodies = bodies_of(chunks)
    SERVED.bodies = iter(bodies)
    client = SERVED.client
    pieces: Pieces = []
    for _ in bodies:
        for chunk in client.chat.completions.create(model="any", messages=[], stream=True):
            pieces_of(chunk, pieces.append)
    return pieces


def sluice_sdk(chunks: list[bytes]) -> Pieces:
    pieces: Pieces = []
    for chunk in sluice.sdk.chunks(chunks, ChatCompletionChunk):
        pieces_of(chunk, pieces.append)
    return pieces


CONTENDERS: dict[str, Contender] = {
    "sluice.stream": sluice_stream,
    "sluice.Parser, three kinds": sluice_parser,
    "sluice.collect": sluice_collect,
    "httpx-sse + orjson": httpx_sse_orjson,
    "split + orjson": split_orjson,
    "split + msgspec": split_msgspec,
    "sluice.sdk.chunks": sluice_sdk,
    "openai SDK": openai_client,
}
SLOW = {"openai SDK"}


def check(name: str, pieces: Pieces, expected: Pieces) -> None:
    whole = name == "sluice.collect"
    # An answer has texts, reasoning and arguments each in one, so only the characters can be compared.
    same = sorted("".join(pieces)) == sorted("".join(expected)) if whole else pieces == expected
    if not same:
        raise SystemExit(f"{name} gives other answers: {len(pieces)} pieces, and {len(expected)} are expected")


def measure(cuts: dict[str, list[bytes]], rounds: int) -> dict[tuple[str, str], float]:
    """The least seconds of each contender and cut."""
    least: dict[tuple[str, str], float] = {}
    expected = split_orjson(cuts["64 KiB"])
    for turn in range(rounds):
        for name, contender in CONTENDERS.items():
            if name in SLOW and turn >= 3:
                continue
            for cut, chunks in cuts.items():
                start = time.perf_counter()
                pieces = contender(chunks)
                seconds = time.perf_counter() - start
                least[name, cut] = min(seconds, least.get((name, cut), seconds))
                if turn == 0:
                    check(name, pieces, expected)
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stream", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    data = arguments.stream.read_bytes()
    events = [event + b"\n\n" for event in data.split(b"\n\n") if event]
    cuts = {"64 KiB": [data[at : at + 65536] for at in range(0, len(data), 65536)], "one event": events}
    least = measure(cuts, arguments.rounds)
    base = least["httpx-sse + orjson", "64 KiB"], least["httpx-sse + orjson", "one event"]
    names = ("httpx-sse", "orjson", "msgspec", "openai")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    name = arguments.stream.parent.name
    print(f"{name}: {len(data):,} bytes, {len(events):,} events; Python {platform.python_version()},")
    print(f"{versions}; least of {arguments.rounds} rounds\n")
    print("| | 64 KiB: MB/s | ns/event | × httpx-sse | one event: MB/s | ns/event | × httpx-sse |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    rows = []
    for name in CONTENDERS:
        cells = []
        for cut, httpx_seconds in zip(cuts, base, strict=True):
            seconds = least[name, cut]
            rows.append({"name": name, "cut": cut, "seconds": seconds, "bytes": len(data), "events": len(events)})
            speed = len(data) / seconds / 1e6
            cells += [f"{speed:,.0f}", f"{seconds / len(events) * 1e9:,.0f}", f"{httpx_seconds / seconds:.2f}"]
        print(f"| {name} | {' | '.join(cells)} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
