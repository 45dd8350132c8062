"""Pictures that are adopted as they are: each is decoded once per level, which is kept for the next requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

import crc32c
import numpy as np

from iiif_server.adopted_plan import Scale
from iiif_server.caches import BoundedCache
from iiif_server.errors import ChangedImageError, DamagedImageError
from iiif_server.pixels import encode_window
from iiif_server.plan import Render
from iiif_server.published import PublishedImage
from iiif_server.record import Adopted, Revision
from iiif_server.source import ImageSource
from iiif_server.tiles import AdoptedFile, TileReader
from iiif_server.whole_decoding import Pixels, UnreadableWholeError, base_scale, decode_whole, shrink_pixels

CHUNK_BYTES = 8 * 1024 * 1024
"""How much of a file is asked for at once: a store far away has some seconds for each request."""
_CHUNKS_AT_ONCE = 4
_BASES = (1, 2, 4, 8)
_TRUSTED_S = 2.0
"""For how long a kept level is believed to show what the file holds now."""


class _LevelKey(NamedTuple):
    location: str
    etag: str
    scale: int


class _Kept(NamedTuple):
    """A level, and the scales through which others are decoded, for the scales 1, 2, 4 and from 8 on.

    Another level is made of this one only where that gives the pixels that decoding gives: the bytes of an answer
    must not depend on what was asked for before.
    """

    pixels: Pixels
    bases: tuple[int, ...]

    def base_of(self, scale: int) -> int:
        return self.bases[min(scale.bit_length(), len(self.bases)) - 1]


def weigh_whole(revision: Revision) -> int:
    """An upper bound of the bytes of memory that reading and decoding the file take; 0 where it is no such file."""
    adopted = revision.adopted
    if adopted is None or not adopted.is_whole:
        return 0
    return revision.pyramid_size_bytes + adopted.levels[0].decode_bytes


class WholeFiles:
    """Levels of whole files as pixels, kept up to `cache_bytes`. For one event loop; decodes in `threads`."""

    def __init__(
        self,
        source: ImageSource,
        tiles: TileReader,
        threads: Executor,
        cache_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._tiles = tiles
        self._threads = threads
        self._clock = clock
        self._levels: BoundedCache[_LevelKey, _Kept] = BoundedCache(cache_bytes, lambda kept: kept.pixels.nbytes)
        self._loading: dict[_LevelKey, asyncio.Task[Pixels]] = {}
        self._trusted_until: dict[AdoptedFile, float] = {}

    def load(self, image: PublishedImage, adopted: Adopted, level: int) -> asyncio.Task[Pixels]:
        """The pixels of the image's level, (height, width, bands); the same task for all who ask meanwhile.

        Whoever waits for it must shield it. It goes on when nobody waits any more, so its memory is to be counted
        until it is done. It raises DamagedImageError, ChangedImageError, and what the store raises.
        """
        key = _LevelKey(adopted.location, adopted.etag, image.revision.levels[level].scale)
        task = self._loading.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._load(image, key))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return task

    def _landed(self, key: _LevelKey, task: asyncio.Task[Pixels]) -> None:
        del self._loading[key]
        if not task.cancelled():
            task.exception()  # seen, for the case that nobody waits any more

    async def _load(self, image: PublishedImage, key: _LevelKey) -> Pixels:
        kept = self._levels.get(key)
        base = None if kept is not None else self._find_base(image, key)
        if kept is not None or base is not None:
            await self._check_unchanged(AdoptedFile(key.location, key.etag))
        if kept is None:
            kept = await (self._decode(image, key) if base is None else self._shrink(*base, key.scale))
            self._levels.put(key, kept)
        return kept.pixels

    async def _shrink(self, base: _Kept, base_scale: int, scale: int) -> _Kept:
        run = asyncio.get_running_loop().run_in_executor
        return _Kept(await run(self._threads, shrink_pixels, base.pixels, scale // base_scale), base.bases)

    async def _decode(self, image: PublishedImage, key: _LevelKey) -> _Kept:
        data = await self._read(image, AdoptedFile(key.location, key.etag))
        run = asyncio.get_running_loop().run_in_executor
        try:
            return await run(self._threads, _decode_kept, data, key.scale)
        except UnreadableWholeError as exc:
            raise DamagedImageError(f"{key.location}: {exc}") from exc

    def _find_base(self, image: PublishedImage, key: _LevelKey) -> tuple[_Kept, int] | None:
        """The kept level that the one of the key is decoded through, and its scale."""
        for level in image.revision.levels:
            kept = None if level.scale >= key.scale else self._levels.get(key._replace(scale=level.scale))
            if kept is not None and kept.base_of(key.scale) == level.scale:
                return kept, level.scale
        return None

    async def _check_unchanged(self, file: AdoptedFile) -> None:
        """Raises ChangedImageError where the file is another one by now."""
        now = self._clock()
        if self._trusted_until.get(file, 0.0) > now:
            return
        await self._tiles.read_adopted(file, 0, 1)
        self._trusted_until = {known: until for known, until in self._trusted_until.items() if until > now}
        self._trusted_until[file] = now + _TRUSTED_S

    async def _read(self, image: PublishedImage, file: AdoptedFile) -> bytes:
        entry, size = await self._source.load_entry(image, 0), image.revision.pyramid_size_bytes
        if (entry.offset, entry.length) != (0, size):
            raise DamagedImageError(f"{image.index_key}: does not name the whole of {file.location}")
        gate = asyncio.Semaphore(_CHUNKS_AT_ONCE)

        async def read_chunk(start: int) -> bytes:
            async with gate:
                return await self._tiles.read_adopted(file, start, min(start + CHUNK_BYTES, size))

        data = b"".join(await asyncio.gather(*map(read_chunk, range(0, size, CHUNK_BYTES))))
        if len(data) != size:
            raise ChangedImageError(f"{file.location} is not what it was when it was adopted.")
        if entry.crc32c is not None and crc32c.crc32c(data) != entry.crc32c:
            raise DamagedImageError(f"{file.location}: fails its checksum")
        return data


def _decode_kept(data: bytes, scale: int) -> _Kept:
    return _Kept(decode_whole(data, scale), tuple(base_scale(data, known) for known in _BASES))


def render_level(level: Pixels, render: Render, scale: Scale, is_cancelled: Callable[[], bool]) -> bytes:
    """The encoded image, made of a level's pixels. Blocking. Raises RenderFailedError, RenderCancelledError."""
    place = render.window
    window = level[place.y : place.y + place.height, place.x : place.x + place.width]
    return encode_window(np.ascontiguousarray(window), render, scale, is_cancelled)
