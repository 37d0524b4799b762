"""Tables: the rows say what `collect` and `Parser` say, whoever reads them, in any number of threads and parts."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
import sluice
import zstandard
from conftest import CORPORA, REPOSITORY
from sluice import _tables

DONE = b"data: [DONE]\n\n"
Row = dict[str, Any]


def chat_event(text: str) -> bytes:
    return b"data: " + json.dumps({"id": "r1", "choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"


def recording_of(name: str) -> Path:
    return next(path for path in CORPORA if path.parent.name == name)


def rows_of(sources: Any, rows: Any = "message", **options: Any) -> list[Row]:
    table = sluice.read(sources, rows, **options).to_table()
    table.validate(full=True)
    found: list[Row] = table.to_pylist()
    return found


def expected_row(path: Path) -> Row:
    """What `collect` says, in the words of the table."""
    error = None
    try:
        message = sluice.collect(path)
    except sluice.StreamError as raised:
        assert raised.partial is not None and raised.problem is not None
        message, error = raised.partial, ("stream", raised.problem.code, raised.problem.detail)
    if error is None and message.error is not None:
        error = ("server", message.error.code, message.error.message)
    usage = None if message.usage is None else vars(message.usage)
    choices = [choice for _, choice in sorted(message.choices.items())]
    first = choices[0] if choices else sluice.Choice()
    return {
        "file": str(path),
        "format": message.format,
        "status": message.status,
        "error": error,
        "id": message.details.get("response-id"),
        "model": message.details.get("model"),
        **{name: getattr(first, name) for name in ("text", "reasoning", "tool_plan", "refusal")},
        "finish_reason": first.finish_reason or None,
        "calls": [vars(call) | {"id": call.id or None, "name": call.name or None} for call in first.tool_calls],
        "others": [choice.text for choice in choices[1:]],
        "usage": usage if usage and any(count is not None for count in usage.values()) else None,
        "malformed_events": message.malformed_events,
        "unread_events": message.unread_events,
        "problems": [
            dict(zip(("code", "offset", "event", "excerpt", "detail"), problem, strict=True))
            for problem in message.problems
        ],
    }


def short(row: Row, expected: Row) -> Row:
    """The parts of a row that `collect` has, too."""
    error = row["error"]
    known = row | {
        "error": error and (error["source"], error["code"], error["message"]),
        "others": [choice["text"] for choice in row["other_choices"]],
    }
    return {name: known[name] for name in expected}


def test_messages_say_what_collect_says(streams: list[Path]) -> None:
    found = rows_of(streams)
    assert len(found) == len(streams)
    for path, row in zip(streams, found, strict=True):
        expected = expected_row(path)
        for problem in expected["problems"]:
            problem["event"] = problem["event"] or None
        assert short(row, expected) == expected, path
        assert row["bytes"] == path.stat().st_size or row["error"]["source"] == "stream", path


def test_deltas_say_what_a_parser_says(streams: list[Path]) -> None:
    kinds = ("text", "reasoning", "refusal", "tool_call", "tool_arguments", "finish", "usage", "error", "detail")
    names = ("choice", "block", "tool", "id", "input_tokens", "output_tokens", "event_offset")
    for path in streams:
        parser = sluice.Parser(kinds=kinds)
        expected: list[sluice.Delta] = []
        try:
            expected = parser.feed(path.read_bytes()) + parser.finish()
        except sluice.StreamError as error:
            expected += error.deltas
        *found, end = rows_of(path, "delta", kinds=kinds)
        assert end["kind"] == "end" and end["text"] == parser.end.status, path
        found = [row for row in found if row["kind"] != "malformed"]
        expected = [delta for delta in expected if delta.kind != "malformed"]
        assert len(found) == len(expected), path
        for row, delta in zip(found, expected, strict=True):
            assert row["kind"] == delta.kind and row["text"] == delta.text and row["name"] == delta.name, path
            assert [row[name] for name in names] == [getattr(delta, name) for name in names], path
            assert bool(row["is_whole"]) == delta.is_whole, path


@pytest.mark.parametrize("rows", ["message", "delta"])
@pytest.mark.parametrize("many", [False, True])
def test_rows_do_not_depend_on_threads_and_batches(streams: list[Path], rows: Any, many: bool) -> None:
    one = sluice.read(streams, rows, many=many, threads=1, batch_bytes=1 << 30).to_table()
    for threads, batch_bytes in ((2, 1), (5, 4000), (16, 1 << 20)):
        if rows == "delta" and batch_bytes == 1:
            continue  # a batch a row
        table = sluice.read(streams, rows, many=many, threads=threads, batch_bytes=batch_bytes).to_table()
        assert table.equals(one), (threads, batch_bytes)


def test_bytes_and_compressed_files_give_the_same_rows(chat: bytes, tmp_path: Path) -> None:
    half = len(chat) // 2
    (tmp_path / "a.sse").write_bytes(chat)
    (tmp_path / "b.sse.gz").write_bytes(gzip.compress(chat))
    (tmp_path / "c.sse.gz").write_bytes(gzip.compress(chat[:half]) + gzip.compress(chat[half:]))
    (tmp_path / "d.sse.zst").write_bytes(zstandard.compress(chat))
    (tmp_path / "e.sse.zst").write_bytes(zstandard.compress(chat[:half]) + zstandard.compress(chat[half:]))
    (tmp_path / "f.txt").write_bytes(chat)
    found = rows_of([tmp_path, chat, memoryview(chat), tmp_path / "f.txt"])
    assert [Path(row.pop("file")).name for row in found] == [
        "a.sse", "b.sse.gz", "c.sse.gz", "d.sse.zst", "e.sse.zst", "-", "-", "f.txt",
    ]  # fmt: skip
    assert found[0]["status"] == "complete" and found.count(found[0]) == len(found)


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    for name in ("b/2.sse", "b/10.sse", "a.ndjson", "c/d/e.sse", "c/notes.txt", "z.times"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(chat_event(name) + DONE)
    found = [row["text"] for row in rows_of(tmp_path)]
    assert found == ["a.ndjson", "b/10.sse", "b/2.sse", "c/d/e.sse"]
    assert [row["text"] for row in rows_of(tmp_path, suffixes=[".txt"])] == ["c/notes.txt"]
    (tmp_path / "empty").mkdir()
    assert rows_of(tmp_path / "empty") == []
    names = [f"m{number:02}/x.sse" for number in reversed(range(40))]
    for name in names:
        (tmp_path / "empty" / name).parent.mkdir()
        (tmp_path / "empty" / name).write_bytes(chat_event(name) + DONE)
    assert [row["text"] for row in rows_of(tmp_path / "empty")] == sorted(names)


def bad_files(folder: Path, chat: bytes) -> None:
    packed = gzip.compress(chat)
    squeezed = zstandard.compress(chat)
    contents = {
        "bad.sse.gz": packed[:20] + bytes(50) + packed[70:],
        "cut.sse": chat_event("cut"),
        "cut.sse.gz": packed[: len(packed) // 2],
        "cut.sse.zst": squeezed[: len(squeezed) // 2],
        "empty.sse": b"",
        "good.sse": chat_event("good") + DONE,
        "page.sse": b"<html><body>502 Bad Gateway</body></html>\n",
        "server.sse": chat_event("half") + b'data: {"error":{"message":"m","type":"t","code":429}}\n\n',
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def test_what_cannot_be_read_is_a_row(chat: bytes, tmp_path: Path) -> None:
    bad_files(tmp_path, chat)
    found = {Path(row["file"]).name: row for row in rows_of([tmp_path, tmp_path / "missing.sse"])}
    seen = {
        name: (row["status"], row["error"] and (row["error"]["source"], row["error"]["code"], row["error"]["type"]))
        for name, row in found.items()
    }
    assert seen.pop("bad.sse.gz")[1] == ("file", "bad-gzip", None)
    assert seen == {
        "cut.sse": ("truncated", None),
        "cut.sse.gz": ("truncated", ("file", "truncated-gzip", None)),
        "cut.sse.zst": ("truncated", ("file", "truncated-zstd", None)),
        "empty.sse": ("empty", None),
        "good.sse": ("complete", None),
        "missing.sse": ("unreadable", ("file", "not-found", None)),
        "page.sse": ("truncated", ("stream", "not-a-stream", None)),
        "server.sse": ("failed", ("server", "429", "t")),
    }
    assert found["cut.sse.gz"]["text"] and found["server.sse"]["text"] == "half"
    assert found["page.sse"]["format"] is None and found["missing.sse"]["bytes"] == 0


def test_what_cannot_be_read_is_a_row_of_deltas_too(tmp_path: Path) -> None:
    found = rows_of([tmp_path / "missing.sse", b"<html>\n", b""], "delta")
    assert [(row["kind"], row["name"], row["text"]) for row in found if row["kind"] == "end"] == [
        ("end", None, "unreadable"), ("end", None, "truncated"), ("end", None, "empty"),
    ]  # fmt: skip
    assert [row["name"] for row in found if row["kind"] == "malformed"] == ["not-found", "not-a-stream"]


@pytest.mark.parametrize("rows", ["message", "delta"])
def test_with_check_the_first_bad_file_is_an_error(chat: bytes, tmp_path: Path, rows: Any) -> None:
    bad_files(tmp_path, chat)
    assert rows_of(tmp_path / "good.sse", rows, check=True)
    for name in ("cut.sse", "cut.sse.gz", "empty.sse", "page.sse", "server.sse", "missing.sse"):
        with pytest.raises(OSError, match=name):
            rows_of([tmp_path / "good.sse", tmp_path / name, tmp_path / "good.sse"], rows, check=True)


def test_timings_are_those_of_the_command(command: str) -> None:
    paths = CORPORA
    printed = subprocess.run([command, "stats", "--json", *paths], capture_output=True, text=True).stdout
    expected = []
    for line in map(json.loads, printed.splitlines()):
        names = ("ttft_seconds", "ttfo_seconds", "latency_seconds", "duration_seconds")
        if line["kind"] == "stream":  # not a summary
            expected.append([line[name] for name in names])
    found = rows_of(paths, many=True)
    assert len(found) == len(expected) > 300
    for row, times in zip(found, expected, strict=True):
        assert row["timings"] is not None
        assert list(row["timings"].values()) == [
            pytest.approx(time, abs=1e-6) if time is not None else None for time in times
        ], (row["file"], row["offset"])
    # A recording of several responses has no time as one.
    assert {row["timings"] is None for row in rows_of(paths)} == {True}
    assert {row["time"] is not None for row in rows_of(paths[0], "delta", many=True)} == {True}


def test_a_recording_whose_times_do_not_fit_has_none(tmp_path: Path) -> None:
    (tmp_path / "stream.sse").write_bytes(chat_event("a") + DONE)
    size = (tmp_path / "stream.sse").stat().st_size
    for times, is_timed in ((f"0\t{size - 5}\n1500000000\t5\n", True), (f"0\t{size - 1}\n", False), ("x\n", False)):
        (tmp_path / "stream.times").write_text(times)
        row = rows_of(tmp_path)[0]
        assert row["text"] == "a" and row["status"] == "complete"
        assert (row["timings"] or {}).get("duration") == (1.5 if is_timed else None)
    # Of a compressed one, the size is known at its end.
    (tmp_path / "stream.sse").unlink()
    (tmp_path / "stream.sse.gz").write_bytes(gzip.compress(chat_event("a") + DONE))
    for count in (size - 1, size, size + 1):
        (tmp_path / "stream.times").write_text(f"0\t5\n2000000000\t{count - 5}\n")
        assert (rows_of(tmp_path)[0]["timings"] is not None) == (count == size)


@pytest.mark.parametrize("name", ["openai-chat", "anthropic-messages", "ollama-chat", "openai-responses", "raw-text"])
def test_many_responses_are_those_of_the_recording(name: str, tmp_path: Path) -> None:
    recording = recording_of(name)
    copied = tmp_path / recording.name.replace("stream", "copy")
    copied.write_bytes(recording.read_bytes())
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(recording.read_bytes(), 1))
    # Its times say where responses begin; without them, the terminal markers do.
    expected = rows_of(recording, many=True)
    assert len(expected) > 20
    for path in (copied, packed):
        found = rows_of(path, many=True)
        for row, known in zip(found, expected, strict=True):
            # Behind a marker that is an event, there may be another: it is of no response.
            ignored = dict.fromkeys(["file", "timings", *(["bytes", "events"] if name == "openai-responses" else [])])
            assert row | ignored == known | ignored


@pytest.mark.parametrize("rows", ["message", "delta"])
@pytest.mark.parametrize("name", ["openai-chat", "anthropic-messages", "ollama-chat", "gemini-generate"])
def test_parts_of_a_file_have_the_rows_of_the_file(name: str, rows: Any, tmp_path: Path) -> None:
    recording = recording_of(name)
    copied = tmp_path / "copy.sse"
    copied.write_bytes(recording.read_bytes()[:300_000])
    expected = sluice.read(copied, rows, many=True).to_table()
    for part_bytes in (997, 5000, 77_777, 150_000):
        items = _tables.parts(str(copied), part_bytes)
        assert len(items) > 1 and items[0][3] == 0
        table = sluice.Table(items, rows, True, False, 2, 1 << 20, {}).to_table()
        assert table.equals(expected), part_bytes


def test_offsets_are_those_of_the_file() -> None:
    recording = recording_of("openai-chat")
    data = recording.read_bytes()
    found = rows_of(recording, "delta", many=True)
    assert len({row["offset"] for row in found}) > 20
    for row in found:
        at = row["event_offset"]
        assert at >= row["offset"]
        assert row["kind"] == "end" or data[at : at + 6] == b"data: ", row
    for row in rows_of(recording, many=True):
        assert data[row["offset"] + row["bytes"] - 16 : row["offset"] + row["bytes"]].endswith(DONE)


def test_between_responses_there_may_be_anything_that_says_nothing() -> None:
    data = b": ping\n\n" + chat_event("a") + DONE + DONE + b": ping\n\n" + chat_event("b") + b"data:  [DONE] \r\n\r\n"
    assert [row["text"] for row in rows_of(data, many=True)] == ["a", "b"]
    quoted = chat_event("a [DONE] message_stop") + chat_event("data: [DONE]\n\n") + DONE + chat_event("cut")
    assert [(row["text"], row["status"]) for row in rows_of(quoted, many=True)] == [
        ("a [DONE] message_stopdata: [DONE]\n\n", "complete"), ("cut", "truncated"),
    ]  # fmt: skip
    assert [row["status"] for row in rows_of([b"", DONE], many=True)] == ["empty"] * 2
    parts = b'data: {"type":"message_stop"}\ndata: \n\n' + chat_event("x") + DONE
    assert [row["status"] for row in rows_of(parts, many=True, format="openai-chat")] == ["complete"]


def test_choices_beside_the_first_are_kept() -> None:
    event = {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}
    row = rows_of(b"data: " + json.dumps(event).encode() + b"\n\n" + DONE)[0]
    assert row["text"] == "a" and [(other["choice"], other["text"]) for other in row["other_choices"]] == [(1, "b")]


def test_libraries_take_a_table_as_it_is() -> None:
    table = sluice.read(REPOSITORY / "corpora")
    expected = [row["model"] for row in table.to_table().to_pylist()]
    assert polars.DataFrame(table)["model"].to_list() == expected
    assert pyarrow.table(table)["model"].to_pylist() == expected
    frame = pandas.DataFrame.from_arrow(table)
    assert [model if isinstance(model, str) else None for model in frame["model"]] == expected
    reader = table.to_reader()
    found = duckdb.sql("select model, usage.input + usage.output, len(calls) from reader").fetchall()
    assert [row[0] for row in found] == expected
    assert table.schema.names == table.to_table().schema.names
    answers = sluice.read(REPOSITORY / "corpora", "delta")
    count = duckdb.sql("select count(*) from answers where kind = 'text'").fetchall()[0][0]
    assert count == polars.DataFrame(answers).filter(polars.col("kind") == "text").height > 10_000


def test_a_reader_may_be_dropped_early(chat: bytes) -> None:
    for _ in range(20):
        reader = sluice.read([chat] * 200, "delta", threads=4, batch_bytes=1000).to_reader()
        assert reader.read_next_batch().num_rows > 0
        reader.close()
    sluice.read([chat] * 3).__arrow_c_stream__()
    sluice.read([chat] * 3).__arrow_c_schema__()


def test_memory_does_not_grow_with_the_files(chat: bytes, tmp_path: Path) -> None:
    with open(tmp_path / "big.sse", "wb") as file:
        for _ in range(200):
            file.write(chat)
    program = (
        "import re, sys, sluice\n"
        "rows = sum(batch.num_rows for batch in sluice.read(sys.argv[1], 'delta', threads=2, many=True).to_batches())\n"
        "print(rows, int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    rows, megabytes = map(int, done.stdout.split())
    assert rows > 800_000 and megabytes < 200, megabytes  # pyarrow alone takes some 55


def test_threads_wait_for_whoever_reads(chat: bytes, tmp_path: Path) -> None:
    (tmp_path / "00.sse").write_bytes(chat * 12)
    for number in range(1, 60):
        (tmp_path / f"{number:02}.sse").hardlink_to(tmp_path / "00.sse")
    program = (
        "import re, sys, time, sluice\n"
        "reader = sluice.read(sys.argv[1], 'delta', threads=2, batch_bytes=32 << 20).to_reader()\n"
        "reader.read_next_batch(); time.sleep(1.5)\n"
        "print(int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 250, done.stdout  # five tasks of some 20 MB, and pyarrow


def test_nothing_is_imported_that_is_not_asked_for(tmp_path: Path) -> None:
    program = "import sys, sluice; sluice.read([b'x']).__arrow_c_stream__(); print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_is_wrong_with_the_options_is_said_at_once() -> None:
    for options in ({"format": "x"}, {"rows": "answer"}, {"threads": 0}, {"max_event_bytes": -1}):
        with pytest.raises(ValueError):
            sluice.read(b"", **options)  # type: ignore[arg-type]
    for sources in (3, [3], [["x"]]):
        with pytest.raises(TypeError):
            sluice.read(sources)
    with pytest.raises(TypeError):
        sluice.read(b"", collect=True)
    with pytest.raises(sluice.TableError):
        sluice.read(b"", table="{}x")


def test_limits_and_custom_formats_apply() -> None:
    mine = {"name": "mine", "framing": "sse", "rules": [{"path": "w", "field": "text"}]}
    assert rows_of(b'data: {"w":"a"}\n\ndata: {"w":"b"}\n\n', table=mine)[0]["text"] == "ab"
    row = rows_of(chat_event("x" * 500) + chat_event("y") + DONE, max_event_bytes=300)[0]
    assert row["text"] == "y" and row["malformed_events"] == 1
    assert [problem["code"] for problem in row["problems"]] == ["event-too-large"]
    row = rows_of(chat_event("abc") + chat_event("defgh") + DONE, max_answer_bytes=4)[0]
    assert row["text"] == "abc" and {problem["code"] for problem in row["problems"]} == {"answer-too-large"}
