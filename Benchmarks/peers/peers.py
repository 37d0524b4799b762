"""Measures what people use elsewhere on the streams that Sluice is measured on, and checks that it finds the same.

Timed: from the first chunk of 64 KiB, which lies in memory, to the last piece of text, reasoning or arguments in a
list. Not timed: reading the file, cutting it, making clients and parsers, a first round to warm up, hashing the pieces.
Every round's pieces are compared with the expected number, bytes and hash; one wrong answer fails the run. Sluice and
the expert's loop read the same bytes in a run of sluice-bench of its own, right before and right behind the peers.
"""

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Callable

from answers import CHUNK_BYTES, RESPONSE_ENDS, Answer, answer
from contenders import peers
from node import NodePeer, node_version

PACKAGES = ["openai", "anthropic", "ollama", "httpx", "httpx2", "httpx-sse", "orjson", "pysimdjson", "pydantic"]


class Runner:
    """One peer on one corpus: its times, and whether each of its answers was right."""

    def __init__(self, name: str, framing: str, extraction: str, requests: int, round: Callable[[], tuple[int, list]]):
        self.name, self.framing, self.extraction, self.requests = name, framing, extraction, requests
        self._round = round
        self._right: list | None = None
        self.answer: Answer | None = None
        self.nanoseconds: list[int] = []
        self.is_correct = True

    def run(self, expected: Answer, is_timed: bool) -> None:
        gc.collect()
        nanoseconds, pieces = self._round()
        if is_timed:
            self.nanoseconds.append(nanoseconds)
        # Pieces that equal those of a right answer need no second hash.
        if self._right is not None and pieces == self._right:
            return
        self.answer = answer(pieces)
        if self.answer != expected:
            self.is_correct = False
            return
        self._right = pieces

    def row(self, corpus: str, size: int) -> dict:
        seconds = statistics.median(self.nanoseconds) / 1e9
        deltas = self.answer.deltas
        return {
            "contender": self.name, "corpus": corpus, "chunk": CHUNK_BYTES, "buffer": "none",
            "framing": self.framing, "extraction": self.extraction,
            "gb_per_s": significant(size / seconds / 1e9),
            "gb_per_s_min": significant(size / max(self.nanoseconds)),
            "gb_per_s_max": significant(size / min(self.nanoseconds)),
            "deltas_per_s": significant(deltas / seconds),
            "ns_per_delta": significant(seconds * 1e9 / deltas) if deltas else None,
            "allocations_per_delta": None, "allocated_bytes_per_delta": None,
            "ratio_to_expert": None, "ratio_to_expert_loop": None, "ratio_to_memchr": None,
            "correct": self.is_correct, "bytes": size, "rounds": len(self.nanoseconds), "requests": self.requests,
        }


def significant(value: float) -> float:
    return float(f"{value:.5g}")


def timed(run: Callable[[], list]) -> Callable[[], tuple[int, list]]:
    def round() -> tuple[int, list]:
        start = time.perf_counter_ns()
        pieces = run()
        return time.perf_counter_ns() - start, pieces

    return round


class Corpus:
    def __init__(self, name: str, path: Path, expected: Answer, only: str, has_node: bool):
        self.name = name
        body = path.read_bytes()
        self.size = len(body)
        self.expected = expected
        self.runners = [
            Runner(peer.name, peer.framing, peer.extraction, peer.requests, timed(peer.run))
            for peer in peers(body, name) if only in peer.name
        ]
        self._node = None
        if has_node and only in "peer-node-split":
            self._node = NodePeer(path, name)
            self.runners.append(Runner("peer-node-split", "string-split", "json-parse", 1, self._node.round))

    def run(self, progress: "ProgressBar", is_timed: bool) -> None:
        for runner in self.runners:
            progress.advance(f"{self.name}: {runner.name}")
            runner.run(self.expected, is_timed)

    def close(self) -> None:
        if self._node is not None:
            self._node.close()


def print_table(rows: list[dict]) -> None:
    print(f"{'corpus':<20} {'contender':<26} {'MB/s':>8} {'min':>8} {'max':>8} {'ns/delta':>9} {'requests':>8} "
          f"{'Sluice to it':>13}  answer")
    for row in rows:
        rates = " ".join(f"{row[key] * 1000:8.1f}" for key in ("gb_per_s", "gb_per_s_min", "gb_per_s_max"))
        cost = row["ns_per_delta"]
        print(f"{row['corpus']:<20} {row['contender']:<26} {rates} {cost if cost is None else round(cost):>9} "
              f"{row['requests'] or '':>8} {row['sluice_to_it']:>11.2f} ×  {'right' if row['correct'] else 'WRONG'}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="peers", description="Measures peers of Sluice in Python and JavaScript on the same streams in memory.")
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="streams of 2 MiB and 3 rounds rather than 16 MiB and 5")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", default="", metavar="TEXT", help="only peers whose name contains this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    arguments = parser.parse_args()
    arguments.size = 2 if arguments.quick else 16
    arguments.rounds = arguments.rounds or (3 if arguments.quick else 5)
    return arguments


def bench(arguments: argparse.Namespace, *options: object) -> str:
    command = [arguments.bench, *map(str, options)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def open_corpora(arguments: argparse.Namespace, folder: Path, has_node: bool) -> list["Corpus"]:
    """Makes the streams, and asks what is to be found in them."""
    corpora = []
    for name in RESPONSE_ENDS:
        path = folder / name
        expected = json.loads(bench(arguments, "amplify", name, "--size", arguments.size, "-o", path, "--answer"))
        corpora.append(Corpus(name, path, Answer.expected(expected[name]), arguments.only, has_node))
    return corpora


def own_rows(arguments: argparse.Namespace, folder: Path) -> tuple[dict, list[dict]]:
    """The machine, and the rows of Sluice and the expert on the same streams."""
    report = folder / "report.json"
    options = ["--chunk", CHUNK_BYTES, "--size", arguments.size, "--rounds", arguments.rounds]
    corpora = [option for name in RESPONSE_ENDS for option in ("--corpus", name)]
    bench(arguments, "run", *corpora, *options, "--only", "sluice-simdjson", "--json", report)
    content = json.loads(report.read_text())
    rows = [row for row in content["results"] if row["contender"] in ("sluice-simdjson", "expert-loop")]
    return content["machine"], [{**row, "requests": None, "rounds": arguments.rounds} for row in rows]


def faster(before: list[dict], after: list[dict]) -> list[dict]:
    """Of two runs, the row with the higher median: what else the machine did between them is nobody's fault."""
    return [max(pair, key=lambda row: row["gb_per_s"]) for pair in zip(before, after, strict=True)]


class ProgressBar:
    """On standard error, on a terminal only."""

    def __init__(self, total: int):
        self.total, self.done = total, 0

    def advance(self, what: str) -> None:
        if sys.stderr.isatty():
            filled = 30 * self.done // self.total
            bar = "█" * filled + "░" * (30 - filled)
            print(f"\r\033[K{bar} {100 * self.done // self.total} %  {what}", end="", file=sys.stderr, flush=True)
        self.done += 1

    def finish(self) -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def main() -> int:
    arguments = parse_arguments()
    node = node_version()
    if node is None:
        print("node is not installed: peer-node-split is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machine, before = own_rows(arguments, folder)
        corpora = open_corpora(arguments, folder, node is not None)
        progress = ProgressBar((arguments.rounds + 1) * sum(len(corpus.runners) for corpus in corpora))
        # One round of everybody after the other, so that a slow moment of the machine does not fall on one peer alone.
        for round in range(arguments.rounds + 1):
            for corpus in corpora:
                corpus.run(progress, is_timed=round > 0)
        progress.finish()
        _, after = own_rows(arguments, folder)
        for corpus in corpora:
            corpus.close()
    rows = faster(before, after)
    rows += [runner.row(corpus.name, corpus.size) for corpus in corpora for runner in corpus.runners]
    rows.sort(key=lambda row: (list(RESPONSE_ENDS).index(row["corpus"]), -row["gb_per_s"]))
    sluice = {row["corpus"]: row["gb_per_s"] for row in rows if row["contender"] == "sluice-simdjson"}
    for row in rows:
        row["sluice_to_it"] = significant(sluice[row["corpus"]] / row["gb_per_s"])
    print_table(rows)
    for corpus in corpora:
        for runner in corpus.runners:
            if not runner.is_correct:
                print(f"{runner.name} on {corpus.name}: {runner.answer}, expected {corpus.expected}", file=sys.stderr)
    versions = {"python": platform.python_version(), "node": node, **{name: version(name) for name in PACKAGES}}
    print(", ".join(f"{name} {number}" for name, number in versions.items() if number))
    if arguments.json:
        report = {"machine": machine, "versions": versions, "results": rows}
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0 if all(row["correct"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
