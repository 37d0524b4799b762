"""Records the corpora from live servers on loopback, all or those named: `make corpora [NAMES="…"]`.

Writes, beside this folder:
    NAME/stream.sse or .ndjson  the bodies, byte for byte as received (after HTTP's chunked coding is taken off)
    NAME/stream.txt             the text that the servers meant to send
    NAME/stream.reasoning.txt   the reasoning, and
    NAME/stream.arguments.txt   the tool calls' arguments, where there are any
    NAME/stream.times           a line a read: nanoseconds since the response's first byte, a tab, bytes received;
                                a blank line between responses
"""

import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Callable, NamedTuple

import httpx

import checks
import material
import server_delta_done
import server_text
import server_upstream
import servers

CORPORA = Path(__file__).resolve().parent.parent


class Request(NamedTuple):
    method: str
    path: str
    body: dict | None = None


def plain(name: str) -> Callable[[int], Request]:
    return lambda number: Request("GET", f"/{name}/{number}")


def chat(number: int) -> Request:
    messages = [{"role": "user", "content": f"openai-chat {number}"}]
    options = {"include_usage": True}
    return Request("POST", "/v1/chat/completions", {
        "model": "gpt-4o-mini", "stream": True, "stream_options": options, "messages": messages})


def completions(number: int) -> Request:
    return Request("POST", "/v1/completions", {
        "model": "deepseek-chat", "stream": True, "prompt": f"openai-completions {number}"})


def responses(number: int) -> Request:
    return Request("POST", "/v1/responses", {
        "model": "deepseek-chat", "stream": True, "input": f"openai-responses {number}"})


def messages(number: int) -> Request:
    return Request("POST", "/v1/messages", {
        "model": "qwen2.5-7b-instruct", "stream": True, "max_tokens": 4096,
        "messages": [{"role": "user", "content": f"anthropic-messages {number}"}]})


def gemini(number: int) -> Request:
    return Request("POST", "/v1beta/models/qwen2.5-7b-instruct:streamGenerateContent?alt=sse", {
        "contents": [{"role": "user", "parts": [{"text": f"gemini-generate {number}"}]}]})


class Recording(NamedTuple):
    server: str
    request: Callable[[int], Request]
    file: str = "stream.sse"


RECORDINGS = {
    "openai-chat": Recording("litellm", chat),
    "openai-completions": Recording("litellm", completions),
    "openai-responses": Recording("litellm", responses),
    "anthropic-messages": Recording("litellm", messages),
    "gemini-generate": Recording("litellm", gemini),
    "delta-done": Recording("delta-done", plain("delta-done")),
    "text-field": Recording("express", plain("text-field")),
    "raw-text": Recording("text", plain("raw-text")),
    "ollama-generate": Recording("text", plain("ollama-generate"), "stream.ndjson"),
    "ollama-chat": Recording("text", plain("ollama-chat"), "stream.ndjson"),
}


def receive(port: int, request: Request) -> list[tuple[int, bytes]]:
    """The raw reads of one response, each with its time of arrival in nanoseconds."""
    reads = []
    headers = {"Accept-Encoding": "identity", "Authorization": f"Bearer {servers.MASTER_KEY}"}
    url = f"http://127.0.0.1:{port}{request.path}"
    with httpx.stream(
        request.method, url, json=request.body, headers=headers, timeout=60, trust_env=False
    ) as response:
        if response.status_code != 200:
            raise SystemExit(f"{request.path}: status {response.status_code}: {response.read().decode()[:500]}")
        for data in response.iter_raw():
            reads.append((time.monotonic_ns(), data))
    return reads


def record(name: str, port: int) -> None:
    recording = RECORDINGS[name]
    wanted = material.responses(name)
    bodies, times = [], []
    for number, response in enumerate(wanted):
        reads = receive(port, recording.request(number))
        body = b"".join(data for _, data in reads)
        checks.check(name, number, body, response)
        bodies.append(body)
        first = reads[0][0]
        times.append("".join(f"{at - first}\t{len(data)}\n" for at, data in reads))
        if sys.stderr.isatty():
            print(f"\r{name}: {number + 1} of {len(wanted)} responses", end="", file=sys.stderr)
    body = b"".join(bodies)
    if len(body) < 1_000_000:
        raise SystemExit(f"{name}: {len(body)} bytes are fewer than a million; raise its size in material.py")
    target = CORPORA / name
    target.mkdir(exist_ok=True)
    (target / recording.file).write_bytes(body)
    (target / "stream.times").write_text("\n".join(times))
    for part, file in (("text", "stream.txt"), ("reasoning", "stream.reasoning.txt"), ("arguments", "stream.arguments.txt")):
        said = "".join("".join(getattr(response, part)) for response in wanted)
        if said or part == "text":
            (target / file).write_bytes(said.encode())
    deltas = sum(len(r.text) + len(r.reasoning) + len(r.arguments) for r in wanted)
    print(f"\r{name}: {len(body)} bytes, {len(wanted)} responses, {deltas} tokens, {checks.remark(name, body)}")


def main() -> None:
    names = sys.argv[1:] or list(RECORDINGS)
    for name in names:
        if name not in RECORDINGS:
            raise SystemExit(f"there is no recording '{name}'; there are {', '.join(RECORDINGS)}")
    packages = ("litellm", "fastapi", "starlette", "sse-starlette", "uvicorn", "httpx")
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{package} {version(package)}" for package in packages))
    needed = {RECORDINGS[name].server for name in names}
    with ExitStack() as stack:
        ports = {}
        if needed & {"litellm", "express"}:
            upstream = stack.enter_context(servers.python_server(server_upstream.app))
        if "litellm" in needed:
            ports["litellm"] = stack.enter_context(servers.litellm_proxy(upstream))
        if "express" in needed:
            ports["express"] = stack.enter_context(servers.express_relay(upstream))
        ports["delta-done"] = stack.enter_context(servers.python_server(server_delta_done.app))
        ports["text"] = stack.enter_context(servers.python_server(server_text.app))
        for name in names:
            record(name, ports[RECORDINGS[name].server])


if __name__ == "__main__":
    main()
