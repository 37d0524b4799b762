"""Recorded streams as tables of the Arrow PyCapsule interface. No Arrow library is imported unless one is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from . import _sluice

if TYPE_CHECKING:
    import pyarrow

#: What the names of streams in a folder end with; `.gz` and `.zst` may follow.
SUFFIXES = (".sse", ".ndjson", ".jsonl", ".json", ".aws", ".bin")
_PACKED = (".gz", ".zst")
#: Files of as many bytes are read by one thread in a row, and parts of larger ones where there are many responses.
_TASK_BYTES = 16 << 20
_PART_BYTES = 64 << 20
_END = (1 << 63) - 1

Source = "str | os.PathLike[str] | bytes | bytearray | memoryview"
Item = tuple[bytes, "bytes | None", "bytes | None", int, int]


class Table:
    """Rows that are read when a library asks for them; made by `sluice.read`.

    pyarrow, polars, pandas and DuckDB take it as it is, as does every library that knows `__arrow_c_stream__`. Each
    reads the files anew.
    """

    def __init__(
        self,
        items: list[Item],
        rows: str,
        many: bool,
        check: bool,
        threads: int,
        batch_bytes: int,
        options: dict[str, Any],
    ) -> None:
        self._items = items
        self._rows = rows
        self._arguments = (many, check, threads, batch_bytes, _TASK_BYTES, options)
        # What is wrong with the options is said now, and not when the table is read.
        _sluice.arrow_schema(rows)
        _sluice.arrow_stream(rows, [], *self._arguments)

    def __arrow_c_schema__(self) -> object:
        return _sluice.arrow_schema(self._rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        # A schema that is asked for may be ignored, and the consumer then casts.
        return _sluice.arrow_stream(self._rows, self._items, *self._arguments)

    @property
    def schema(self) -> pyarrow.Schema:
        """The columns, for pyarrow."""
        import pyarrow

        return pyarrow.schema(self)

    def to_reader(self) -> pyarrow.RecordBatchReader:
        """Return the batches, which are read one after the other; needs pyarrow."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_stream(self)

    def to_batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Return the batches, which are read one after the other; needs pyarrow."""
        return iter(self.to_reader())

    def to_table(self) -> pyarrow.Table:
        """Return all rows in memory; needs pyarrow."""
        return self.to_reader().read_all()


def read(
    sources: Any,
    rows: Literal["message", "delta"] = "message",
    *,
    format: str | None = None,
    many: bool = False,
    check: bool = False,
    threads: int | None = None,
    suffixes: Iterable[str] = SUFFIXES,
    batch_bytes: int = 4 << 20,
    **options: Any,
) -> Table:
    """Return recorded streams as a table, with a row a message or a row a delta::

        table = sluice.read("answers/").to_table()           # pyarrow
        frame = polars.from_arrow(sluice.read("answers/"))
        duckdb.sql("select model, sum(usage.all_output) from answers group by all")  # answers = sluice.read(…)

    `sources` is a path, bytes, or an iterable of them. Folders are walked in the order of their names; files in them
    are read if their names end with one of `suffixes`, also compressed (`.gz`, `.zst`). Files are one response each,
    or with `many` any number, one after the other; the row's `offset` is where it begins. What cannot be read is a row
    with its error, unless `check` is given: then a row whose status is not `complete` or `finished` is an error.

    `threads` read at once, by default as many as there are processors; the rows and their order do not depend on it.
    `batch_bytes` is about the size of a batch. Other options are those of `Parser`; `kinds` selects rows of deltas.
    """
    if options.pop("collect", False):
        raise TypeError("collect does not apply: rows='message' collects")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be 1 or more, and is {threads}")
    items: list[Item] = []
    for source in _each(sources):
        if isinstance(source, (str, os.PathLike)):
            for path in walk(os.fspath(source), suffixes):
                items += parts(path) if many else [whole(path)]
        elif isinstance(source, (bytes, bytearray, memoryview)):
            items.append((b"-", None, bytes(source), 0, _END))
        else:
            raise TypeError(f"a source must be a path or bytes, and is a {type(source).__name__}")
    count = threads or len(os.sched_getaffinity(0))
    return Table(items, rows, many, check, count, batch_bytes, {"format": format, **options})


def _each(sources: Any) -> Iterable[Any]:
    is_one = isinstance(sources, (str, os.PathLike, bytes, bytearray, memoryview))
    return (sources,) if is_one else sources


def walk(path: str, suffixes: Iterable[str] = SUFFIXES) -> Iterator[str]:
    """Return the streams of a folder, sorted; what is no folder is returned as it is, whether it is there or not."""
    if not os.path.isdir(path):
        yield path
        return
    known = tuple(suffix + packed for suffix in suffixes for packed in ("", *_PACKED))
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            if name.endswith(known):
                yield os.path.join(folder, name)


def whole(path: str) -> Item:
    """Return a file as an item to read."""
    return _part(path, 0, _END)


def _part(path: str, start: int, end: int) -> Item:
    return (path.encode("utf-8", "replace"), os.fsencode(path), None, start, end)


def parts(path: str, part_bytes: int = _PART_BYTES) -> list[Item]:
    """Return a file of many responses in parts that can be read independently, cut where events begin.

    Compressed files, and framings that are not of lines, are one part.
    """
    try:
        size = os.path.getsize(path)
    except OSError:
        size = 0
    name = os.path.basename(path)
    is_recording = name.startswith("stream.") and os.path.exists(os.path.join(os.path.dirname(path), "stream.times"))
    if size <= part_bytes or is_recording or name.endswith(_PACKED):
        return [whole(path)]
    cuts = [0]
    for part in range(1, -(-size // part_bytes)):
        cut = _sluice.next_event(os.fsencode(path), part * part_bytes)
        if cut > cuts[-1] and cut < size:
            cuts.append(cut)
    return [_part(path, start, end) for start, end in zip(cuts, [*cuts[1:], _END], strict=True)]
