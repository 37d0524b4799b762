"""Spark reads what one process reads, on executors that have nothing but the wheel. Only with `--spark`.

pytest --spark=small    few files, for CI
pytest --spark=all      also 10,000 files, and one of 1 GB
"""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sluice
from conftest import CORPORA

pytest.importorskip("pyspark")

import pyarrow
import pyspark
import sluice.spark
from pyspark.sql import SparkSession

DONE = b"data: [DONE]\n\n"
#: Where executors find the wheel, relative to their folder.
SHIPPED = "shipped"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Two executors of a core each, with the wheel of SLUICE_WHEEL as an archive that Spark unpacks for them."""
    wheel = os.environ.get("SLUICE_WHEEL")
    assert wheel, "SLUICE_WHEEL is the wheel to ship; Python/run_spark_tests.sh builds it"
    archive = tmp_path_factory.mktemp("wheel") / "sluice.zip"  # Spark does not unpack a .whl
    shutil.copy(wheel, archive)
    os.environ.update(
        SPARK_HOME=str(Path(pyspark.__file__).parent), PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1"
    )
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.archives", f"{archive}#{SHIPPED}")
        .config("spark.executorEnv.PYTHONPATH", SHIPPED)
        .config("spark.executor.memory", "1g")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100000")
        .getOrCreate()
    )
    sluice.spark.register(session)
    folder = Path(os.environ["SPARK_HOME"]) / "work" / session.sparkContext.applicationId
    yield session
    session.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def is_small(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.option.spark == "small")


def read(spark: SparkSession, path: Path, **options: Any) -> pyarrow.Table:
    return spark.read.format("sluice").options(**options).load(str(path)).toArrow()


def check_same(found: pyarrow.Table, expected: pyarrow.Table) -> None:
    """Row by row, in the same order; Spark may say of other columns that they are nullable."""
    assert found.num_rows == expected.num_rows > 0
    assert found.schema.names == expected.schema.names
    for name in expected.schema.names:
        assert found[name].to_pylist() == expected[name].to_pylist(), name


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings with their times, files of one response, compressed ones, and bad ones."""
    made = tmp_path_factory.mktemp("streams")
    for path in CORPORA:
        (made / path.parent.name).mkdir()
        shutil.copy(path, made / path.parent.name)
        shutil.copy(path.parent / "stream.times", made / path.parent.name)
    data = CORPORA[5].read_bytes()
    for number, answer in enumerate(data.split(DONE)[:-1]):
        (made / f"answer{number}.sse").write_bytes(answer + DONE)
    packed = gzip.compress(data)
    bad = {"cut.sse": data[:5000], "cut.sse.gz": packed[:5000], "page.sse": b"<html>502</html>", "empty.sse": b""}
    for name, content in {"packed.sse.gz": packed, **bad}.items():
        (made / name).write_bytes(content)
    return made


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("rows", ["message", "delta"])
def test_rows_are_those_of_one_process(spark: SparkSession, folder: Path, rows: Any, many: bool) -> None:
    expected = sluice.read(folder, rows, many=many).to_table()
    for partition_bytes in (1 << 30, 300_000):
        found = read(spark, folder, rows=rows, many=str(many), partitionBytes=partition_bytes)
        check_same(found, expected)


def test_executors_have_the_wheel_and_nothing_else(spark: SparkSession) -> None:
    def where(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import sluice as shipped

        for _ in batches:
            yield pyarrow.RecordBatch.from_pydict({"file": [shipped.__file__]})

    found = spark.range(4, numPartitions=4).mapInArrow(where, "file string").collect()
    assert found
    for row in found:
        # Of the executor's folder, and not of the driver's packages.
        assert f"/{SHIPPED}/sluice/" in row.file and row.file != sluice.__file__


def test_bad_files_are_rows_with_their_error(spark: SparkSession, folder: Path) -> None:
    found = spark.read.format("sluice").load(str(folder)).where("error is not null or status <> 'complete'")
    seen = {Path(row.file).name: (row.status, row.error and row.error.code) for row in found.collect()}
    del seen["stream.sse"]
    assert seen == {
        "cut.sse": ("truncated", None),
        "cut.sse.gz": ("truncated", "truncated-gzip"),
        "empty.sse": ("empty", None),
        "page.sse": ("truncated", "not-a-stream"),
    }
    missing = spark.read.format("sluice").load(str(folder / "missing.sse")).collect()
    assert [(row.status, row.error.code) for row in missing] == [("unreadable", "not-found")]


def test_a_data_frame_of_paths_or_contents_is_mapped(spark: SparkSession, folder: Path) -> None:
    paths = sorted(str(path) for path in folder.glob("answer*.sse"))
    expected = sluice.read(paths).to_table()
    listed = spark.createDataFrame([(path,) for path in paths], "path string").coalesce(1)
    check_same(listed.mapInArrow(sluice.spark.map_streams(), sluice.spark.schema()).toArrow(), expected)
    binary = spark.read.format("binaryFile").load(str(folder / "answer*.sse")).select("path", "content")
    found = binary.mapInArrow(sluice.spark.map_streams(), sluice.spark.schema()).toArrow().sort_by("file")
    assert [name.removeprefix("file:") for name in found["file"].to_pylist()] == paths
    for name in ("text", "status", "usage", "calls", "id", "bytes"):
        assert found[name].to_pylist() == expected[name].to_pylist()


def test_columns_that_are_nested_can_be_asked_for(spark: SparkSession, folder: Path) -> None:
    spark.read.format("sluice").load(str(folder)).createOrReplaceTempView("answers")
    found = spark.sql("select sum(usage.all_output) total, sum(size(calls)) calls from answers").collect()[0]
    rows = sluice.read(folder).to_table().to_pylist()
    assert found.total == sum((row["usage"] or {}).get("all_output") or 0 for row in rows) > 0
    assert found.calls == sum(len(row["calls"]) for row in rows) > 0


def test_what_is_wrong_with_the_options_is_said_by_the_driver(spark: SparkSession, folder: Path) -> None:
    for options in ({"rows": "x"}, {"format": "x"}, {"partitionBytes": "0"}, {"colour": "red"}):
        with pytest.raises(Exception, match="rows must be|no format|partitionBytes must be|no option"):
            spark.read.format("sluice").options(**options).load(str(folder)).collect()


def executors(spark: SparkSession) -> list[int]:
    """The process ids of this application's executors."""
    name = spark.sparkContext.applicationId.encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and name in command:
            found.append(int(process.name))
    return found


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory, is_small: bool) -> Path:
    """One file of many responses: 1 GB, or 100 MB."""
    made = tmp_path_factory.mktemp("big") / "big.sse"
    data = CORPORA[5].read_bytes()
    with open(made, "wb") as file:
        for _ in range((100 if is_small else 1000) * 1_000_000 // len(data) + 1):
            file.write(data)
    return made


COLUMNS = ("file", "offset", "bytes", "status", "id", "text")


def test_a_big_file_is_split(spark: SparkSession, big: Path, is_small: bool) -> None:
    frame = spark.read.format("sluice").options(many="true", partitionBytes=16 << 20).load(str(big)).select(*COLUMNS)
    assert frame.rdd.getNumPartitions() >= (5 if is_small else 50)
    expected = sluice.read(big, many=True).to_table().select(COLUMNS)
    assert expected.num_rows >= (1800 if is_small else 18_000)
    check_same(frame.toArrow(), expected)


def test_an_executor_that_is_killed_loses_nothing(spark: SparkSession, big: Path) -> None:
    options = {"many": "true", "partitionBytes": 2 << 20, "rows": "delta"}
    frame = spark.read.format("sluice").options(**options).load(str(big)).groupBy("file", "offset").count()
    tracker = spark.sparkContext.statusTracker()
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(frame.collect)
        done = 0
        while done < 5 and not job.done():
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            done = sum(stage.numCompletedTasks for stage in stages if stage is not None and stage.numTasks > 10)
            time.sleep(0.02)
        victims = executors(spark)
        assert len(victims) == 2 and not job.done()
        os.kill(victims[0], signal.SIGKILL)
        found = {(row["file"], row["offset"]): row["count"] for row in job.result(timeout=300)}
    assert victims[0] not in executors(spark)
    counts = sluice.read(big, "delta", many=True).to_table().group_by(["file", "offset"]).aggregate([([], "count_all")])
    expected = {(row["file"], row["offset"]): row["count_all"] for row in counts.to_pylist()}
    assert found == expected and len(found) > 1800


def test_many_small_files(spark: SparkSession, tmp_path: Path, is_small: bool) -> None:
    answers = [answer + DONE for answer in CORPORA[5].read_bytes().split(DONE)[:-1]]
    for number in range(300 if is_small else 10_000):
        (tmp_path / f"{number % 100:02}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 100:02}" / f"{number}.sse").write_bytes(answers[number % len(answers)][-20_000:])
    found = spark.read.format("sluice").option("partitionBytes", 8 << 20).load(str(tmp_path)).select(*COLUMNS)
    check_same(found.toArrow(), sluice.read(tmp_path).to_table().select(COLUMNS))
