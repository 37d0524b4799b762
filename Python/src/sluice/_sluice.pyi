from collections.abc import Iterable
from typing import Any, Final, Literal, final

from _typeshed import structseq
from typing_extensions import Buffer, disjoint_base

from ._message import Message

_Kind = Literal[
    "text",
    "reasoning",
    "refusal",
    "tool_call",
    "tool_arguments",
    "finish",
    "usage",
    "error",
    "partial",
    "malformed",
    "detail",
    "payload",
]
_Origin = Literal["client", "custom", "server", "mcp", "approval", "unknown"]
_Status = Literal["complete", "finished", "truncated", "failed", "empty"]

version: str

def formats() -> list[str]: ...
def arrow_schema(*args: Any) -> object: ...
def arrow_stream(*args: Any) -> object: ...
def next_event(*args: Any) -> int: ...
@final
class Problem(structseq[Any], tuple[str, int, int, str, str]):
    __match_args__: Final = ("code", "offset", "event", "excerpt", "detail")
    @property
    def code(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def event(self) -> int: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def detail(self) -> str: ...

@final
class ServerError(structseq[Any], tuple[str | None, str | None, str, str | None, str | None, float | None]):
    __match_args__: Final = ("type", "code", "message", "param", "request_id", "retry_after")
    @property
    def type(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def message(self) -> str: ...
    @property
    def param(self) -> str | None: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def retry_after(self) -> float | None: ...

@final
class UnreadKind(structseq[Any], tuple[str, int, int, int]):
    __match_args__: Final = ("name", "count", "offset", "event")
    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...  # type: ignore[override]
    @property
    def offset(self) -> int: ...
    @property
    def event(self) -> int: ...

@final
class End(structseq[Any], tuple[_Status, int, int, int, int, int, int, bool, int, tuple[UnreadKind, ...]]):
    __match_args__: Final = (
        "status",
        "bytes",
        "frames",
        "deltas",
        "malformed_events",
        "missing_events",
        "ignored_lines",
        "ended_inside_event",
        "unread_events",
        "unread_kinds",
    )
    @property
    def status(self) -> _Status: ...
    @property
    def bytes(self) -> int: ...
    @property
    def frames(self) -> int: ...
    @property
    def deltas(self) -> int: ...
    @property
    def malformed_events(self) -> int: ...
    @property
    def missing_events(self) -> int: ...
    @property
    def ignored_lines(self) -> int: ...
    @property
    def ended_inside_event(self) -> bool: ...
    @property
    def unread_events(self) -> int: ...
    @property
    def unread_kinds(self) -> tuple[UnreadKind, ...]: ...

@final
class Delta:
    @property
    def kind(self) -> _Kind: ...
    @property
    def text(self) -> Any: ...  # str | None: which of them, the kind says
    @property
    def name(self) -> str | None: ...
    @property
    def choice(self) -> int | None: ...
    @property
    def tool(self) -> int | None: ...
    @property
    def block(self) -> int | None: ...
    @property
    def event_offset(self) -> int: ...
    @property
    def input_tokens(self) -> int | None: ...
    @property
    def output_tokens(self) -> int | None: ...
    @property
    def id(self) -> str | None: ...
    @property
    def origin(self) -> _Origin | None: ...
    @property
    def problem(self) -> Problem | None: ...
    @property
    def error(self) -> ServerError | None: ...
    @property
    def is_whole(self) -> bool: ...
    @property
    def is_json(self) -> bool: ...
    @property
    def is_tool_plan(self) -> bool: ...
    @property
    def is_tool_counted(self) -> bool: ...
    @property
    def is_continuation(self) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class Parser:
    def __init__(
        self,
        format: str | None = None,
        *,
        table: str | dict[str, Any] | None = None,
        kinds: Iterable[_Kind] | None = None,
        collect: bool = False,
        when_exceeded: Literal["skip", "fail"] | None = None,
        max_event_bytes: int | None = None,
        max_data_lines_per_event: int | None = None,
        max_event_name_bytes: int | None = None,
        max_id_bytes: int | None = None,
        max_nesting_depth: int | None = None,
        max_captures_per_event: int | None = None,
        max_choices: int | None = None,
        max_tool_calls: int | None = None,
        max_templates: int | None = None,
        max_answer_bytes: int | None = None,
    ) -> None: ...
    def feed(self, chunk: Buffer, /) -> list[Delta]: ...
    def finish(self) -> list[Delta]: ...
    @property
    def end(self) -> End: ...
    @property
    def format(self) -> str | None: ...
    @property
    def message(self) -> Message | None: ...
