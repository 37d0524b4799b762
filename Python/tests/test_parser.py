"""Parsers: options, misuse, limits, threads."""

from __future__ import annotations

import array
import json
import mmap
import threading
import time

import pytest
import sluice
from conftest import REPOSITORY, cut

TEXT = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: array.array("B", data)])
@pytest.mark.parametrize("times", [1, 200], ids=["small", "large"])
def test_any_buffer_is_a_chunk(make, times: int) -> None:  # type: ignore[no-untyped-def]
    assert [delta.text for delta in sluice.Parser().feed(make(TEXT * times))] == ["Hi"] * times


def test_a_mapped_file_is_a_chunk() -> None:
    path = REPOSITORY / "corpora/openai-chat/stream.sse"
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sluice.Parser().feed(mapped) == sluice.Parser().feed(path.read_bytes())


@pytest.mark.parametrize("chunk", ["data: x", None, 3, memoryview(TEXT)[::2]])
def test_what_is_no_chunk_is_refused(chunk: object) -> None:
    parser = sluice.Parser()
    with pytest.raises((TypeError, BufferError)):
        parser.feed(chunk)  # type: ignore[arg-type]
    assert parser.feed(TEXT)[0].text == "Hi"


def test_large_buffers_are_read_in_pieces(chat: bytes) -> None:
    assert len(chat) > 1 << 20
    assert sluice.Parser().feed(bytearray(chat)) == sluice.Parser().feed(chat)
    parser = sluice.Parser(when_exceeded="fail", max_event_bytes=2000)
    with pytest.raises(sluice.StreamError) as caught:
        parser.feed(bytearray(TEXT * 10_000 + b"data: " + b"x" * 3000 + b"\n\n" + chat))
    assert len(caught.value.deltas) == 10_000


def test_empty_chunks_change_nothing() -> None:
    parser = sluice.Parser()
    assert parser.feed(b"") == [] and parser.end.status == "empty"
    assert parser.feed(TEXT)[0].text == "Hi" and parser.feed(bytearray()) == []


def test_the_end_counts() -> None:
    parser = sluice.Parser()
    assert parser.format is None and parser.message is None
    parser.feed(TEXT)
    assert (parser.format, parser.end.status, parser.end.frames) == ("openai-chat", "truncated", 1)
    parser.feed(b'data: {"type":"strange.event"}\n\ndata: [DONE]\n\n')
    assert parser.finish() == []
    end = parser.end
    assert (end.status, end.deltas, end.unread_events) == ("complete", 1, 1)
    assert end.unread_kinds[0].name == "strange.event" and end.unread_kinds[0].event == 2


def test_an_ended_stream_takes_no_more() -> None:
    parser = sluice.Parser()
    parser.finish()
    with pytest.raises(sluice.Error, match="has ended"):
        parser.feed(TEXT)
    with pytest.raises(sluice.Error, match="has ended"):
        parser.finish()


def test_what_is_no_stream_raises_with_its_place() -> None:
    with pytest.raises(sluice.StreamError, match="not-a-stream at byte 0") as caught:
        parser = sluice.Parser()
        parser.feed(b"<html>502 Bad Gateway</html>\n")
        parser.finish()
    assert caught.value.problem is not None and caught.value.problem.code == "not-a-stream"
    assert "<html>" in caught.value.problem.excerpt


@pytest.mark.parametrize("times", [1, 200], ids=["small", "large"])
def test_deltas_in_front_of_a_failure_are_not_lost(times: int) -> None:
    parser = sluice.Parser(when_exceeded="fail", max_event_bytes=1000)
    with pytest.raises(sluice.StreamError) as caught:
        parser.feed(TEXT * times + b"data: " + b"x" * 2000 + b"\n\n")
    assert [delta.text for delta in caught.value.deltas] == ["Hi"] * times
    assert caught.value.problem is not None and caught.value.problem.code == "event-too-large"
    with pytest.raises(sluice.Error):
        parser.feed(TEXT)


def test_limits_skip_by_default() -> None:
    parser = sluice.Parser(max_event_bytes=1000)
    deltas = parser.feed(b"data: " + b"x" * 2000 + b"\n\n" + TEXT)
    assert [delta.kind for delta in deltas] == ["malformed", "text"]
    deep = b'data: {"choices":[{"delta":{"content":"a","x":' + b"[" * 50 + b"]" * 50 + b"}}]}\n\n"
    assert sluice.Parser("openai-chat").feed(deep)[0].text == "a"
    (problem,) = sluice.Parser("openai-chat", max_nesting_depth=20).feed(deep)
    assert problem.problem is not None and problem.problem.code == "nested-too-deep"


def test_answers_are_bounded() -> None:
    message = sluice.collect(TEXT * 3, max_answer_bytes=4)
    assert message.text == "HiHi"
    assert [problem.code for problem in message.problems] == ["answer-too-large"]


def test_hostile_limits_and_numbers() -> None:
    huge = 1 << 200
    assert sluice.Parser(max_event_bytes=huge, max_choices=huge).feed(TEXT)[0].text == "Hi"
    assert sluice.Parser(max_choices=0, max_tool_calls=0, max_templates=0).feed(TEXT)[0].text == "Hi"
    for wrong, kind in ((-1, ValueError), (-huge, ValueError), (1.5, TypeError), ("1", TypeError)):
        with pytest.raises(kind, match="max_event_bytes"):
            sluice.Parser(max_event_bytes=wrong)  # type: ignore[arg-type]
    far = b'data: {"choices":[{"index":2147483647,"delta":{"content":"a"}}]}\n\n'
    (delta,) = sluice.Parser("openai-chat").feed(far)
    assert delta.problem is not None and delta.problem.code == "too-many-choices"


def test_wrong_options_are_named() -> None:
    with pytest.raises(ValueError, match="no format 'nonsense'"):
        sluice.Parser("nonsense")
    with pytest.raises(ValueError, match="'sound' is no kind"):
        sluice.Parser(kinds=["sound"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="kinds must be an iterable"):
        sluice.Parser(kinds="text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'skip' or 'fail'"):
        sluice.Parser(when_exceeded="explode")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        sluice.Parser(colour="red")  # type: ignore[call-arg]


def test_formats_are_listed_and_accepted() -> None:
    names = sluice.formats()
    assert "openai-chat" in names and len(names) == len(set(names)) > 20
    for name in names:
        sluice.Parser(name)


def test_custom_formats() -> None:
    table = {"name": "mine", "framing": "sse", "rules": [{"path": "words[].w", "field": "text"}]}
    data = b'data: {"words":[{"w":"a"},{"w":"b"}]}\n\n'
    for given in (table, json.dumps(table)):
        parser = sluice.Parser(table=given)
        assert [delta.text for delta in parser.feed(data)] == ["a", "b"] and parser.format == "mine"
    with pytest.raises(ValueError, match="both given"):
        sluice.Parser("openai-chat", table=table)


@pytest.mark.parametrize("table", ["{", "[]", '{"unknown": 1}', {"name": "x", "framing": "none", "rules": []}])
def test_tables_that_cannot_be_read(table: object) -> None:
    with pytest.raises(sluice.TableError):
        sluice.Parser(table=table)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        sluice.Parser(table="{}\0")


def test_subclasses() -> None:
    class Counting(sluice.Parser):
        def __init__(self, name: str) -> None:
            super().__init__("openai-chat")
            self.name, self.count = name, 0

        def feed(self, chunk):  # type: ignore[no-untyped-def]
            deltas = super().feed(chunk)
            self.count += len(deltas)
            return deltas

    parser = Counting("mine")
    parser.feed(TEXT * 3)
    assert (parser.name, parser.count) == ("mine", 3)
    with pytest.raises(RuntimeError):
        parser.__init__("again")  # type: ignore[misc]
    with pytest.raises(RuntimeError, match="not initialised"):
        sluice.Parser.__new__(sluice.Parser).feed(TEXT)


def test_streams_in_turn_do_not_mix(chat: bytes) -> None:
    alone = [sluice.Parser().feed(chat[: 3000 + 100 * number]) for number in range(40)]
    parsers = [sluice.Parser() for _ in range(40)]
    found: list[list[sluice.Delta]] = [[] for _ in parsers]
    for at in range(0, 10_000, 50):
        for number, parser in enumerate(parsers):
            found[number] += parser.feed(chat[: 3000 + 100 * number][at : at + 50])
    assert found == alone


def test_threads_read_the_same(chat: bytes) -> None:
    """More threads than engines, and chunks that release the GIL and that do not: parsers of one engine take turns."""
    expected = sluice.Parser().feed(chat)
    results: list[bool] = []

    def read(size: int) -> None:
        parser = sluice.Parser()
        found = [delta for chunk in cut(chat, size) for delta in parser.feed(chunk)]
        results.append(found == expected)

    threads = [threading.Thread(target=read, args=(size,)) for size in (500, 5000, 50_000) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 24


def test_small_chunks_wait_for_an_engine_that_reads_a_large_one(chat: bytes) -> None:
    data = chat * 100
    parsers = [sluice.Parser() for _ in range(64)]  # more than engines
    reader = sluice.Parser(kinds=(), collect=True)
    thread = threading.Thread(target=reader.feed, args=(data,))
    thread.start()
    time.sleep(0.005)
    assert thread.is_alive()
    found = [[delta.text for delta in parser.feed(TEXT)] for parser in parsers]
    thread.join()
    assert found == [["Hi"]] * 64


def test_large_chunks_are_read_without_the_gil(chat: bytes) -> None:
    """A thread counts while another reads: it could not, if the GIL was held until the chunk was read."""
    data = chat * 60
    parser = sluice.Parser(kinds=(), collect=True)
    counted, reading = [], threading.Event()

    def read() -> None:
        reading.set()
        parser.feed(data)
        reading.clear()

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait()
    while reading.is_set():
        counted.append(time.perf_counter())
        time.sleep(0.0002)
    thread.join()
    assert len(counted) >= 5, "no other thread ran while a chunk was read"


def test_a_parser_in_use_is_refused(chat: bytes) -> None:
    data = chat * 200
    parser = sluice.Parser(kinds=(), collect=True)
    thread = threading.Thread(target=parser.feed, args=(data,))
    thread.start()
    refusals = 0
    while thread.is_alive():
        try:
            parser.feed(b"")
        except RuntimeError as error:
            assert "in use" in str(error)
            refusals += 1
        time.sleep(0.0002)
    thread.join()
    assert refusals > 0
