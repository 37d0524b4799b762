"""Token streams of language models: Server-Sent Events, NDJSON, JSON arrays and AWS event streams become deltas.

::

    import httpx
    import sluice

    with httpx.stream("POST", url, json=request) as response:
        for delta in sluice.stream(response):
            if delta.kind == "text":
                print(delta.text, end="")
"""

from ._errors import Error, StreamError, TableError
from ._incremental import IncrementalJSON
from ._message import Block, Choice, Detail, Message, ToolCall, Usage
from ._sluice import Delta, End, Parser, Problem, ServerError, UnreadKind, formats
from ._sluice import version as __version__
from ._streams import AsyncStream, Stream, acollect, astream, collect, stream
from ._tables import Table, read

__all__ = [
    "AsyncStream",
    "Block",
    "Choice",
    "Delta",
    "Detail",
    "End",
    "Error",
    "IncrementalJSON",
    "Message",
    "Parser",
    "Problem",
    "ServerError",
    "Stream",
    "StreamError",
    "Table",
    "TableError",
    "ToolCall",
    "UnreadKind",
    "Usage",
    "__version__",
    "acollect",
    "astream",
    "collect",
    "formats",
    "read",
    "stream",
]
