"""Sources: iterables, files, and the responses of HTTP libraries, from a server on loopback where they need one."""

from __future__ import annotations

import asyncio
import gzip
import io
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import sluice
import urllib3
from conftest import cut

EVENT = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
DONE = b"data: [DONE]\n\n"
BODY = EVENT * 50 + DONE
TEXTS = ["Hi"] * 50


class Handler(BaseHTTPRequestHandler):
    """Answers with the stream (chunked, with a length, until the connection ends, compressed) or with an error."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/error":
            return self.answer(503, b'{"error":"overloaded"}', length=True)
        if self.path == "/chunked":
            self.begin(200, {"Transfer-Encoding": "chunked"})
            for piece in cut(BODY, 100):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return None
        if self.path == "/gzip":
            return self.answer(200, gzip.compress(BODY), length=True, encoding="gzip")
        if self.path == "/waiting":
            self.begin(200, {"Connection": "close"})
            self.wfile.write(EVENT)
            self.wfile.flush()
            waiting.wait(20)
            self.wfile.write(DONE)
            self.close_connection = True
            return None
        self.answer(200, BODY, length=self.path == "/length")

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, body: bytes, length: bool, encoding: str | None = None) -> None:
        headers = {"Content-Length": str(len(body))} if length else {"Connection": "close"}
        if encoding:
            headers["Content-Encoding"] = encoding
        self.begin(status, headers)
        self.wfile.write(body)
        self.close_connection = not length

    def log_message(self, *_: object) -> None:
        pass


waiting = threading.Event()
WAYS = ["chunked", "length", "close", "gzip"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


def texts(source: Any) -> list[str]:
    stream = sluice.stream(source)
    found = [delta.text for delta in stream if delta.kind == "text"]
    assert stream.end.status == "complete" and stream.format == "openai-chat"
    return found


def test_iterables_files_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "answer.sse"
    path.write_bytes(BODY)
    assert texts(cut(BODY, 11)) == texts(iter(cut(BODY, 4096))) == texts(BODY) == texts(memoryview(BODY)) == TEXTS
    assert texts(path) == texts(str(path)) == texts(io.BytesIO(BODY)) == TEXTS
    with open(path, "rb") as buffered, open(path, "rb", buffering=0) as raw:
        assert texts(buffered) == texts(raw) == TEXTS
    with open(path) as text, pytest.raises(TypeError, match="is a str"):
        texts(text)
    with pytest.raises(TypeError):
        texts(3)


def test_a_stream_is_an_iterator() -> None:
    stream = sluice.stream(cut(BODY, 100))
    assert next(stream).text == "Hi" and stream.end.status == "truncated"
    assert len([delta for delta in stream if delta.kind == "text"]) == 49


@pytest.mark.parametrize("way", WAYS)
def test_httpx(server: str, way: str) -> None:
    with httpx.Client() as client, client.stream("GET", f"{server}/{way}") as response:
        assert texts(response) == TEXTS
    assert sluice.collect(httpx.get(f"{server}/{way}")).text == "Hi" * 50


@pytest.mark.parametrize("way", WAYS)
def test_requests(server: str, way: str) -> None:
    with requests.get(f"{server}/{way}", stream=True) as response:
        assert texts(response) == TEXTS
    with requests.get(f"{server}/{way}") as response:
        assert texts(response) == TEXTS


@pytest.mark.parametrize("way", WAYS)
def test_urllib3(server: str, way: str) -> None:
    response = urllib3.PoolManager().request("GET", f"{server}/{way}", preload_content=False)
    assert texts(response) == TEXTS


@pytest.mark.parametrize("way", ["chunked", "length", "close"])
def test_urllib_request(server: str, way: str) -> None:
    with urllib.request.urlopen(f"{server}/{way}") as response:
        assert texts(response) == TEXTS


@pytest.mark.parametrize("library", ["httpx", "requests", "urllib3", "urllib"])
def test_deltas_do_not_wait_for_the_end(server: str, library: str) -> None:
    waiting.clear()
    url = f"{server}/waiting"
    if library == "httpx":
        client = httpx.Client(timeout=10)
        source: Any = client.send(client.build_request("GET", url), stream=True)
    elif library == "requests":
        source = requests.get(url, stream=True, timeout=10)
    elif library == "urllib3":
        source = urllib3.PoolManager().request("GET", url, preload_content=False, timeout=10)
    else:
        source = urllib.request.urlopen(url, timeout=10)
    stream = sluice.stream(source)
    assert next(stream).text == "Hi"
    assert not waiting.is_set()
    waiting.set()
    assert list(stream) == [] and stream.end.status == "complete"
    source.close()


def test_a_status_of_an_error_raises(server: str) -> None:
    def check(source: Any) -> None:
        with pytest.raises(sluice.StreamError, match="status 503: .*overloaded") as caught:
            list(sluice.stream(source))
        assert (caught.value.status, caught.value.body) == (503, b'{"error":"overloaded"}')

    with httpx.stream("GET", f"{server}/error") as response:
        check(response)
    check(requests.get(f"{server}/error", stream=True))
    check(requests.get(f"{server}/error"))
    check(urllib3.PoolManager().request("GET", f"{server}/error", preload_content=False))
    with pytest.raises(sluice.StreamError) as caught:
        sluice.collect(httpx.get(f"{server}/error"))
    assert caught.value.status == 503 and caught.value.partial is None


def mock(handler: Any) -> httpx.MockTransport:
    return httpx.MockTransport(handler)


def test_a_mocked_transport() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=iter(cut(BODY, 33)))

    with httpx.Client(transport=mock(answer)) as client, client.stream("GET", "http://x/") as response:
        assert texts(response) == TEXTS


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for piece in cut(data, size):
        await asyncio.sleep(0)
        yield piece


async def atexts(source: Any) -> list[str]:
    stream = sluice.astream(source)
    found = [delta.text async for delta in stream if delta.kind == "text"]
    assert stream.end.status == "complete" and stream.format == "openai-chat"
    return found


@pytest.mark.parametrize("way", ["chunked", "gzip"])
def test_asynchronous_sources(server: str, way: str) -> None:
    async def run() -> None:
        assert await atexts(pieces(BODY, 100)) == TEXTS
        async with httpx.AsyncClient() as client, client.stream("GET", f"{server}/{way}") as response:
            assert await atexts(response) == TEXTS
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{server}/{way}") as answered:
                assert await atexts(answered) == TEXTS
            async with session.get(f"{server}/{way}") as answered:
                assert (await sluice.acollect(answered)).text == "Hi" * 50
            async with session.get(f"{server}/{way}") as answered:
                with pytest.raises(TypeError, match="astream"):
                    list(sluice.stream(answered))
            async with session.get(f"{server}/error") as answered:
                with pytest.raises(sluice.StreamError, match="overloaded") as caught:
                    await sluice.acollect(answered)
                assert (caught.value.status, caught.value.body) == (503, b'{"error":"overloaded"}')

    asyncio.run(run())


def test_sources_of_the_other_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="astream"):
        list(sluice.stream(pieces(BODY, 100)))

    async def read() -> None:
        with pytest.raises(TypeError, match=r"sluice\.stream"):
            await sluice.acollect([BODY])

    asyncio.run(read())


def test_check_raises_with_what_arrived() -> None:
    failed = EVENT + b'data: {"error":{"message":"boom","type":"server_error"}}\n\n'
    cases = {"truncated": EVENT, "failed": failed, "empty": b": keep-alive\n\n"}
    for status, data in cases.items():
        assert sluice.collect(data).status == status
        with pytest.raises(sluice.StreamError) as caught:
            sluice.collect(data, check=True)
        partial = caught.value.partial
        assert partial is not None and partial.status == status
        assert partial.text == ("" if status == "empty" else "Hi")
        with pytest.raises(sluice.StreamError):
            list(sluice.stream([data], check=True))
    with pytest.raises(sluice.StreamError, match="server_error: boom"):
        sluice.collect(failed, check=True)
    assert sluice.collect(BODY, check=True).is_whole
    assert len(list(sluice.stream([BODY], check=True))) == 50


def test_a_stream_that_cannot_be_read_raises_behind_its_deltas() -> None:
    found: list[str] = []
    with pytest.raises(sluice.StreamError) as caught:
        for delta in sluice.stream(
            [EVENT + b"data: " + b"x" * 999], check=True, max_event_bytes=500, when_exceeded="fail"
        ):
            found.append(delta.text)
    assert found == ["Hi"]
    assert caught.value.partial is not None and caught.value.partial.text == "Hi"
