"""The fast path: from where a tile lies to the JPEG that is sent. No pixel is decoded here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import crc32c

from iiif_server.caches import BoundedCache
from iiif_server.errors import ChangedImageError, DamagedImageError
from iiif_server.flights import Flights
from iiif_server.index import EntryFields, TileEntry
from iiif_server.published import PublishedImage
from iiif_server.record import find_adopted_level
from storage.adopted import AdoptedObjects
from storage.errors import ObjectNotFoundError, PreconditionFailedError, RangeNotSatisfiableError
from storage.ports import AdoptedReader, InstantReader, RangeReader

# Neighbours in one read: what lies between them is cheaper to read along than another request is.
MAX_GAP_BYTES = 16 * 1024
MAX_RUN_BYTES = 4 * 1024 * 1024
MAX_READS = 16

# No JPEG of a tile is longer than this; a damaged index may say anything.
MAX_BYTES_PER_PIXEL = 12
MAX_HEADER_BYTES = 128 * 1024


class AdoptedFile(NamedTuple):
    """A file of somebody else's, and the ETag without which it is another one."""

    location: str
    etag: str


class TileLocation(NamedTuple):
    """Bytes [start, end) of an object, their checksum if it is known, and what belongs in front of them.

    With `adopted` they are read from there, and `key` only names them.
    (A tuple, since one is made for each tile that is sent.)
    """

    key: str
    start: int
    end: int
    crc32c: int | None
    prefix: bytes
    adopted: AdoptedFile | None = None

    @property
    def size_bytes(self) -> int:
        """The length of the JPEG that `read` returns."""
        return len(self.prefix) + self.end - self.start


def locate_tile(image: PublishedImage, entry: TileEntry, number: int) -> TileLocation:
    """Where the tile of index entry `number` lies. Raises DamagedImageError where no tile can lie there."""
    revision = image.revision
    level = None if revision.adopted is None else find_adopted_level(revision.adopted, number)
    tile_width, tile_height = (level or revision).tile_width, (level or revision).tile_height
    end, area = entry.offset + entry.length, tile_width * tile_height
    if not 0 < entry.length <= MAX_BYTES_PER_PIXEL * area + MAX_HEADER_BYTES or end > revision.pyramid_size_bytes:
        raise DamagedImageError(f"{image.pyramid_key}: no tile has the bytes {entry.offset} to {end}")
    prefix = b"" if entry.complete else (level or revision).jpeg_prefix
    adopted = None if revision.adopted is None else AdoptedFile(revision.adopted.location, revision.adopted.etag)
    return TileLocation(image.pyramid_key, entry.offset, end, entry.crc32c, prefix, adopted)


class TileReader:
    """Reads tiles, each checked against its CRC-32C. With `cache_bytes` it keeps some, for stores far away."""

    def __init__(self, store: RangeReader, cache_bytes: int = 0, adopted: AdoptedReader | None = None) -> None:
        self._store = store
        self._adopted = adopted or AdoptedObjects(())
        self._cache: BoundedCache[tuple[str, int], bytes] | None = None
        if cache_bytes:
            self._cache = BoundedCache(cache_bytes, len)
        self._read_instantly = store.read_now if isinstance(store, InstantReader) and not cache_bytes else None
        self._flights: Flights[TileLocation, bytes] = Flights()

    @property
    def is_instant(self) -> bool:
        """Whether tiles are read without waiting, as a rule."""
        return self._read_instantly is not None

    def is_kept(self, location: TileLocation) -> bool:
        """Whether the tile can be had out of memory; not counted as a use of it."""
        return self._cache is not None and location[:2] in self._cache

    @property
    def cache(self) -> BoundedCache[tuple[str, int], bytes] | None:
        """The tiles that are kept in memory, if any are."""
        return self._cache

    def read_now(self, image: PublishedImage, entry: EntryFields) -> tuple[bytes, bytes | memoryview] | None:
        """The complete JPEG in two pieces, if it can be had without waiting and is sound; else `read` knows more.

        A memoryview is good until the next call.
        """
        if self._read_instantly is None:
            return self._read_kept(image, entry)
        start, length, checksum, complete = entry
        data = self._read_instantly(image.pyramid_key, start, start + length)
        if data is None or crc32c.crc32c(data, 0, 0) != checksum:  # without letting other threads in
            return None
        return (b"" if complete else image.revision.jpeg_prefix), data

    def _read_kept(self, image: PublishedImage, entry: EntryFields) -> tuple[bytes, bytes] | None:
        key = (image.pyramid_key, entry[0])
        jpeg = None if self._cache is None else self._cache.get(key)
        return None if jpeg is None else (b"", jpeg)

    async def read(self, location: TileLocation) -> bytes:
        """The complete JPEG. Raises DamagedImageError, and what the store raises."""
        if self._cache is None:
            return await self._read_one(location)
        data = self._cache.get(location[:2])
        return data if data is not None else await self._flights.join(location, lambda: self._read_one(location))

    async def read_all(self, locations: Sequence[TileLocation]) -> list[bytes]:
        """The complete JPEGs in the same order; neighbours are read together, and several runs at the same time."""
        if len(locations) == 1:
            return [await self.read(locations[0])]
        tiles: dict[TileLocation, bytes] = {}
        gate = asyncio.Semaphore(MAX_READS)

        async def read_run(run: Sequence[TileLocation]) -> None:
            async with gate:
                tiles.update(await self._read_run(run))

        await _all_or_none([asyncio.ensure_future(read_run(run)) for run in split_runs(locations)])
        return [tiles[location] for location in locations]

    async def _read_one(self, location: TileLocation) -> bytes:
        data = await self._read_range(location, location.start, location.end)
        jpeg = _checked(location, data)
        if self._cache is not None:
            self._cache.put(location[:2], jpeg)
        return jpeg

    async def _read_run(self, run: Sequence[TileLocation]) -> dict[TileLocation, bytes]:
        start = run[0].start
        data = await self._read_range(run[0], start, max(tile.end for tile in run))
        return {tile: _checked(tile, data[tile.start - start : tile.end - start]) for tile in run}

    async def _read_range(self, where: TileLocation, start: int, end: int) -> bytes:
        if where.adopted is not None:
            return await self.read_adopted(where.adopted, start, end)
        try:
            return await self._store.fetch_range(where.key, start, end)
        except RangeNotSatisfiableError as exc:
            raise DamagedImageError(f"{where.key}: shorter than its index says") from exc

    async def read_adopted(self, file: AdoptedFile, start: int, end: int) -> bytes:
        """Bytes [start, end) of the file. Raises ChangedImageError, and what the store raises."""
        try:
            return await self._adopted.fetch_range(file.location, start, end, if_match=file.etag)
        except (ObjectNotFoundError, PreconditionFailedError, RangeNotSatisfiableError) as exc:
            raise ChangedImageError(f"{file.location} is not what it was when it was adopted.") from exc


def split_runs(locations: Sequence[TileLocation]) -> Iterator[list[TileLocation]]:
    """The locations in runs of neighbours within one object, each to be read at once."""
    run: list[TileLocation] = []
    for tile in sorted(locations, key=lambda location: (location.key, location.start)):
        apart = run and (
            tile.key != run[-1].key
            or tile.start - run[-1].end > MAX_GAP_BYTES
            or tile.end - run[0].start > MAX_RUN_BYTES
        )
        if apart:
            yield run
            run = []
        run.append(tile)
    if run:
        yield run


def _checked(location: TileLocation, data: bytes) -> bytes:
    is_sound = location.crc32c is None or crc32c.crc32c(data) == location.crc32c
    if not is_sound or len(data) != location.end - location.start:
        raise DamagedImageError(f"{location.key}: bytes {location.start} to {location.end} fail their checksum")
    return location.prefix + data


async def _all_or_none(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Waits for all; where one fails, the others are ended and its error is raised."""
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
