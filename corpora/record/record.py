"""Records the corpora from live servers on a free loopback port, each or those named.

    python3 -m venv .venv
    .venv/bin/pip install -r corpora/record/requirements.txt
    .venv/bin/python corpora/record/record.py [NAME …]

Writes, beside this folder:
    NAME/stream.sse or .ndjson  the body, byte for byte as received (after HTTP's chunked coding is taken off)
    NAME/stream.txt             the text that the server meant to send
    NAME/stream.times           a line a read: nanoseconds since the first byte, a tab, bytes received
"""

import json
import socket
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Callable, NamedTuple

import httpx
import uvicorn
from fastapi import FastAPI

import material
import server_delta_done
import server_text

CORPORA = Path(__file__).resolve().parent.parent


def start_server(app: FastAPI) -> tuple[uvicorn.Server, threading.Thread, int]:
    """Binds first and hands the socket over, so that nobody can take the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise SystemExit("the server did not start within 10 seconds")
        time.sleep(0.01)
    return server, thread, listener.getsockname()[1]


def receive(port: int, path: str) -> list[tuple[int, bytes]]:
    """The raw reads of one response, each with its time of arrival in nanoseconds."""
    reads = []
    headers = {"Accept-Encoding": "identity"}
    url = f"http://127.0.0.1:{port}{path}"
    with httpx.stream("GET", url, headers=headers, timeout=30, trust_env=False) as response:
        response.raise_for_status()
        for data in response.iter_raw():
            reads.append((time.monotonic_ns(), data))
    return reads


# A check refuses a recording that is not what the README says, and returns the number of deltas and a remark.

def check_delta_done(body: bytes, text: str) -> tuple[int, str]:
    assert body.count(b"\n") == body.count(b"\r\n") == body.count(b"\r"), "every line must end with CRLF"
    frames = body.decode().removesuffix("\r\n\r\n").split("\r\n\r\n")
    pings = [frame for frame in frames if frame.startswith(": ping")]
    payloads = [json.loads(frame.split("data: ", 1)[1]) for frame in frames if not frame.startswith(":")]
    assert len(pings) >= 2, "no pings came in between: lengthen the stream or shorten the interval"
    assert "".join(payload["delta"] for payload in payloads) == text
    assert [payload["chunk_index"] for payload in payloads] == list(range(len(payloads)))
    assert [payload["done"] for payload in payloads] == [False] * (len(payloads) - 1) + [True]
    assert payloads[-1]["total_chunks"] == len(payloads) - 1
    return len(payloads) - 1, f"{len(pings)} pings"


def check_raw_text(body: bytes, text: str) -> tuple[int, str]:
    events = body.decode().removesuffix("\n\n").split("\n\n")
    joined = ["\n".join(line.removeprefix("data: ") for line in event.split("\n")) for event in events]
    assert joined.pop() == "[DONE]"
    assert "".join(joined) == text
    return len(joined), "no pings"


def check_ollama(body: bytes, text: str) -> tuple[int, str]:
    documents = [json.loads(line) for line in body.decode().removesuffix("\n").split("\n")]
    pieces = [document["message"]["content"] if "message" in document else document["response"] for document in documents]
    assert "".join(pieces) == text
    assert [document["done"] for document in documents] == [False] * (len(documents) - 1) + [True]
    return len(documents) - 1, f"eval_count {documents[-1]['eval_count']}"


class Recording(NamedTuple):
    app: FastAPI
    path: str
    file: str
    text: Callable[[], str]
    check: Callable[[bytes, str], tuple[int, str]]


def of_material(name: str) -> Callable[[], str]:
    return lambda: "".join(material.tokens(server_text.TOKENS[name]))


RECORDINGS = {
    "delta-done": Recording(server_delta_done.app, "/stream", "stream.sse", lambda: server_delta_done.TEXT, check_delta_done),
    "raw-text": Recording(server_text.app, "/raw-text", "stream.sse", of_material("raw-text"), check_raw_text),
    "ollama-generate": Recording(
        server_text.app, "/ollama-generate", "stream.ndjson", of_material("ollama-generate"), check_ollama),
    "ollama-chat": Recording(server_text.app, "/ollama-chat", "stream.ndjson", of_material("ollama-chat"), check_ollama),
}


def record(name: str) -> None:
    recording = RECORDINGS[name]
    server, thread, port = start_server(recording.app)
    try:
        reads = receive(port, recording.path)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
    body = b"".join(data for _, data in reads)
    text = recording.text()
    deltas, remark = recording.check(body, text)

    target = CORPORA / name
    target.mkdir(exist_ok=True)
    first = reads[0][0]
    (target / recording.file).write_bytes(body)
    (target / "stream.txt").write_bytes(text.encode())
    (target / "stream.times").write_text("".join(f"{at - first}\t{len(data)}\n" for at, data in reads))
    seconds = (reads[-1][0] - first) / 1e9
    print(f"{name}: {len(body)} bytes, {deltas} deltas, {remark}, {len(reads)} reads, {seconds:.2f} s")


def main() -> None:
    names = sys.argv[1:] or list(RECORDINGS)
    for name in names:
        if name not in RECORDINGS:
            raise SystemExit(f"there is no recording '{name}'; there are {', '.join(RECORDINGS)}")
    packages = ("fastapi", "starlette", "sse-starlette", "uvicorn", "httpx")
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{package} {version(package)}" for package in packages))
    for name in names:
        record(name)


if __name__ == "__main__":
    main()
