"""Streams: the deltas of a source."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Any

from . import _sources
from ._errors import StreamError
from ._message import Message
from ._sluice import Delta, End, Parser


class _Reading:
    """What both kinds of streams have."""

    #: The stream's parser.
    parser: Parser

    def __init__(self, source: Any, format: str | None, check: bool, options: dict[str, Any]) -> None:
        self._source = source
        self._check = check
        self.parser = Parser(format, **options, collect=check)

    @property
    def end(self) -> End:
        """The status and counts of the stream so far."""
        return self.parser.end

    @property
    def format(self) -> str | None:
        """The name of the stream's format; None until it is known."""
        return self.parser.format

    def _judge(self) -> None:
        message = self.parser.message
        if message is not None:
            check_message(message)


class Stream(_Reading):
    """The deltas of a source; made by `sluice.stream`."""

    def __init__(self, source: Any, format: str | None, check: bool, options: dict[str, Any]) -> None:
        super().__init__(source, format, check, options)
        # No Python code runs between two deltas of a chunk.
        self._deltas = chain.from_iterable(self._read())

    def __iter__(self) -> Iterator[Delta]:
        return self._deltas

    def __next__(self) -> Delta:
        return next(self._deltas)

    def _read(self) -> Iterator[list[Delta]]:
        """The deltas of each chunk."""
        feed = self.parser.feed
        try:
            for chunk in _sources.chunks(self._source):
                yield feed(chunk)
            yield self.parser.finish()
        except StreamError as error:
            yield error.deltas
            error.partial = self.parser.message
            raise
        self._judge()


class AsyncStream(_Reading):
    """The deltas of an asynchronous source; made by `sluice.astream`."""

    def __init__(self, source: Any, format: str | None, check: bool, options: dict[str, Any]) -> None:
        super().__init__(source, format, check, options)
        self._deltas = self._read()

    def __aiter__(self) -> AsyncIterator[Delta]:
        return self._deltas

    def __anext__(self) -> Any:
        return self._deltas.__anext__()

    async def _read(self) -> AsyncIterator[Delta]:
        feed = self.parser.feed
        try:
            async for chunk in _sources.achunks(self._source):
                for delta in feed(chunk):
                    yield delta
            for delta in self.parser.finish():
                yield delta
        except StreamError as error:
            for delta in error.deltas:
                yield delta
            error.partial = self.parser.message
            raise
        self._judge()


def stream(source: Any, format: str | None = None, *, check: bool = False, **options: Any) -> Stream:
    """Return the deltas of a source, as they arrive.

    `source` is an iterable of bytes, a response of httpx, requests, urllib3 or urllib.request, a file object, a path,
    or bytes::

        with httpx.stream("POST", url, json=request) as response:
            for delta in sluice.stream(response):
                if delta.kind == "text":
                    print(delta.text, end="")

    Raises StreamError for a response with an HTTP status of 400 or more, for what cannot be read, and with `check` at
    the end of a stream that is not complete or carried an error. Other options are those of `Parser`.
    """
    return Stream(source, format, check, options)


def astream(source: Any, format: str | None = None, *, check: bool = False, **options: Any) -> AsyncStream:
    """As `stream`, of an asynchronous iterable of bytes, or an asynchronous response of httpx or aiohttp::

    async with client.stream("POST", url, json=request) as response:
        async for delta in sluice.astream(response):
            if delta.kind == "text":
                print(delta.text, end="")
    """
    return AsyncStream(source, format, check, options)


def collect(source: Any, format: str | None = None, *, check: bool = False, **options: Any) -> Message:
    """Return the whole answer of a source, as it would have been without streaming::

        message = sluice.collect("answer.sse")
        print(message.text, message.usage)

    Sources are those of `stream`. Raises StreamError for a response with an HTTP status of 400 or more and for what
    cannot be read, and with `check` for a stream that is not complete or carried an error; its `partial` is the answer
    until then.
    """
    parser = Parser(format, **options, kinds=(), collect=True)
    try:
        for chunk in _sources.chunks(source):
            parser.feed(chunk)
        parser.finish()
    except StreamError as error:
        if error.status is None:
            error.partial = _named(parser, source)
        raise
    return _checked(_named(parser, source), check)


async def acollect(source: Any, format: str | None = None, *, check: bool = False, **options: Any) -> Message:
    """As `collect`, of the sources of `astream`."""
    parser = Parser(format, **options, kinds=(), collect=True)
    try:
        async for chunk in _sources.achunks(source):
            parser.feed(chunk)
        parser.finish()
    except StreamError as error:
        if error.status is None:
            error.partial = _named(parser, source)
        raise
    return _checked(_named(parser, source), check)


def _named(parser: Parser, source: Any) -> Message:
    message = parser.message
    assert message is not None
    if isinstance(source, (str, os.PathLike)):
        message.file = os.fsdecode(source)
    return message


def _checked(message: Message, check: bool) -> Message:
    if check:
        check_message(message)
    return message


def check_message(message: Message) -> None:
    """Raise StreamError unless the stream was complete, or finished without a terminal marker."""
    if message.is_whole:
        return
    error = message.error
    if message.status == "failed" and error is not None:
        kind = error.type or error.code
        found = "the stream carried an error: " + ": ".join(filter(None, (kind, error.message)))
    elif message.status == "empty":
        found = "the stream is empty: nothing came but keep-alives or terminal markers"
    else:
        found = "the stream ended without its terminal marker (truncated)"
    raise StreamError(found, partial=message)
