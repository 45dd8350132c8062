"""Hostile files that are to be served where they lie: an index or a plain sentence, then right answers or none."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips

from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from ingest.errors import UnusableSourceError
from storage.adopted import AdoptedObjects
from storage.memory import MemoryStore
from tests.fuzz.hostile_files import Breaker

PATHS = (
    "info.json",
    "0,0,64,64/64,64/0/default.jpg",
    "full/40,/0/default.png",
    "100,80,90,100/45,50/0/default.webp",
    "full/max/0/default.jpg",
)
LIBRARY_WORDS = ("vips", "traceback", "\n", "struct", "numpy", "index out")


def check_sentence(sentence: str) -> None:
    assert "a.tif" in sentence
    assert sentence.endswith(".")
    assert not any(word in sentence.lower() for word in LIBRARY_WORDS), sentence


def serve(store: MemoryStore, root: Path) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        app = create_app(store, ServerOptions(), None, AdoptedObjects([str(root)]))
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client,
            asyncio.timeout(60),
        ):
            return [await client.get(f"/iiif/3/a/{path}") for path in PATHS]

    return asyncio.run(ask())


@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize(
    "count", [pytest.param(150, id="some"), pytest.param(1500, id="all", marks=pytest.mark.slow)]
)
def test_broken_pyramids_are_adopted_soundly_or_refused(
    tmp_path: Path,
    foreign: Any,
    photograph: Callable[..., Any],
    adopt_file: Callable[..., Any],
    count: int,
    checksums: bool,
) -> None:
    path = foreign.vips(tmp_path / "a.tif", photograph(300, 260), tile=64)
    sound, breaker, adopted = path.read_bytes(), Breaker(count), 0
    assert adopt_file(MemoryStore(), path) is not None
    dice = random.Random(count)
    for _ in range(count):
        data = bytearray(sound)
        for _ in range(dice.choice((1, 1, 2))):
            breaker.break_tiff(data)
        path.write_bytes(data)
        store = MemoryStore()
        try:
            adopt_file(store, path, checksums=checksums)
        except UnusableSourceError as exc:
            check_sentence(exc.detail)
            continue
        adopted += 1
        for answer in serve(store, tmp_path):
            assert answer.status_code in (200, 400, 413, 500), answer.text
            if answer.status_code >= 400:
                assert answer.json()["type"] != "urn:pigture:problem:internal-error", bytes(data[:16])
    assert adopted > count // 20


@pytest.mark.parametrize("suffix", [".jpg[Q=90,interlace]", ".png", ".webp", ".tif[compression=lzw]"])
@pytest.mark.parametrize("count", [pytest.param(40, id="some"), pytest.param(500, id="all", marks=pytest.mark.slow)])
def test_broken_pictures_are_adopted_soundly_or_refused(
    tmp_path: Path, photograph: Callable[..., Any], adopt_file: Callable[..., Any], count: int, suffix: str
) -> None:
    path = tmp_path / "a.tif"
    sound = pyvips.Image.new_from_array(photograph(200, 160)).copy(interpretation="srgb").write_to_buffer(suffix)
    path.write_bytes(sound)
    assert adopt_file(MemoryStore(), path).adopted.is_whole
    dice = random.Random(suffix)
    for _ in range(count):
        data = bytearray(sound)
        for _ in range(dice.choice((1, 2, 5))):
            # Most of what can be wrong stands in the header.
            data[dice.randrange(dice.choice((64, 400, len(data))))] = dice.choice(
                (0, 1, 127, 255, dice.randrange(256))
            )
        path.write_bytes(data[: dice.choice((len(data), len(data), dice.randrange(len(data))))])
        store = MemoryStore()
        try:
            adopt_file(store, path)
        except UnusableSourceError as exc:
            check_sentence(exc.detail)
            continue
        for answer in serve(store, tmp_path):
            assert answer.status_code in (200, 400, 413, 500), answer.text
            if answer.status_code >= 400:
                assert answer.json()["type"] != "urn:pigture:problem:internal-error"


def test_a_file_outside_of_what_may_be_adopted_is_never_read(
    tmp_path: Path, foreign: Any, photograph: Callable[..., Any], adopt_file: Callable[..., Any]
) -> None:
    allowed, forbidden = tmp_path / "allowed", tmp_path / "forbidden"
    allowed.mkdir()
    forbidden.mkdir()
    path = foreign.vips(forbidden / "a.tif", photograph(300, 260), tile=64)
    store = MemoryStore()
    adopt_file(store, path)
    (allowed / "link.tif").symlink_to(path)
    for answer in serve(store, allowed)[1:]:
        assert answer.status_code >= 400
    objects = AdoptedObjects([str(allowed)])
    for name in (str(path), f"{allowed}/../forbidden/a.tif", str(allowed / "link.tif"), f"file://{allowed}/%2e%2e/x"):
        with pytest.raises(Exception, match=r"forbidden|tif|x") as raised:
            objects.head(objects.locate(name))
        assert type(raised.value).__name__ in ("OutsideRootsError", "InvalidKeyError")
