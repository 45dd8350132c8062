"""Levels of whole files: decoded once, derived from finer ones, forgotten when the file changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import crc32c
import numpy as np
import pytest
import pyvips

from iiif_server.errors import ChangedImageError, DamagedImageError
from iiif_server.index import TileEntry, build_index
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import Adopted, AdoptedLevel, Level, Record, Revision, format_record
from iiif_server.request import ImageName
from iiif_server.source import ImageSource
from iiif_server.tiles import TileReader
from iiif_server.whole_files import WholeFiles, weigh_whole
from storage.errors import PreconditionFailedError
from storage.memory import MemoryStore

WIDTH, HEIGHT = 1100, 700
REVISION = "01j00000000000000000000000"


class OneFile:
    """An AdoptedReader with a single file, which counts reads."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.etag = "v1"
        self.reads: list[tuple[int, int]] = []

    async def fetch_range(self, location: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        await asyncio.sleep(0)
        self.reads.append((start, end))
        if if_match != self.etag:
            raise PreconditionFailedError(location, "another one")
        return self.data[start:end]

    async def aclose(self) -> None:
        """Nothing to let go."""


Scenario = Callable[[WholeFiles, Any, Any, OneFile], Awaitable[None]]


@pytest.fixture
def play(photograph: Callable[..., Any]) -> Callable[..., None]:
    pixels = pyvips.Image.new_from_array(photograph(WIDTH, HEIGHT)).copy(interpretation="srgb")

    def run(
        scenario: Scenario,
        cache_bytes: int = 16 << 20,
        clock: Callable[[], float] = lambda: 0.0,
        suffix: str = ".png",
    ) -> None:
        data = pixels.write_to_buffer(suffix)
        store, file = MemoryStore(), OneFile(data)
        adopted = Adopted(
            "file:///a.png",
            "v1",
            (AdoptedLevel(WIDTH, HEIGHT, (1, 1), (1, 1), WIDTH, HEIGHT, 0, b"", "whole", 1000),),
        )
        levels = Level(1, 1100, 700, 3), Level(2, 550, 350, 1), Level(4, 275, 175, 0)
        revision = Revision(
            *(REVISION, WIDTH, HEIGHT, 512, 512, "rgb", levels, b"", datetime.now(UTC), "", "", len(data)),
            adopted=adopted,
        )
        record = Record("a", 1, "live", "public", {}, datetime.now(UTC), revision=revision)
        store.put(record_key("a"), format_record(record))
        index = build_index([TileEntry(0, len(data), crc32c.crc32c(data), complete=True)])
        store.put(revision_object_key("a", REVISION, "index"), index)

        async def go() -> None:
            source = ImageSource(store, record_ttl_s=60, record_cache_entries=9, index_cache_bytes=1 << 20)
            with ThreadPoolExecutor(2) as threads:
                wholes = WholeFiles(source, TileReader(store, 0, file), threads, cache_bytes, clock)
                await scenario(wholes, await source.load(ImageName("a")), adopted, file)

        asyncio.run(go())

    return run


def test_all_who_ask_at_the_same_time_get_one_decoding(play: Any) -> None:
    async def scenario(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        first, *others = await asyncio.gather(*(asyncio.shield(wholes.load(image, adopted, 1)) for _ in range(5)))
        assert first.shape == (350, 550, 3)
        assert all(other is first for other in others)
        assert file.reads == [(0, len(file.data))]

    play(scenario)


def test_a_kept_level_is_not_read_again_and_a_coarser_one_is_made_of_it(play: Any) -> None:
    async def scenario(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        full = await wholes.load(image, adopted, 0)
        assert await wholes.load(image, adopted, 0) is full
        quarter = await wholes.load(image, adopted, 2)
        assert quarter.shape == (175, 275, 3)
        assert np.abs(quarter - full.reshape(175, 4, 275, 4, 3).mean((1, 3))).max() <= 1
        assert file.reads[1:] == [(0, 1)]  # only that it is still the same file

    play(scenario)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_the_pixels_of_a_level_do_not_depend_on_what_was_asked_for_before(play: Any, suffix: str) -> None:
    alone: list[Any] = []

    async def each_alone(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        alone.extend([await wholes.load(image, adopted, level) for level in (0, 1, 2)])

    async def one_after_the_other(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        for level in (0, 1, 2):
            assert np.array_equal(await wholes.load(image, adopted, level), alone[level])

    play(each_alone, cache_bytes=0, suffix=suffix)
    play(one_after_the_other, suffix=suffix)


def test_without_room_a_level_is_decoded_each_time(play: Any) -> None:
    async def scenario(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        for _ in range(2):
            await wholes.load(image, adopted, 0)
        assert len(file.reads) == 2

    play(scenario, cache_bytes=1000)


def test_a_kept_level_of_a_file_that_has_changed_is_not_shown(play: Any) -> None:
    now = [0.0]

    async def scenario(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        await wholes.load(image, adopted, 0)
        await wholes.load(image, adopted, 0)
        file.etag = "v2"
        now[0] += 3
        with pytest.raises(ChangedImageError):
            await wholes.load(image, adopted, 0)

    play(scenario, clock=lambda: now[0])


def test_damaged_bytes_are_found_before_they_are_decoded(play: Any) -> None:
    async def scenario(wholes: WholeFiles, image: Any, adopted: Any, file: OneFile) -> None:
        file.data = file.data[:500] + bytes([file.data[500] ^ 1]) + file.data[501:]
        with pytest.raises(DamagedImageError, match="checksum"):
            await wholes.load(image, adopted, 0)
        assert weigh_whole(image.revision) == len(file.data) + 1000

    play(scenario)
