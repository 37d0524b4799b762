"""One JSON document that arrives in pieces.

The value is built of Python's own lists and dicts, in place: each character is looked at once. Only an unfinished
string, number, literal or escape is held back, since Python's strings cannot grow.
"""

from __future__ import annotations

import re
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER_PART = re.compile(r"[-+.0-9eE]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_LITERALS = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_REPLACEMENT = "\ufffd"

# What may come next.
_VALUE, _VALUE_OR_END, _KEY_OR_END, _KEY, _COLON, _COMMA_OR_END, _DONE, _STRING, _NUMERIC, _LITERAL, _FAILED = range(11)
_ENDS = {_VALUE_OR_END: "]", _KEY_OR_END: "}"}


class IncrementalJSON:
    """Parses one JSON document piece by piece; after each piece `value` holds everything received so far.

    Use it for a tool call's arguments and for structured output::

        arguments = sluice.IncrementalJSON()
        arguments.feed('{"city":"Par')
        assert arguments.value == {"city": "Par"}
        arguments.feed('is","days":3')
        assert arguments.value == {"city": "Paris"}  # more digits may come
        arguments.feed("0}")
        assert arguments.value == {"city": "Paris", "days": 30} and arguments.is_complete

    A member is there after its key has ended and its value has begun, a string from its opening quote on; numbers,
    `true`, `false` and `null` after they have ended. The document is strict JSON (RFC 8259). If a key is repeated, the
    last value counts. An unpaired surrogate becomes U+FFFD. At most `max_nesting_depth` brackets are open at once.
    """

    def __init__(self, *, max_nesting_depth: int = 1024) -> None:
        self._most = max_nesting_depth
        self._state = _VALUE
        self._root: Any = None
        self._open: list[Any] = []
        #: For each open dict the key of its last member; for each open list None.
        self._keys: list[Any] = []
        self._is_key = False
        self._parts: list[str] = []
        self._held = ""
        self._literal: tuple[str, Any] = ("", None)
        self._count = 0

    @property
    def value(self) -> Any:
        """The value so far; None before its first character.

        A list or dict is the same object until the end, and grows. A string that has not ended is put together anew
        for each call.
        """
        if self._state == _STRING and not self._is_key:
            self._place(self._joined())
        return self._root

    @property
    def is_complete(self) -> bool:
        """Whether the document has ended. One that is a number ends only with `finish`."""
        return self._state == _DONE

    def feed(self, text: str) -> None:
        """Parse the next piece, which may be cut anywhere; raises ValueError if it is not JSON."""
        if self._state == _FAILED:
            raise ValueError("the document was not JSON; create an IncrementalJSON for the next one")
        self._count -= len(self._held)
        text = self._held + text
        self._held = ""
        at = 0
        while at < len(text):
            at = self._step(text, at)
        self._count += len(text)

    def finish(self) -> Any:
        """End the document, and return its value; raises ValueError if it is not complete."""
        if self._state == _NUMERIC and not self._open:
            self._end_number(self._count)
        if self._state != _DONE:
            raise ValueError(f"the document ended after {self._count} characters, before its value did")
        return self._root

    # Steps: each reads one token, or a part of it, and returns where the next begins.

    def _step(self, text: str, at: int) -> int:
        if self._state == _STRING:
            return self._string(text, at)
        if self._state == _NUMERIC:
            end = _NUMBER_PART.match(text, at).end()  # type: ignore[union-attr]
            self._parts.append(text[at:end])
            if end < len(text):
                self._end_number(self._count + end)
            return end
        if self._state == _LITERAL:
            return self._word(text, at)
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        return at if at == len(text) else self._token(text, at)

    def _token(self, text: str, at: int) -> int:
        char = text[at]
        state = self._state
        if state == _COMMA_OR_END:
            is_dict = isinstance(self._open[-1], dict)
            if char == ",":
                self._state = _KEY if is_dict else _VALUE
            elif char == ("}" if is_dict else "]"):
                self._close()
            else:
                self._fail(char, at)
        elif char == _ENDS.get(state):
            self._close()
        elif state in (_KEY, _KEY_OR_END):
            if char != '"':
                self._fail(char, at)
            self._state, self._is_key, self._parts = _STRING, True, []
        elif state == _COLON:
            if char != ":":
                self._fail(char, at)
            self._state = _VALUE
        elif state == _DONE:
            self._fail(char, at)
        else:
            return self._begin(text, at)
        return at + 1

    def _begin(self, text: str, at: int) -> int:
        """The first character of a value."""
        char = text[at]
        if char == '"':
            self._put("")
            self._state, self._is_key, self._parts = _STRING, False, []
        elif char in "[{":
            if len(self._open) >= self._most:
                self._fail(char, at, f"more than {self._most} brackets are open")
            container: Any = {} if char == "{" else []
            self._put(container)
            self._open.append(container)
            self._keys.append(None)
            self._state = _KEY_OR_END if char == "{" else _VALUE_OR_END
        elif char in _LITERALS:
            self._state, self._literal, self._parts = _LITERAL, _LITERALS[char], []
            return at
        elif char == "-" or "0" <= char <= "9":
            self._state, self._parts = _NUMERIC, []
            return at
        else:
            self._fail(char, at)
        return at + 1

    def _string(self, text: str, at: int) -> int:
        end = _PLAIN.match(text, at).end()  # type: ignore[union-attr]
        if end > at:
            self._parts.append(text[at:end])
        if end == len(text):
            return end
        if text[end] == '"':
            self._end_string()
            return end + 1
        if text[end] != "\\":
            self._fail(text[end], end, "a control character is in a string")
        return self._escape(text, end)

    def _escape(self, text: str, at: int) -> int:
        """An escape; it is held if it may go on in the next piece."""
        kind = text[at + 1 : at + 2]
        if kind in _ESCAPES and kind:
            self._parts.append(_ESCAPES[kind])
            return at + 2
        if kind not in ("", "u"):
            self._fail(kind, at + 1, "an escape is unknown")
        unit = self._unit(text, at)
        if unit is None:
            return self._hold(text, at)
        if not 0xD800 <= unit < 0xDC00:
            self._parts.append(_REPLACEMENT if 0xDC00 <= unit < 0xE000 else chr(unit))
            return at + 6
        if "\\u".startswith(text[at + 6 : at + 8]) and len(text) < at + 12:
            if self._unit(text, at + 6) is None:
                return self._hold(text, at)
        low = self._unit(text, at + 6) if text.startswith("\\u", at + 6) else 0
        if low is None or not 0xDC00 <= low < 0xE000:
            self._parts.append(_REPLACEMENT)
            return at + 6
        self._parts.append(chr(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00))
        return at + 12

    def _unit(self, text: str, at: int) -> int | None:
        r"""The number of a `\u` escape; None if it is cut."""
        digits = text[at + 2 : at + 6]
        if _HEX.fullmatch(digits):
            return int(digits, 16)
        if not _HEX.fullmatch(digits.ljust(4, "0")):
            self._fail(digits, at + 2, "an escape has no four hexadecimal digits")
        return None

    def _hold(self, text: str, at: int) -> int:
        self._held = text[at:]
        return len(text)

    def _word(self, text: str, at: int) -> int:
        word, value = self._literal
        done = sum(map(len, self._parts))
        part = text[at : at + len(word) - done]
        if not word.startswith(part, done):
            self._fail(part, at)
        self._parts.append(part)
        if done + len(part) == len(word):
            self._put(value)
            self._end()
        return at + len(part)

    # Values.

    def _end_number(self, at: int) -> None:
        digits = "".join(self._parts)
        found = _NUMBER.fullmatch(digits)
        if found is None:
            self._fail(digits[:20], at - self._count, "a number is not that of JSON")
        self._put(float(digits) if found and (found[1] or found[2]) else int(digits))
        self._end()

    def _joined(self) -> str:
        self._parts = ["".join(self._parts)]
        return self._parts[0]

    def _end_string(self) -> None:
        if self._is_key:
            self._keys[-1] = self._joined()
            self._state = _COLON
        else:
            self._place(self._joined())
            self._end()

    def _put(self, value: Any) -> None:
        """Begin a value."""
        if self._open and isinstance(self._open[-1], list):
            self._open[-1].append(value)
        else:
            self._place(value)

    def _place(self, value: Any) -> None:
        """Replace the last value."""
        if not self._open:
            self._root = value
        elif isinstance(self._open[-1], list):
            self._open[-1][-1] = value
        else:
            self._open[-1][self._keys[-1]] = value

    def _close(self) -> None:
        self._open.pop()
        self._keys.pop()
        self._end()

    def _end(self) -> None:
        self._state = _COMMA_OR_END if self._open else _DONE

    def _fail(self, found: str, at: int, why: str = "it is not JSON") -> None:
        self._state = _FAILED
        raise ValueError(f"{found!r} at character {self._count + at}: {why}")
