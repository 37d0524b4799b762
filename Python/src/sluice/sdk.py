"""The chunks of a stream as objects of an official SDK, made by the SDK's own models.

::

    from openai.types.chat import ChatCompletionChunk

    for chunk in sluice.sdk.chunks(response, ChatCompletionChunk):
        print(chunk.choices[0].delta.content)

The framing, the detection of what is an event and of how the stream ends are Sluice's; the objects are those that the
SDK's own stream yields. Nothing of an SDK is imported: its types are given.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar, get_args

from ._errors import StreamError
from ._sluice import Delta, Parser
from ._sources import achunks as _achunks
from ._sources import chunks as _chunks

__all__ = ["achunks", "chunks"]

T = TypeVar("T")


def chunks(source: Any, type: type[T] | Any, format: str | None = None, *, check: bool = False) -> Iterator[T]:
    """Return the chunks of a source, as objects of `type`.

    `type` is a model (`openai.types.chat.ChatCompletionChunk`), or a union of models that their field `type` tells
    apart (`openai.types.responses.ResponseStreamEvent`, `anthropic.types.RawMessageStreamEvent`). Sources are those of
    `sluice.stream`. As with the SDKs, events of other types are passed over, and terminal markers are no chunks. An
    error in the stream, or an event that cannot be read, raises StreamError; so does with `check` a stream that is not
    complete.
    """
    reading = _Reading(type, format)
    for chunk in _chunks(source):
        yield from reading.made(reading.parser.feed(chunk))
    yield from reading.made(reading.parser.finish())
    reading.judge(check)


async def achunks(
    source: Any, type: type[T] | Any, format: str | None = None, *, check: bool = False
) -> AsyncIterator[T]:
    """As `chunks`, of the sources of `sluice.astream`."""
    reading = _Reading(type, format)
    async for chunk in _achunks(source):
        for made in reading.made(reading.parser.feed(chunk)):
            yield made
    for made in reading.made(reading.parser.finish()):
        yield made
    reading.judge(check)


class _Reading:
    def __init__(self, type: Any, format: str | None) -> None:
        self.parser = Parser(format, kinds=("payload", "error"))
        self._make = _maker(type)

    def made(self, deltas: list[Delta]) -> Iterator[Any]:
        """The chunks of the next deltas. All deltas of an event are in one list, an error's behind its payload."""
        failed = {delta.event_offset for delta in deltas if delta.kind != "payload"}
        for delta in deltas:
            if delta.kind != "payload":
                raise _failure(delta)
            if delta.is_json and delta.event_offset not in failed:
                made = self._make(json.loads(delta.text))
                if made is not None:
                    yield made

    def judge(self, check: bool) -> None:
        status = self.parser.end.status
        if check and status not in ("complete", "finished"):
            raise StreamError(f"the stream is not complete: it is {status}")


def _failure(delta: Delta) -> StreamError:
    if delta.problem is not None:
        return StreamError._of_problem(delta.problem, [])
    error = delta.error
    kind = error and (error.type or error.code)
    return StreamError("the stream carried an error: " + ": ".join(filter(None, (kind, delta.text))), deltas=[delta])


def _maker(type: Any) -> Callable[[dict[str, Any]], Any]:
    """What makes an object of a document; None for one that is none of a union."""
    if hasattr(type, "model_construct"):
        return _model_maker(type)
    makers: dict[str, Callable[[dict[str, Any]], Any]] = {}
    for member in get_args(get_args(type)[0] if hasattr(type, "__metadata__") else type):
        made = _model_maker(member)
        for name in get_args(member.model_fields["type"].annotation):
            makers[name] = made
    if not makers:
        raise TypeError(f"{type!r} is neither a model nor a union of models")

    def make(document: dict[str, Any]) -> Any:
        known = makers.get(document.get("type", ""))
        return known and known(document)

    return make


def _model_maker(model: Any) -> Callable[[dict[str, Any]], Any]:
    """Validation without conversions gives what the SDK's constructor gives, in a tenth of its time.

    It refuses what the model does not foresee, which the constructor takes as it is.
    """
    validate, construct = model.model_validate, model.model_construct

    def make(document: dict[str, Any]) -> Any:
        try:
            return validate(document, strict=True)
        except ValueError:  # pydantic's ValidationError is one
            return construct(**document)

    return make
