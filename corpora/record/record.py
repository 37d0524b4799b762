"""Records corpora/delta-done from a live FastAPI server on a free loopback port.

    python3 -m venv .venv
    .venv/bin/pip install -r corpora/record/requirements.txt
    .venv/bin/python corpora/record/record.py

Writes, beside this folder:
    delta-done/stream.sse    the body, byte for byte as received (after HTTP's chunked coding is taken off)
    delta-done/stream.txt    the text that the server meant to send
    delta-done/stream.times  a line a read: nanoseconds since the first byte, a tab, bytes received
"""

import json
import socket
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import httpx
import uvicorn

import server_delta_done

TARGET = Path(__file__).resolve().parent.parent / "delta-done"


def start_server() -> tuple[uvicorn.Server, threading.Thread, int]:
    """Binds first and hands the socket over, so that nobody can take the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(server_delta_done.app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise SystemExit("the server did not start within 10 seconds")
        time.sleep(0.01)
    return server, thread, listener.getsockname()[1]


def receive(port: int) -> list[tuple[int, bytes]]:
    """The raw reads of one response, each with its time of arrival in nanoseconds."""
    reads = []
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
    url = f"http://127.0.0.1:{port}/stream"
    with httpx.stream("GET", url, headers=headers, timeout=30, trust_env=False) as response:
        response.raise_for_status()
        for data in response.iter_raw():
            reads.append((time.monotonic_ns(), data))
    return reads


def check(body: bytes) -> tuple[int, int]:
    """Refuses a recording that is not what the README says. Returns the number of deltas and of pings."""
    assert body.count(b"\n") == body.count(b"\r\n") == body.count(b"\r"), "every line must end with CRLF"
    frames = body.decode().removesuffix("\r\n\r\n").split("\r\n\r\n")
    pings = [frame for frame in frames if frame.startswith(": ping")]
    payloads = [json.loads(frame.split("data: ", 1)[1]) for frame in frames if not frame.startswith(":")]
    assert len(pings) >= 2, "no pings came in between: lengthen the stream or shorten the interval"
    assert "".join(payload["delta"] for payload in payloads) == server_delta_done.TEXT
    assert [payload["chunk_index"] for payload in payloads] == list(range(len(payloads)))
    assert [payload["done"] for payload in payloads] == [False] * (len(payloads) - 1) + [True]
    assert payloads[-1]["total_chunks"] == len(payloads) - 1
    return len(payloads) - 1, len(pings)


def main() -> None:
    server, thread, port = start_server()
    try:
        reads = receive(port)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
    body = b"".join(data for _, data in reads)
    deltas, pings = check(body)

    TARGET.mkdir(exist_ok=True)
    first = reads[0][0]
    (TARGET / "stream.sse").write_bytes(body)
    (TARGET / "stream.txt").write_bytes(server_delta_done.TEXT.encode())
    (TARGET / "stream.times").write_text("".join(f"{at - first}\t{len(data)}\n" for at, data in reads))

    names = ("fastapi", "starlette", "sse-starlette", "uvicorn", "httpx")
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in names))
    seconds = (reads[-1][0] - first) / 1e9
    print(f"{len(body)} bytes, {deltas} deltas, {pings} pings, {len(reads)} reads, {seconds:.2f} s")


if __name__ == "__main__":
    main()
