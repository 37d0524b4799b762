"""Measures a job in Spark beside one process, and beside the same with orjson: what Spark takes, what parsing takes.

    SLUICE_WHEEL=… .build/spark-venv/bin/python Python/bench_spark.py [--megabytes N] [--rounds N]

The job counts the responses of files of OpenAI's chat format by model, their characters and tokens. All give the same
answer. Executors are two of one core in a `local-cluster`; the time to start them is apart. Tasks write down how long
they read and parsed, which is what `parsing` is; the rest of a task is what Spark takes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute
import pyspark
import sluice
import sluice.spark
from bench_tables import CORPORA, orjson_rows
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

Answer = list[tuple[Any, ...]]
SCHEMA = "id string, model string, text string, finish_reason string, input long, output long"


def session(wheel: str, folder: Path) -> SparkSession:
    archive = folder / "sluice.zip"
    archive.write_bytes(Path(wheel).read_bytes())
    os.environ.update(
        SPARK_HOME=str(Path(pyspark.__file__).parent), PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1"
    )
    made = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.archives", f"{archive}#shipped")
        .config("spark.executorEnv.PYTHONPATH", "shipped")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", f"file://{folder}/events")
        .config("spark.eventLog.compress", "false")
        .getOrCreate()
    )
    # Functions of this file are sent as they are, since executors do not have it.
    import bench_tables
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(bench_tables)
    sluice.spark.register(made)
    return made


def timed(notes: str, batches: Iterator[Any]) -> Iterator[Any]:
    """The batches; the seconds that they took, and the processor's, are written to a file of the task's own."""
    import uuid

    wall = used = 0.0
    while True:
        start, before = time.perf_counter(), time.process_time()
        batch = next(batches, None)
        wall += time.perf_counter() - start
        used += time.process_time() - before
        if batch is None:
            break
        yield batch
    Path(notes, uuid.uuid4().hex).write_text(f"{wall} {used}")


def by_model(frame: DataFrame, output: Any) -> Answer:
    grouped = frame.groupBy("model").agg(F.count("*"), F.sum(F.length("text")), F.sum(output))
    return sorted((tuple(row) for row in grouped.collect()), key=str)


def with_source(spark: SparkSession, folder: Path, size: int) -> Answer:
    frame = spark.read.format("sluice").options(many="true", partitionBytes=size).load(str(folder))
    return by_model(frame, F.col("usage.output"))


def files_of(spark: SparkSession, folder: Path) -> DataFrame:
    paths = sorted(str(path) for path in folder.iterdir())
    return spark.createDataFrame([(path,) for path in paths], "path string").repartition(len(paths), "path")


def with_map(spark: SparkSession, folder: Path, notes: Path) -> Answer:
    read = sluice.spark.map_streams(many=True)

    def run(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return timed(str(notes), read(batches))

    return by_model(files_of(spark, folder).mapInArrow(run, sluice.spark.schema()), F.col("usage.output"))


def with_orjson(spark: SparkSession, folder: Path, notes: Path) -> Answer:
    def tables(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            for path in batch.column("path").to_pylist():
                yield from orjson_rows(Path(path).read_bytes()).to_batches()

    def run(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return timed(str(notes), tables(batches))

    return by_model(files_of(spark, folder).mapInArrow(run, SCHEMA), F.col("output"))


def in_one_process(folder: Path, threads: int) -> Answer:
    groups: dict[Any, list[int]] = {}
    for batch in sluice.read(folder, many=True, threads=threads).to_batches():
        table = pyarrow.table(
            {
                "model": batch["model"],
                "characters": pyarrow.compute.utf8_length(batch["text"]),
                "output": pyarrow.compute.struct_field(batch["usage"], "output"),
            }
        )
        grouped = table.group_by("model").aggregate([([], "count_all"), ("characters", "sum"), ("output", "sum")])
        for row in grouped.to_pylist():
            sums = groups.setdefault(row["model"], [0, 0, 0])
            for place, name in enumerate(("count_all", "characters_sum", "output_sum")):
                sums[place] += row[name] or 0
    return sorted(((model, *sums) for model, sums in groups.items()), key=str)


def orjson_in_one_process(folder: Path) -> Answer:
    groups: dict[Any, list[int]] = {}
    for path in sorted(folder.iterdir()):
        for row in orjson_rows(path.read_bytes()).to_pylist():
            sums = groups.setdefault(row["model"], [0, 0, 0])
            for place, count in enumerate((1, len(row["text"]), row["output"] or 0)):
                sums[place] += count
    return sorted(((model, *sums) for model, sums in groups.items()), key=str)


def task_seconds(events: Path, since: float) -> dict[str, float]:
    """What Spark's event log says of the tasks that began after a time."""
    import json

    sums = {"run": 0.0, "jvm": 0.0, "gc": 0.0, "start": 0.0, "tasks": 0.0}
    for file in events.rglob("*"):
        for line in file.read_text().splitlines() if file.is_file() else ():
            if '"SparkListenerTaskEnd"' not in line:
                continue
            event = json.loads(line)
            if event["Task Info"]["Launch Time"] < since * 1000:
                continue
            metrics = event["Task Metrics"]
            sums["tasks"] += 1
            sums["run"] += metrics["Executor Run Time"] / 1e3
            sums["jvm"] += metrics["Executor CPU Time"] / 1e9
            sums["gc"] += metrics["JVM GC Time"] / 1e3
            sums["start"] += metrics["Executor Deserialize Time"] / 1e3
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "events").mkdir()
        folder = work / "streams"
        folder.mkdir()
        data = (CORPORA / "openai-chat/stream.sse").read_bytes() * 25  # some 32 MB a file
        count = max(2, arguments.megabytes * 1_000_000 // len(data))
        for number in range(count):
            (folder / f"{number:04}.sse").write_bytes(data)
        size = count * len(data)
        print(f"{count} files, {size / 1e6:,.0f} MB; Spark {pyspark.__version__}, least of {arguments.rounds} rounds\n")
        begin = time.perf_counter()
        spark = session(os.environ["SLUICE_WHEEL"], work)
        spark.range(2, numPartitions=2).mapInArrow(lambda batches: batches, "id long").collect()
        print(f"Spark has started after {time.perf_counter() - begin:.1f} s, Python workers included\n")
        expected = in_one_process(folder, 2)

        notes = work / "notes"
        cases: dict[str, Any] = {
            "sluice.read, one process, 1 thread": lambda: in_one_process(folder, 1),
            "sluice.read, one process, 2 threads": lambda: in_one_process(folder, 2),
            "orjson, one process": lambda: orjson_in_one_process(folder),
            "Spark, data source sluice": lambda: with_source(spark, folder, len(data) + 1),
            "Spark, mapInArrow with sluice": lambda: with_map(spark, folder, notes),
            "Spark, mapInArrow with orjson": lambda: with_orjson(spark, folder, notes),
        }
        print(
            "| job | seconds | MB/s | tasks: seconds | parsing: seconds | parsing: processor | JVM: processor | tasks |"
        )
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for title, run in cases.items():
            best: tuple[float, float, list[float]] = (float("inf"), 0.0, [])
            for _ in range(arguments.rounds):
                notes.mkdir(exist_ok=True)
                for note in notes.iterdir():
                    note.unlink()
                begun, start = time.time(), time.perf_counter()
                answer = run()
                seconds = time.perf_counter() - start
                assert answer == expected, (title, answer, expected)
                read = [sum(float(note.read_text().split()[place]) for note in notes.iterdir()) for place in (0, 1)]
                if seconds < best[0]:
                    best = (seconds, begun, read)
            seconds, begun, read = best
            cells = ["", "", "", "", ""]
            if title.startswith("Spark"):
                time.sleep(1)  # the event log is written behind the job
                tasks = task_seconds_between(work / "events", begun, begun + seconds)
                cells = [f"{tasks['run']:.2f}", *([f"{s:.2f}" for s in read] if any(read) else ["", ""])]
                cells += [f"{tasks['jvm']:.2f}", f"{tasks['tasks']:.0f}"]
            print(f"| {title} | {seconds:.2f} | {size / seconds / 1e6:,.0f} | {' | '.join(cells)} |", flush=True)
        spark.stop()


def task_seconds_between(events: Path, begin: float, end: float) -> dict[str, float]:
    whole, behind = task_seconds(events, begin - 0.001), task_seconds(events, end + 0.001)
    return {name: whole[name] - behind[name] for name in whole}


if __name__ == "__main__":
    main()
