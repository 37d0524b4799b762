"""Exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._message import Message
    from ._sluice import Delta, Problem


class Error(Exception):
    """The base of all exceptions of Sluice."""


class TableError(Error, ValueError):
    """The table of a custom format cannot be read; the message says what was found."""


class StreamError(Error):
    """A stream cannot be read, is not complete, or its response has an HTTP status of an error.

    Attributes that do not apply are None::

        try:
            message = sluice.collect(response, check=True)
        except sluice.StreamError as error:
            print(error, error.partial.text if error.partial else "")
    """

    #: What is wrong, in one sentence.
    message: str
    #: The answer until then, of `collect` and of streams that are checked.
    partial: Message | None
    #: The HTTP status of the response, if it is that of an error.
    status: int | None
    #: The body of such a response.
    body: bytes | None
    #: Where and why a stream could not be read further.
    problem: Problem | None
    #: The deltas of the last chunk in front of the problem.
    deltas: list[Delta]

    def __init__(
        self,
        message: str,
        *,
        partial: Message | None = None,
        status: int | None = None,
        body: bytes | None = None,
        problem: Problem | None = None,
        deltas: list[Delta] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.partial = partial
        self.status = status
        self.body = body
        self.problem = problem
        self.deltas = deltas or []

    @classmethod
    def _of_problem(cls, problem: Any, deltas: list[Delta]) -> StreamError:
        place = f"at byte {problem.offset}, event {problem.event}"
        found = f": {problem.excerpt}" if problem.excerpt else ""
        return cls(f"{problem.code} {place}: {problem.detail}{found}", problem=problem, deltas=deltas)
