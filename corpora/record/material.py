"""Text that may be shipped: the project's own documents and sources, and the text of delta-done in several scripts.

It comes in tokens as a model would send them: a word with the space before it, or a newline.
"""

import re
from pathlib import Path

import server_delta_done

ROOT = Path(__file__).resolve().parent.parent.parent


def tokens(count: int) -> list[str]:
    """The first `count` tokens of the material; the joined tokens are the text."""
    documents = [server_delta_done.TEXT]
    for pattern in ("README.md", "docs/*.md", "Benchmarks/*.md", "Sources/**/*.swift", "Tests/**/*.swift"):
        documents += [path.read_text() for path in sorted(ROOT.glob(pattern))]
    found = re.findall(r"[^\S\n]*[^\s]{1,12}|[^\S\n]*\n|[^\S\n]+", "\n".join(documents))
    if len(found) < count:
        raise SystemExit(f"the material has {len(found)} tokens, fewer than the {count} asked for")
    return found[:count]
