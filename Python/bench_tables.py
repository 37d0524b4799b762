"""Measures `sluice.read` on files in the page cache, beside a loop with orjson that makes the same columns.

    python Python/bench_tables.py [--megabytes N] [--rounds N] [--json FILE]

Seconds are the least of the rounds; a core is the processor time of the whole process, threads included. Needs pyarrow
and orjson.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson
import pyarrow
import sluice

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
DONE = b"data: [DONE]\n\n"
COLUMNS = ("id", "model", "text", "finish_reason", "input", "output")


def orjson_rows(data: bytes) -> pyarrow.Table:
    """What a hand-written loop makes of a file of OpenAI's chat format: a row a response."""
    rows: list[tuple[Any, ...]] = []
    identity: list[Any] = [None, None]
    pieces: list[str] = []
    reason, usage = None, None
    for event in data.split(b"\n\n"):
        if not event.startswith(b"data: "):
            continue
        if event == b"data: [DONE]":
            counts = usage or {}
            rows.append(
                (*identity, "".join(pieces), reason, counts.get("prompt_tokens"), counts.get("completion_tokens"))
            )
            identity, pieces, reason, usage = [None, None], [], None, None
            continue
        document = orjson.loads(event[6:])
        if identity[0] is None:
            identity = [document.get("id"), document.get("model")]
        if document.get("usage"):
            usage = document["usage"]
        for choice in document.get("choices") or ():
            if choice.get("finish_reason"):
                reason = choice["finish_reason"]
            if choice["index"] == 0 and (content := choice["delta"].get("content")):
                pieces.append(content)
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pyarrow.table(dict(zip(COLUMNS, map(list, columns), strict=True)))


def orjson_files(paths: list[Path]) -> pyarrow.Table:
    return pyarrow.concat_tables([orjson_rows(path.read_bytes()) for path in paths], promote_options="permissive")


def same_columns(table: pyarrow.Table) -> list[list[Any]]:
    """Those of `orjson_rows`, of either table."""
    if "usage" in table.schema.names:
        counts = [row or {} for row in table["usage"].to_pylist()]
        table = table.append_column("input", pyarrow.array([row.get("input") for row in counts], pyarrow.int64()))
        table = table.append_column("output", pyarrow.array([row.get("output") for row in counts], pyarrow.int64()))
    return [table[name].to_pylist() for name in COLUMNS]


def measure(run: Callable[[], int], rounds: int) -> tuple[int, float, float]:
    """Rows, the least seconds, and the processor time of that round."""
    best = (0, float("inf"), 0.0)
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        rows = run()
        seconds = time.perf_counter() - start
        if seconds < best[1]:
            best = (rows, seconds, time.process_time() - used)
    return best


def drain(sources: Any, rows: Any, **options: Any) -> Callable[[], int]:
    return lambda: sum(batch.num_rows for batch in sluice.read(sources, rows, **options).to_batches())


def write_files(folder: Path, megabytes: int) -> dict[str, tuple[list[Path], int]]:
    """Inputs by name, with the bytes of the streams in them."""
    made: dict[str, tuple[list[Path], int]] = {}
    for name in ("openai-chat", "anthropic-messages", "ollama-chat"):
        source = next(path for path in (CORPORA / name).glob("stream.*") if path.suffix in (".sse", ".ndjson"))
        data = source.read_bytes()
        copies = megabytes * 1_000_000 // len(data) + 1
        path = folder / f"{name}{source.suffix}"
        with open(path, "wb") as file:
            for _ in range(copies):
                file.write(data)
        made[f"{name}, one file"] = ([path], copies * len(data))
    answers = [answer + DONE for answer in (CORPORA / "openai-chat/stream.sse").read_bytes().split(DONE)[:-1]]
    small: list[Path] = []
    total = 0
    while total < megabytes * 1_000_000 and len(small) < 10_000:
        path = folder / f"small/{len(small):05}.sse"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(answers[len(small) % len(answers)])
        total += path.stat().st_size
        small.append(path)
    made[f"openai-chat, {len(small):,} files"] = (small, total)
    packed = folder / "packed.sse.gz"
    data = b"".join(answers) * 50
    packed.write_bytes(gzip.compress(data, 6))
    made["openai-chat, .gz"] = ([packed], len(data))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    figures = []
    print(f"Python {platform.python_version()}, pyarrow {pyarrow.__version__}, orjson {metadata.version('orjson')},")
    print(f"least of {arguments.rounds} rounds, {os.cpu_count()} processors\n")
    print("| input | rows | threads | rows | MB/s | MB/s a core |")
    print("|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for label, (paths, size) in write_files(Path(name), arguments.megabytes).items():
            cases: list[tuple[str, int, Callable[[], int]]] = [
                (f"a row a {rows}", threads, drain(paths, rows, many=True, threads=threads))
                for rows in ("message", "delta")
                for threads in (1, 2)
            ]
            if label.startswith("openai-chat") and ".gz" not in label:
                assert same_columns(orjson_files(paths)) == same_columns(sluice.read(paths, many=True).to_table())
                cases.append(("orjson, a row a message", 1, lambda paths=paths: orjson_files(paths).num_rows))
            for title, threads, run in cases:
                rows, seconds, used = measure(run, arguments.rounds)
                speed, core = size / seconds / 1e6, size / used / 1e6
                print(f"| {label} | {title} | {threads} | {rows:,} | {speed:,.0f} | {core:,.0f} |", flush=True)
                figures.append(
                    {"input": label, "rows": title, "threads": threads, "count": rows, "bytes": size,
                     "seconds": seconds, "processor_seconds": used}
                )  # fmt: skip
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
