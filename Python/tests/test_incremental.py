"""Incremental JSON: whatever the cut, the value is that of `json.loads`, and what is no JSON raises."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
import sluice

DOCUMENTS = [
    "null", " true ", "false", '""', '"a"', "[]", "{}", "[[],{}]", '{"a":{"b":[1,2,{"c":null}]}}',
    '{"city":"Par\\u0069s","days":30,"x":-1.5e+3}',
    '["\\ud83d\\ude00","\\ud83dx","\\ude00","\\ud83d\\u0041","\\ud83d\\n"]',
    '["\\"\\\\\\/\\b\\f\\n\\r\\t","\\ud83d\\ud83d\\ude00"]', '{"a":1,"a":[2]}', '[0,-0,0.0,1E5,12345678901234567890]',
    ' [ 1 , "ü😀" , { "k" : "v" } ] \n', '{"":""}', '["\\ud83d"]',
]  # fmt: skip
WRONG = [
    "[1,]", "{,}", '{"a"}', '{"a":}', "[1 2]", "]", "tru]", "nul ", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[-]",
    '"\x01"',
    '"\\x"', '"\\u12g4"', "{1:2}", "[]]", '{"a":1,}', "'a'", "[NaN]", "// x", '"a" "b"', '{"a" 1}', "[trueX]",
]  # fmt: skip


def expected(document: str) -> Any:
    """Unpaired surrogates are replaced."""
    return json.loads(
        json.dumps(json.loads(document), ensure_ascii=False)
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


def read(pieces: list[str]) -> Any:
    document = sluice.IncrementalJSON()
    for piece in pieces:
        document.feed(piece)
    return document.finish()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_any_cut_gives_the_same_value(document: str) -> None:
    value = expected(document)
    assert read([document]) == read(list(document)) == value
    for first in range(len(document)):
        for second in range(first, len(document)):
            assert read([document[:first], document[first:second], document[second:]]) == value


@pytest.mark.parametrize("document", WRONG)
def test_what_is_no_json_raises(document: str) -> None:
    with pytest.raises(ValueError):
        read([document])
    with pytest.raises(ValueError):
        read(list(document))


@pytest.mark.parametrize("document", ["", " ", "[", '{"a":', '"a', '"\\', "tru", "-", "[1", '["\\ud83d'])
def test_what_has_not_ended_raises_at_the_end(document: str) -> None:
    with pytest.raises(ValueError):
        read([document])


def test_the_value_so_far() -> None:
    document = sluice.IncrementalJSON()
    seen = []
    for piece in ['{"ci', 'ty":', '"Pa', "r\\u00", '69s"', ',"days":3', "0", ',"ok":tr', 'ue,"l":[1', ",[", "]]}"]:
        document.feed(piece)
        seen.append(json.dumps(document.value))
    assert seen == [
        "{}",
        "{}",
        '{"city": "Pa"}',
        '{"city": "Par"}',
        '{"city": "Paris"}',
        '{"city": "Paris"}',
        '{"city": "Paris"}',
        '{"city": "Paris", "days": 30}',
        '{"city": "Paris", "days": 30, "ok": true, "l": []}',
        '{"city": "Paris", "days": 30, "ok": true, "l": [1, []]}',
        '{"city": "Paris", "days": 30, "ok": true, "l": [1, []]}',
    ]
    assert document.is_complete


def test_errors_say_where() -> None:
    document = sluice.IncrementalJSON()
    document.feed("[1,")
    with pytest.raises(ValueError, match="'x' at character 4"):
        document.feed(" x")
    with pytest.raises(ValueError, match="was not JSON"):
        document.feed("1")
    with pytest.raises(ValueError, match="more than 3 brackets"):
        sluice.IncrementalJSON(max_nesting_depth=3).feed("[[[[")


def random_value(source: random.Random, depth: int) -> Any:
    kind = source.randrange(8 if depth else 6)
    if kind < 2:
        return "".join(source.choice('ab"\\\n\u00e9\u4e2d\U0001f600/') for _ in range(source.randrange(6)))
    if kind < 4:
        return source.choice([0, -1, 1.5, 10**20, 1e-7])
    if kind < 6:
        return source.choice([True, False, None])
    values = [random_value(source, depth - 1) for _ in range(source.randrange(4))]
    return values if kind == 6 else {random_value(source, 0).__repr__(): value for value in values}


def test_random_documents() -> None:
    seed = random.randrange(1 << 32)
    source = random.Random(seed)
    for _ in range(2000):
        value = random_value(source, 4)
        text = json.dumps(value, ensure_ascii=source.random() < 0.5, indent=source.choice([None, 1]))
        pieces = []
        while text:
            size = source.randrange(1, 9)
            pieces.append(text[:size])
            text = text[size:]
        assert read(pieces) == value, f"seed {seed}"


def test_time_is_linear() -> None:
    def seconds(members: int) -> float:
        text = "[" + ",".join('{"k":["some words",12]}' for _ in range(members)) + "]"
        document = sluice.IncrementalJSON()
        start = time.process_time()
        for at in range(0, len(text), 5):
            document.feed(text[at : at + 5])
            assert document.value is not None
        return time.process_time() - start

    small = min(seconds(1000) for _ in range(3))
    assert seconds(8000) < 8 * small * 3
