"""The peers: how people read these streams in Python. Each takes chunks that lie cut in memory and returns its pieces in order.

A peer is made once (its client, its parser), then run once a round; only the run is timed.
"""

import json
from typing import Any, Callable, Iterator, NamedTuple

import anthropic
import httpx
import httpx2
import httpx_sse
import ollama
import openai
import orjson
import simdjson

from answers import cut, responses

Pieces = list[str]
Run = Callable[[], Pieces]
Loads = Callable[[Any], Any]
NOWHERE = "http://peer.invalid"  # a name that no request may leave for: the transport answers from memory


class Peer(NamedTuple):
    name: str
    framing: str
    extraction: str
    run: Run
    requests: int


# What counts as a delta, in documents that have become dictionaries. `add` takes what is not empty.

def openai_chat_pieces(document: dict, add: Callable[[str], None]) -> None:
    for choice in document["choices"]:
        delta = choice["delta"]
        if text := delta.get("content"):
            add(text)
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            add(reasoning)
        for call in delta.get("tool_calls") or ():
            if arguments := call.get("function", {}).get("arguments"):
                add(arguments)


def anthropic_messages_pieces(document: dict, add: Callable[[str], None]) -> None:
    kind = document["type"]
    if kind == "content_block_delta":
        delta = document["delta"]
        if piece := delta.get("text") or delta.get("thinking") or delta.get("partial_json"):
            add(piece)
    elif kind == "content_block_start":
        block = document["content_block"]
        if piece := block.get("text") or block.get("thinking"):
            add(piece)


def ollama_generate_pieces(document: dict, add: Callable[[str], None]) -> None:
    if text := document.get("response"):
        add(text)
    if reasoning := document.get("thinking"):
        add(reasoning)


PIECES = {
    "openai-chat": openai_chat_pieces,
    "anthropic-messages": anthropic_messages_pieces,
    "ollama-generate": ollama_generate_pieces,
}
POINTERS = {
    "openai-chat": (
        "/choices/0/delta/content", "/choices/0/delta/reasoning_content",
        "/choices/0/delta/tool_calls/0/function/arguments",
    ),
    "anthropic-messages": (
        "/delta/text", "/delta/thinking", "/delta/partial_json", "/content_block/text", "/content_block/thinking",
    ),
    "ollama-generate": ("/response", "/thinking"),
}


# The official clients, each over its own mock transport.

def chunk_stream(library: Any, chunks: list[bytes]) -> Any:
    class Chunks(library.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return iter(chunks)

    return Chunks()


def serving(library: Any, bodies: list[list[bytes]], content_type: str) -> Any:
    """A transport that answers each request with the next response, from the first again when all are served."""
    served = 0

    def answer(request: Any) -> Any:
        nonlocal served
        body = bodies[served % len(bodies)]
        served += 1
        return library.Response(200, headers={"content-type": content_type}, stream=chunk_stream(library, body))

    return library.MockTransport(answer)


def openai_client(bodies: list[list[bytes]]) -> Run:
    http = httpx2.Client(transport=serving(httpx2, bodies, "text/event-stream"))
    client = openai.OpenAI(api_key="none", base_url=NOWHERE, http_client=http)
    messages = [{"role": "user", "content": "?"}]

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        for _ in bodies:
            for chunk in client.chat.completions.create(model="any", messages=messages, stream=True):
                for choice in chunk.choices:
                    delta = choice.delta
                    if delta.content:
                        add(delta.content)
                    # Not a field of the model: the client keeps it among the extra ones.
                    if delta.model_extra and (reasoning := delta.model_extra.get("reasoning_content")):
                        add(reasoning)
                    for call in delta.tool_calls or ():
                        if call.function and call.function.arguments:
                            add(call.function.arguments)
        return pieces

    return run


def anthropic_client(bodies: list[list[bytes]]) -> Run:
    http = httpx2.Client(transport=serving(httpx2, bodies, "text/event-stream"))
    client = anthropic.Anthropic(api_key="none", base_url=NOWHERE, http_client=http)
    messages = [{"role": "user", "content": "?"}]

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        for _ in bodies:
            for event in client.messages.create(model="any", max_tokens=1, messages=messages, stream=True):
                if event.type == "content_block_delta":
                    delta = event.delta
                    if delta.type == "text_delta":
                        piece = delta.text
                    elif delta.type == "thinking_delta":
                        piece = delta.thinking
                    elif delta.type == "input_json_delta":
                        piece = delta.partial_json
                    else:
                        continue
                elif event.type == "content_block_start":
                    block = event.content_block
                    piece = block.text if block.type == "text" else block.thinking if block.type == "thinking" else ""
                else:
                    continue
                if piece:
                    add(piece)
        return pieces

    return run


def ollama_client(bodies: list[list[bytes]]) -> Run:
    client = ollama.Client(host=NOWHERE, transport=serving(httpx, bodies, "application/x-ndjson"))

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        for _ in bodies:
            for part in client.generate(model="any", prompt="?", stream=True):
                if part.response:
                    add(part.response)
                if part.thinking:
                    add(part.thinking)
        return pieces

    return run


# What people write without one: httpx for the lines or events, or a hand-made split, and a JSON library.

def httpx_sse_events(chunks: list[bytes], wire_format: str, loads: Loads) -> Run:
    extract = PIECES[wire_format]

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        response = httpx.Response(
            200, headers={"content-type": "text/event-stream"}, stream=chunk_stream(httpx, chunks))
        for event in httpx_sse.EventSource(response).iter_sse():
            data = event.data
            if data != "[DONE]":
                extract(loads(data), add)
        return pieces

    return run


def httpx_lines(chunks: list[bytes], wire_format: str, loads: Loads) -> Run:
    extract = PIECES[wire_format]

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        response = httpx.Response(
            200, headers={"content-type": "application/x-ndjson"}, stream=chunk_stream(httpx, chunks))
        for line in response.iter_lines():
            if line:
                extract(loads(line), add)
        return pieces

    return run


def payloads(chunks: list[bytes], is_lines: bool) -> Iterator[bytes]:
    """A hand-made split, on bytes: what stands behind the last separator waits for the next chunk."""
    separator = b"\n" if is_lines else b"\n\n"
    rest = b""
    for chunk in chunks:
        parts = (rest + chunk).split(separator)
        rest = parts.pop()
        if is_lines:
            yield from filter(None, parts)
            continue
        for part in parts:
            for line in part.split(b"\n"):
                if line.startswith(b"data: ") and line != b"data: [DONE]":
                    yield line[6:]


def pysimdjson_split(chunks: list[bytes], wire_format: str, is_lines: bool) -> Run:
    parser = simdjson.Parser()
    pointers = POINTERS[wire_format]

    def run() -> Pieces:
        pieces: Pieces = []
        add = pieces.append
        for payload in payloads(chunks, is_lines):
            document = parser.parse(payload)
            for pointer in pointers:
                try:
                    piece = document.at_pointer(pointer)
                except (KeyError, IndexError, ValueError, TypeError):
                    continue
                if piece:
                    add(piece)
            del document  # the parser refuses to go on while one of its documents is alive
        return pieces

    return run


def peers(body: bytes, wire_format: str) -> list[Peer]:
    """All that read this format in Python."""
    chunks = cut(body)
    bodies = responses(body, wire_format)
    if wire_format == "ollama-generate":
        return [
            Peer("peer-ollama", "httpx-lines", "ollama", ollama_client(bodies), len(bodies)),
            Peer("peer-httpx-lines-json", "httpx-lines", "json", httpx_lines(chunks, wire_format, json.loads), 1),
            Peer("peer-httpx-lines-orjson", "httpx-lines", "orjson", httpx_lines(chunks, wire_format, orjson.loads), 1),
            Peer("peer-pysimdjson", "bytes-split", "pysimdjson", pysimdjson_split(chunks, wire_format, True), 1),
        ]
    client = {"openai-chat": openai_client, "anthropic-messages": anthropic_client}[wire_format]
    name = wire_format.split("-")[0]
    return [
        Peer(f"peer-{name}", f"{name}-client", name, client(bodies), len(bodies)),
        Peer("peer-httpx-sse-json", "httpx-sse", "json", httpx_sse_events(chunks, wire_format, json.loads), 1),
        Peer("peer-httpx-sse-orjson", "httpx-sse", "orjson", httpx_sse_events(chunks, wire_format, orjson.loads), 1),
        Peer("peer-pysimdjson", "bytes-split", "pysimdjson", pysimdjson_split(chunks, wire_format, False), 1),
    ]
