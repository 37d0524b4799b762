"""The whole answer of a stream."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._sluice import Problem, ServerError, UnreadKind


@dataclass
class Detail:
    """What else is said of a block: a signature, a citation, the result of a tool."""

    #: The field's name, such as `signature`.
    name: str
    #: A str, or what the stream has as JSON.
    value: Any


@dataclass
class Block:
    """A part of an answer: a run of text, reasoning or refusal, or a tool call."""

    #: `text`, `reasoning`, `tool_plan`, `refusal`, `tool_call`, or `other`, which has nothing but details.
    kind: str
    #: The number that the stream gives the block; None if it gives none.
    number: int | None = None
    #: The provider's name for its type; None if the stream does not say.
    type: str | None = None
    #: Its text; None for tool calls and others.
    text: str | None = None
    #: The position in `Choice.tool_calls`; None for other kinds.
    tool_call: int | None = None
    details: list[Detail] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sluice collect` prints."""
        known: dict[str, Any] = {"kind": self.kind, "number": self.number, "type": self.type}
        if self.text is not None:
            known["text"] = self.text
        if self.tool_call is not None:
            known["tool_call"] = self.tool_call
        known["details"] = [{"name": detail.name, "value": detail.value} for detail in self.details]
        return known


@dataclass
class ToolCall:
    """A tool call."""

    #: The call's number in the stream, from 0; None if the stream does not number calls.
    index: int | None
    id: str | None
    name: str | None
    #: Who runs it: `client`, `custom`, `server`, `mcp` or `approval`.
    origin: str
    #: The arguments as text, usually JSON.
    arguments: str

    def json(self) -> Any:
        """Return the arguments as Python objects, `{}` if there are none; raises ValueError if they are not JSON."""
        return json.loads(self.arguments) if self.arguments.strip() else {}


@dataclass
class Choice:
    """One of n parallel completions."""

    text: str = ""
    reasoning: str = ""
    tool_plan: str = ""
    refusal: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    #: The provider's reason; None if there is none.
    finish_reason: str | None = None
    #: The parts of the answer, in order of arrival.
    blocks: list[Block] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sluice collect` prints."""
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "tool_plan": self.tool_plan,
            "refusal": self.refusal,
            "tool_calls": [vars(call).copy() for call in self.tool_calls],
            "finish_reason": self.finish_reason,
            "blocks": [block.to_dict() for block in self.blocks],
        }


@dataclass
class Usage:
    """Token counts; None for unknown ones."""

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    tool: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    #: All tokens of the request, cached ones included, for every provider.
    all_input: int | None = None
    #: All tokens that the model generated, reasoning included, for every provider.
    all_output: int | None = None

    def to_dict(self) -> dict[str, int | None]:
        """Return the object that `sluice collect` prints."""
        counts = {name: count for name, count in vars(self).items() if count is not None}
        return {"input": self.input, "output": self.output, **counts}


@dataclass
class Message:
    """The whole answer of a stream, as it would have been without streaming.

    ::

        message = sluice.collect(response)
        print(message.text, message.finish_reason, message.usage)
        for call in message.tool_calls:
            print(call.name, call.json())

    `text`, `reasoning`, `refusal`, `tool_calls` and `finish_reason` are those of the first choice.
    """

    #: The name of the format; None if it was not found.
    format: str | None
    #: `complete`, `finished` (no terminal marker), `truncated`, `failed` or `empty`.
    status: str
    #: The answers, by the number of their choice.
    choices: dict[int, Choice] = field(default_factory=dict)
    usage: Usage | None = None
    #: The error that the server sent in the stream.
    error: ServerError | None = None
    #: What the stream says of the whole answer: `response-id`, `model`, `created`, `usage`, ….
    details: dict[str, Any] = field(default_factory=dict)
    #: What a server that failed says it had sent until then.
    partial: str | None = None
    malformed_events: int = 0
    unread_events: int = 0
    unread_kinds: list[UnreadKind] = field(default_factory=list)
    #: Unreadable events and dropped deltas, the first 100 of them.
    problems: list[Problem] = field(default_factory=list)
    #: The path that was read; `-` for other sources.
    file: str = "-"

    @property
    def _first(self) -> Choice:
        return self.choices[min(self.choices)] if self.choices else Choice()

    @property
    def text(self) -> str:
        return self._first.text

    @property
    def reasoning(self) -> str:
        return self._first.reasoning

    @property
    def refusal(self) -> str:
        return self._first.refusal

    @property
    def tool_calls(self) -> list[ToolCall]:
        return self._first.tool_calls

    @property
    def finish_reason(self) -> str | None:
        return self._first.finish_reason

    @property
    def is_whole(self) -> bool:
        """Whether the stream was complete, or finished without a terminal marker."""
        return self.status in ("complete", "finished")

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sluice collect` prints."""
        known: dict[str, Any] = {
            "file": self.file,
            "format": self.format,
            "status": self.status,
            "choices": {str(number): choice.to_dict() for number, choice in self.choices.items()},
            "usage": self.usage.to_dict() if self.usage else None,
            "error": _named(self.error, _ERROR_NAMES) if self.error else None,
            "details": dict(self.details),
        }
        if self.partial is not None:
            known["partial"] = self.partial
        known["malformed_events"] = self.malformed_events
        known["unread_events"] = self.unread_events
        known["unread_kinds"] = [_named(kind, _UNREAD_NAMES) for kind in self.unread_kinds]
        return known


_ERROR_NAMES = ("type", "code", "message", "param", "request_id", "retry_after")
_UNREAD_NAMES = ("name", "count", "offset", "event")
_PROBLEM_NAMES = ("code", "offset", "event", "excerpt", "detail")
_USAGE_NAMES = {known.name for known in fields(Usage)}


def _named(value: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return dict(zip(names, value, strict=True))


def _block(known: dict[str, Any]) -> Block:
    known["details"] = [Detail(**detail) for detail in known["details"]]
    return Block(**known)


def _choice(known: dict[str, Any]) -> Choice:
    known["tool_calls"] = [ToolCall(**call) for call in known["tool_calls"]]
    known["blocks"] = [_block(block) for block in known["blocks"]]
    return Choice(**known)


def _of_json(text: str) -> Message:
    """Make a message of what the C library says of it."""
    from . import _sluice

    def values(make: Any, known: list[dict[str, Any]], names: tuple[str, ...]) -> list[Any]:
        return [make([item[name] for name in names]) for item in known]

    known = json.loads(text)
    known["choices"] = {int(number): _choice(choice) for number, choice in known["choices"].items()}
    if known["usage"] is not None:
        known["usage"] = Usage(**{name: count for name, count in known["usage"].items() if name in _USAGE_NAMES})
    if known["error"] is not None:
        known["error"] = values(_sluice.ServerError, [known["error"]], _ERROR_NAMES)[0]
    known["unread_kinds"] = values(_sluice.UnreadKind, known["unread_kinds"], _UNREAD_NAMES)
    known["problems"] = values(_sluice.Problem, known["problems"], _PROBLEM_NAMES)
    return Message(**known)
