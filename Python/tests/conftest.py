"""Streams to read, and the command to compare with.

pytest --recorded=all          every recording, not a sample
pytest --recorded-seed=1234    the same sample again
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CORPORA = sorted([*REPOSITORY.glob("corpora/*/stream.sse"), *REPOSITORY.glob("corpora/*/stream.ndjson")])
RECORDED = REPOSITORY.parent / "shared/recorded"
SAMPLE = 120


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--recorded", default="sample", choices=["sample", "all"], help="how many recordings to read")
    parser.addoption("--spark", choices=["small", "all"], help="run the tests of Spark, which take long")
    parser.addoption("--recorded-seed", type=int, default=None, help="the seed of the sample, as it was printed")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.recorded_seed is None:
        config.option.recorded_seed = random.randrange(1 << 32)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # Spark is in an environment of its own, which has no HTTP libraries.
    is_spark = collection_path.name == "test_spark.py"
    return True if collection_path.suffix == ".py" and is_spark != bool(config.option.spark) else None


def pytest_report_header(config: pytest.Config) -> str:
    found = len(recordings(config))
    return f"streams: {len(CORPORA)} corpora, {found} recordings (--recorded-seed={config.option.recorded_seed})"


def recordings(config: pytest.Config) -> list[Path]:
    known = sorted(path for path in RECORDED.glob("*/*") if path.suffix in (".sse", ".ndjson", ".bin"))
    if config.option.recorded == "all" or len(known) <= SAMPLE:
        return known
    return sorted(random.Random(config.option.recorded_seed).sample(known, SAMPLE))


@pytest.fixture(scope="session")
def streams(request: pytest.FixtureRequest) -> list[Path]:
    """Corpora and recordings."""
    assert CORPORA, "there are no corpora"
    return CORPORA + recordings(request.config)


@pytest.fixture(scope="session")
def command() -> str:
    """The command `sluice`, of SLUICE or the path."""
    found = os.environ.get("SLUICE") or shutil.which("sluice")
    if found is None:
        pytest.skip("the command sluice is not there; set SLUICE to its path")
    return found


@pytest.fixture(scope="session")
def chat() -> bytes:
    """A stream of OpenAI's chat format: many answers of a model, one after the other."""
    return (REPOSITORY / "corpora/openai-chat/stream.sse").read_bytes()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
