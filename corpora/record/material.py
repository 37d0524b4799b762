"""Text that may be shipped: the project's own documents and sources, and a text of several scripts, cut into responses.

It comes in tokens as a model would send them: a word with the space before it, or a newline.
"""

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import scripts_text

ROOT = Path(__file__).resolve().parent.parent.parent


class Response(NamedTuple):
    """What a server means to send; reasoning comes before the text, a call's arguments after it."""

    text: list[str]
    reasoning: list[str] = []
    arguments: list[str] = []
    fails: bool = False


class Size(NamedTuple):
    """How many tokens a recording has, and between how many and how many a response."""

    tokens: int
    shortest: int
    longest: int


SIZES = {
    "openai-chat": Size(4_400, 40, 400),
    "openai-completions": Size(5_000, 40, 400),
    "openai-responses": Size(5_000, 40, 400),
    "anthropic-messages": Size(9_000, 40, 400),
    "gemini-generate": Size(6_800, 40, 400),
    "delta-done": Size(13_500, 1_500, 2_500),
    "text-field": Size(48_000, 200, 2_000),
    "raw-text": Size(70_000, 200, 2_000),
    "ollama-generate": Size(11_500, 40, 400),
    "ollama-chat": Size(8_500, 40, 400),
}
# Only these routes carry reasoning and tool calls; every eighth response has the one or the other.
WITH_REASONING = ("openai-chat", "anthropic-messages")
WITH_TOOLS = ("openai-chat", "openai-responses", "anthropic-messages")


@cache
def tokens() -> list[str]:
    documents = [scripts_text.TEXT]
    for pattern in ("README.md", "docs/*.md", "Benchmarks/*.md", "Sources/**/*.swift", "Tests/**/*.swift"):
        documents += [path.read_text() for path in sorted(ROOT.glob(pattern))]
    return re.findall(r"[^\S\n]*[^\s]{1,12}|[^\S\n]*\n|[^\S\n]+", "\n".join(documents))


@cache
def responses(name: str) -> list[Response]:
    """The responses of one recording, the same at every call."""
    size = SIZES[name]
    draw = random.Random(name)
    material = tokens()
    if name not in ("text-field", "ollama-generate", "ollama-chat"):
        # LiteLLM drops a chunk whose text holds the marker, and raw text cannot tell it from the end.
        material = [token for token in material if "[DONE]" not in token]
    found: list[Response] = []
    start = draw.randrange(len(material) - size.tokens) if len(material) > size.tokens else 0
    end = start + size.tokens
    # The text of several scripts comes first in each recording.
    text = material[:600] + material[start:end]
    while text:
        count = draw.randint(size.shortest, size.longest)
        piece, text = text[:count], text[count:]
        number = len(found)
        reasoning = piece[: len(piece) // 3] if number % 8 == 3 and name in WITH_REASONING else []
        arguments = call_arguments(piece) if number % 8 == 6 and name in WITH_TOOLS else []
        found.append(Response(piece[len(reasoning):] if not arguments else [], reasoning, arguments))
    if name == "delta-done":
        found.insert(2, Response(material[:80], fails=True))
    return found


def call_arguments(piece: list[str]) -> list[str]:
    """The JSON of a call's arguments in pieces of a few characters, as models send them."""
    text = json.dumps({"query": "".join(piece[:30]), "limit": 10, "exact": True}, ensure_ascii=False)
    return re.findall(r"(?s).{1,5}", text)
