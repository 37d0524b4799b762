"""The package itself: warnings of compilers, type hints, what the examples print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest
import sluice

ROOT = Path(__file__).resolve().parents[1]
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wno-cast-function-type", "-Wshadow", "-Wstrict-prototypes", "-Werror"]
HEADERS = [f"-I{sysconfig.get_path('include')}", f"-I{ROOT.parent / 'Sources/CSluice/include'}"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("source", sorted(path.name for path in (ROOT / "csrc").glob("*.c")))
def test_compilers_have_nothing_to_say(compiler: str, source: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not there")
    command = [compiler, "-O1", "-fsyntax-only", *WARNINGS, *HEADERS, ROOT / "csrc" / source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_type_hints_are_those_of_the_module() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", "sluice._sluice"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_typed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sluice\n"
        "for delta in sluice.stream([b'']):\n"
        "    count: int | None = delta.input_tokens\n"
        "name: str | None = sluice.collect('x').tool_calls[0].name\n"
        "wrong: int = sluice.collect('x').text\n"
    )
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", program], capture_output=True, text=True)
    assert re.findall(r":(\d+): error: .*\[(.*)\]", done.stdout) == [("5", "assignment")], done.stdout + done.stderr


def test_versions_agree() -> None:
    header = (ROOT.parent / "Sources/CSluice/include/sluice.h").read_text()
    assert f'#define SLUICE_VERSION "{sluice.__version__}"' in header


@pytest.mark.parametrize("document", ["README.md", "../README.md"])
def test_examples_print_what_they_say(
    document: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Examples in Python run, with a server that answers each request with a stream; asynchronous ones are compiled."""
    event = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=event + b"data: [DONE]\n\n")

    def stream(*arguments: object, **options: object) -> object:
        return httpx.Client(transport=httpx.MockTransport(answer)).stream("POST", "http://x/")

    monkeypatch.setattr(httpx, "stream", stream)
    monkeypatch.chdir(ROOT.parent)
    examples = re.findall(r"^```python\n(.*?)^```$", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        code = compile(example, document, "exec", flags=8192)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        if not code.co_flags & 128:  # inspect.CO_COROUTINE
            exec(code, {"sluice": sluice, "httpx": httpx, "url": "http://x/", "request": {}})
    assert "Hello" in capsys.readouterr().out
