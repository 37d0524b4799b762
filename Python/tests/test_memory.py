"""Memory: streams, errors and messages are released."""

from __future__ import annotations

import gc
import resource
import tracemalloc
from collections.abc import Callable

import pytest
import sluice
from conftest import cut


def small_chunks(data: bytes) -> None:
    parser = sluice.Parser(kinds=["text", "tool_call", "detail", "payload", "malformed", "error", "usage", "finish"])
    for chunk in cut(data, 300):
        parser.feed(chunk)
    parser.finish()


def large_chunk(data: bytes) -> None:
    parser = sluice.Parser(collect=True)
    parser.feed(bytearray(data))
    parser.finish()
    assert parser.message is not None


def failure(data: bytes) -> None:
    try:
        sluice.collect(b"<html>" + data[:200], check=True)
    except sluice.StreamError as error:
        repr(error.partial)


def names(data: bytes) -> None:
    """Names that never come again: none may be kept."""
    global named
    lines = [b'event: name-%d\ndata: {"x":1}\n\n' % (named + number) for number in range(20)]
    named += len(lines)
    assert len(sluice.Parser("openai-responses", kinds=["payload"]).feed(b"".join(lines))) == 20


named = 0


def abandoned(data: bytes) -> None:
    next(iter(sluice.stream(cut(data, 300))))
    repr(sluice.Parser().feed(data[:1000]))


@pytest.mark.parametrize("read", [small_chunks, large_chunk, failure, names, abandoned])
def test_nothing_is_left_of_many_streams(chat: bytes, read: Callable[[bytes], None]) -> None:
    problem = b'data: {oops\n\ndata: {"error":{"message":"m","type":"t","code":"c"}}\n\n'
    data = chat[:5000] + problem

    def peak_after(streams: int) -> tuple[int, int]:
        for _ in range(streams):
            read(data)
        gc.collect()
        return tracemalloc.get_traced_memory()[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    tracemalloc.start()
    try:
        peak_after(200)
        traced, resident = peak_after(800)
        later_traced, later_resident = peak_after(2000)
    finally:
        tracemalloc.stop()
    # A leak of one object or buffer a stream would be 100 KB at least.
    assert later_traced - traced < 60_000
    assert later_resident - resident < 4_000, "KiB"


def test_ten_thousand_parsers_share_engines(chat: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parsers = [sluice.Parser("openai-chat") for _ in range(10_000)]
    for parser in parsers:
        parser.feed(chat[:264])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, f"{grown} KiB for 10,000 parsers"
