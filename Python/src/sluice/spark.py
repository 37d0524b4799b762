"""Apache Spark: folders of recorded streams as data frames, with the rows of `sluice.read`.

::

    import sluice.spark

    sluice.spark.register(spark)
    answers = spark.read.format("sluice").load("/data/answers")
    answers.groupBy("model").sum("usage.all_output")

Needs Spark 4 with pyarrow, on executors too. Imported by nothing else in this package.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from . import _sluice
from ._tables import SUFFIXES, Item, Table, parts, walk, whole

__all__ = ["SluiceDataSource", "map_streams", "register", "schema"]

#: Bytes that one task reads, if `partitionBytes` does not say otherwise.
PARTITION_BYTES = 64 << 20
#: What it costs to open a file, in bytes that are read meanwhile.
OPEN_BYTES = 32 << 10
_BATCH_BYTES = 4 << 20

_LIMITS = (
    "max_event_bytes", "max_data_lines_per_event", "max_event_name_bytes", "max_id_bytes", "max_nesting_depth",
    "max_captures_per_event", "max_choices", "max_tool_calls", "max_templates", "max_answer_bytes",
)  # fmt: skip
#: Spark's names of options are those of `sluice.read` without underscores, and whatever their case.
_NAMES = {name.replace("_", ""): name for name in (*_LIMITS, "when_exceeded", "format", "table", "rows", "many")}
_OTHERS = {"path", "kinds", "suffixes", "partitionbytes"}


def register(spark: SparkSession) -> None:
    """Make `spark.read.format("sluice")` known to a session."""
    spark.dataSource.register(SluiceDataSource)


def arrow_schema(rows: str = "message") -> pyarrow.Schema:
    """Return the columns of a table, for pyarrow."""
    return Table([], rows, False, False, 1, _BATCH_BYTES, {}).schema


def schema(rows: str = "message") -> StructType:
    """Return the columns of a table, for Spark."""
    return from_arrow_schema(arrow_schema(rows))


def map_streams(rows: str = "message", *, many: bool = False, **options: Any) -> Callable[..., Iterator[Any]]:
    """Return a function for `mapInArrow` that reads the streams of a data frame.

    It has a column `path`, and those that Spark's `binaryFile` gives: then the streams are in `content`, and may be
    wherever Spark reads from::

        files = spark.read.format("binaryFile").load("s3a://bucket/answers")
        answers = files.select("path", "content").mapInArrow(sluice.spark.map_streams(), sluice.spark.schema())

    Without `content`, executors read the paths themselves. Options are those of `sluice.read`.
    """
    arrow_schema(rows)

    def read(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            paths = batch.column("path").to_pylist()
            if "content" in batch.schema.names:
                contents = batch.column("content")
                items = [_of_content(path, contents[row].as_py()) for row, path in enumerate(paths)]
            else:
                items = [whole(path) for path in paths]
            yield from Table(items, rows, many, False, 1, _BATCH_BYTES, options).to_batches()

    return read


def _of_content(path: str, content: bytes | None) -> Item:
    item = whole(path)
    return (item[0], None, content or b"", *item[3:])


class _Part(InputPartition):
    """The files that one task reads, or a part of one."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items


class _Reader(DataSourceReader):
    def __init__(self, options: Mapping[str, str]) -> None:
        paths, self.options, self.partition_bytes, self.suffixes = _parsed(options)
        self.paths = paths
        self.rows = self.options.pop("rows", "message")
        self.many = str(self.options.pop("many", "false")).lower() == "true"
        # What is wrong with the options is said on the driver.
        self._table([])

    def _table(self, items: list[Item]) -> Table:
        return Table(items, self.rows, self.many, False, 1, _BATCH_BYTES, self.options)

    def partitions(self) -> list[_Part]:
        items: list[tuple[Item, int]] = []
        for root in self.paths:
            for path in walk(root, self.suffixes):
                found = parts(path, self.partition_bytes) if self.many else [whole(path)]
                items += [(item, _bytes(item)) for item in found]
        grouped: list[_Part] = []
        room = 0
        for item, size in items:
            if not grouped or size + OPEN_BYTES > room:
                grouped.append(_Part([]))
                room = self.partition_bytes
            grouped[-1].items.append(item)
            room -= size + OPEN_BYTES
        return grouped

    def read(self, partition: Any) -> Iterator[pyarrow.RecordBatch]:
        if partition is not None:  # Spark reads a partition even where there is none
            yield from self._table(partition.items).to_batches()


class SluiceDataSource(DataSource):
    """Recorded streams: `spark.read.format("sluice").option("rows", "delta").load(folder)`.

    Options: `rows` (`message` or `delta`), `many`, `format`, `table`, `kinds` and `suffixes` (separated by commas),
    `partitionBytes`, `whenExceeded` and the limits (`maxEventBytes`, …). Paths are those of a file system that all
    executors have. With `many`, files are split where events begin, at about `partitionBytes`.
    """

    @classmethod
    def name(cls) -> str:
        return "sluice"

    def schema(self) -> StructType:
        return schema(self.options.get("rows", "message"))

    def reader(self, schema: StructType) -> _Reader:
        return _Reader(self.options)


def _bytes(item: Item) -> int:
    """The bytes of a part, about."""
    name = item[1]
    try:
        size = os.path.getsize(name) if name is not None else 0
    except OSError:
        return 0
    return max(0, min(item[4], size) - item[3])


def _parsed(options: Mapping[str, str]) -> tuple[list[str], dict[str, Any], int, list[str]]:
    """The paths, the options of a table, the bytes of a partition, and the names of streams."""
    known: dict[str, Any] = {}
    for key, value in options.items():
        name = _NAMES.get(key.lower())
        if name in _LIMITS:
            known[name] = int(value)
        elif name is not None:
            known[name] = value
        elif key.lower() not in _OTHERS:
            raise ValueError(f"there is no option '{key}'; sluice.spark.SluiceDataSource has them")
    if kinds := options.get("kinds"):
        known["kinds"] = [kind.strip() for kind in kinds.split(",")]
    path = options.get("path")
    if not path:
        raise ValueError("there is no path: load(path)")
    partition_bytes = int(options.get("partitionBytes") or options.get("partitionbytes") or PARTITION_BYTES)
    if partition_bytes < 1:
        raise ValueError(f"partitionBytes must be 1 or more, and is {partition_bytes}")
    suffixes = [suffix.strip() for suffix in options.get("suffixes", ",".join(SUFFIXES)).split(",")]
    return [_local(path)], known, partition_bytes, suffixes


def _local(path: str) -> str:
    return path.removeprefix("file://") if path.startswith("file:///") else path.removeprefix("file:")


# Executors that have no extension module say so when they load this module, not in the midst of a job.
assert _sluice.version
