"""Hostile files through real conversion processes: a sound pyramid or one plain sentence, in time and in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingest.conversion.run import ConversionRequest, run_conversion
from ingest.errors import ConversionInterruptedError, UnusableSourceError
from tests.fixtures.conversions import Conversion, build_conversion
from tests.fuzz.hostile_files import Breaker, made_up_files, sound_files

TIMEOUT_S = 60
MEMORY_MB = 700
AT_ONCE = 3
LIBRARY_WORDS = ("vips", "libpng", "libjpeg", "libtiff", "traceback", "\n", "errno", "/tmp")


def attempt(request: ConversionRequest) -> str:
    """How it ended; every ending but the two that are allowed is told with the file."""
    started = time.monotonic()
    try:
        converted = run_conversion(request, lambda _: None)
    except UnusableSourceError as exc:
        sentence = exc.detail
    except ConversionInterruptedError as exc:
        return f"{request.source}: {exc.reason} after {time.monotonic() - started:.0f} s"
    else:
        return check_pyramid(build_conversion(converted, request.output), request)
    plain = not any(word in sentence.lower() for word in LIBRARY_WORDS)
    return "refused" if sentence.startswith(request.file_name) and sentence.endswith(".") and plain else sentence


def check_pyramid(conversion: Conversion, request: ConversionRequest) -> str:
    converted = conversion.converted
    if converted.width * converted.height < 10**7:
        for level in range(len(converted.levels)):
            conversion.rebuild(level)
    (request.output / "pyramid.tif").unlink()
    return "converted"


@pytest.fixture
def convert_all(tmp_path: Path) -> Callable[[Any], dict[str, int]]:
    """Converts files, several at a time; how often each of both good endings was reached."""

    def prepare(number: int, name: str, data: bytes) -> ConversionRequest:
        source = tmp_path / f"{number}-{name}"
        source.write_bytes(data)
        output = tmp_path / f"{number}.out"
        output.mkdir()
        return ConversionRequest(source, output, name, 88, 2, 10**9, MEMORY_MB, TIMEOUT_S)

    def run(files: Any) -> dict[str, int]:
        requests = [prepare(number, name, data) for number, (name, data) in enumerate(files)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            endings = list(pool.map(attempt, requests))
        assert [ending for ending in endings if ending not in ("refused", "converted")] == []
        return {ending: endings.count(ending) for ending in ("refused", "converted")}

    return run


def test_files_that_were_made_up_to_do_harm(convert_all: Any) -> None:
    assert convert_all(made_up_files())["refused"] > 20


def test_files_that_were_broken_at_random(convert_all: Any) -> None:
    breaker = Breaker(1)
    counts = convert_all(breaker.broken() for _ in range(20))
    assert min(counts.values()) > 2, counts


@pytest.mark.slow
def test_the_files_that_are_broken_are_sound_before(convert_all: Any) -> None:
    assert convert_all(sound_files().items())["refused"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_files_that_were_broken_at_random(convert_all: Any, seed: int) -> None:
    breaker = Breaker(seed)
    counts = convert_all(breaker.broken() for _ in range(200))
    assert min(counts.values()) > 20, counts
