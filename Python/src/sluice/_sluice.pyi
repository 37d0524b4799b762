from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from typing_extensions import Buffer

from ._message import Message

Kind = Literal[
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
Origin = Literal["client", "custom", "server", "mcp", "approval", "unknown"]
Status = Literal["complete", "finished", "truncated", "failed", "empty"]

version: str

def formats() -> list[str]: ...

class Problem(NamedTuple):
    code: str
    offset: int
    event: int
    excerpt: str
    detail: str

class ServerError(NamedTuple):
    type: str | None
    code: str | None
    message: str
    param: str | None
    request_id: str | None
    retry_after: float | None

class UnreadKind(NamedTuple):
    name: str
    count: int
    offset: int
    event: int

class End(NamedTuple):
    status: Status
    bytes: int
    frames: int
    deltas: int
    malformed_events: int
    missing_events: int
    ignored_lines: int
    ended_inside_event: bool
    unread_events: int
    unread_kinds: tuple[UnreadKind, ...]

class Delta:
    @property
    def kind(self) -> Kind: ...
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
    def origin(self) -> Origin | None: ...
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

class Parser:
    def __init__(
        self,
        format: str | None = None,
        *,
        table: str | dict[str, Any] | None = None,
        kinds: Iterable[Kind] | None = None,
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
