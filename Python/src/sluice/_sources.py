"""Where the bytes of a stream come from. Responses are known by their attributes: no HTTP library is imported."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from ._errors import StreamError

READ_BYTES = 1 << 18
MOST_BODY_BYTES = 1 << 20


def chunks(source: Any) -> Iterable[bytes]:
    """Return the bytes of a source as they arrive; raises StreamError for a response whose status is an error."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return (source,)
    if isinstance(source, (str, os.PathLike)):
        return _file_chunks(source)
    _check_status(source)
    return _response_chunks(source)


def _status(source: Any) -> int | None:
    for name in ("status_code", "status"):
        status = getattr(source, name, None)
        if isinstance(status, int):
            return status
    return None


def _check_status(source: Any) -> None:
    status = _status(source)
    if status is not None and status >= 400:
        raise _refusal(status, _joined(_response_chunks(source)))


def _refusal(status: int, body: bytes) -> StreamError:
    shown = body[:200].decode("utf-8", "replace").strip()
    return StreamError(
        f"the server answered with status {status}" + (f": {shown}" if shown else ""), status=status, body=body
    )


def _joined(parts: Iterable[bytes]) -> bytes:
    body = b""
    for part in parts:
        body += part
        if len(body) >= MOST_BODY_BYTES:
            break
    return body[:MOST_BODY_BYTES]


def _file_chunks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    with open(path, "rb", buffering=0) as file:
        yield from _read_chunks(file)


def _response_chunks(source: Any) -> Iterable[bytes]:
    """The bytes of a response of httpx, requests or urllib3, of a file object, or of an iterable."""
    if hasattr(source, "iter_bytes"):  # httpx
        return source.iter_bytes()
    if hasattr(source, "iter_content"):  # requests
        if getattr(source, "_content_consumed", False):
            return (source.content,)
        return _response_chunks(source.raw)
    if hasattr(source, "read_chunked") and hasattr(source, "stream"):  # urllib3
        return source.stream(READ_BYTES, decode_content=True) if source.chunked else _urllib3_chunks(source)
    if hasattr(source, "__aiter__") or hasattr(getattr(source, "content", None), "iter_any"):
        raise TypeError("the source is asynchronous; use sluice.astream or sluice.acollect")
    if hasattr(source, "read"):
        return _read_chunks(source)
    return source


def _urllib3_chunks(response: Any) -> Iterator[bytes]:
    """A response with a length or until the connection ends: what has arrived, not as much as was asked for."""
    read = getattr(response, "read1", None)
    if read is None:  # urllib3 before 2.1
        yield from response.stream(512, decode_content=True)
        return
    while chunk := read(READ_BYTES, decode_content=True):
        yield chunk


def _read_chunks(file: Any) -> Iterator[bytes]:
    """A file object: what has arrived, where it can say so."""
    read = getattr(file, "read1", file.read)
    while chunk := read(READ_BYTES):
        yield chunk


async def achunks(source: Any) -> AsyncIterator[bytes]:
    """As `chunks`, of an asynchronous source."""
    content = _async_content(source)
    status = _status(source)
    if status is not None and status >= 400:
        parts: list[bytes] = []
        async for chunk in content:
            parts.append(chunk)
            if sum(map(len, parts)) >= MOST_BODY_BYTES:
                break
        raise _refusal(status, b"".join(parts)[:MOST_BODY_BYTES])
    async for chunk in content:
        yield chunk


def _async_content(source: Any) -> Any:
    if hasattr(source, "aiter_bytes"):  # httpx
        return source.aiter_bytes()
    content = getattr(source, "content", None)
    if hasattr(content, "iter_any"):  # aiohttp
        return content.iter_any()
    if hasattr(source, "__aiter__"):
        return source
    if hasattr(source, "iter_any"):  # aiohttp's content itself
        return source.iter_any()
    raise TypeError(f"{type(source).__name__} is no asynchronous source of bytes; use sluice.stream or sluice.collect")
