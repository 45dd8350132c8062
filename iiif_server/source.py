"""From an identifier to its record and its index, out of storage, with their caches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iiif_server.caches import BoundedCache
from iiif_server.errors import DamagedImageError, DeletedImageError, UnknownImageError
from iiif_server.flights import Flights
from iiif_server.index import (
    CHUNK_ENTRIES,
    MalformedIndexError,
    TileEntry,
    chunk_number,
    chunk_range,
    parse_index_header,
    read_entry,
)
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import MalformedRecordError, Record, Revision, parse_record, parse_revision
from iiif_server.request import ImageName
from storage.errors import ObjectNotFoundError, RangeNotSatisfiableError, StorageError
from storage.ports import RangeReader


class Lease:
    """Until when, on the source's clock, an image may be taken for what it was without asking the source again."""

    __slots__ = ("until",)

    def __init__(self, until: float) -> None:
        self.until = until

    def end(self) -> None:
        """Something has changed, or may have."""
        self.until = 0.0


UNKNOWN_TTL_S = 0.2
"""How long it is remembered that nothing is published: a viewer may be waiting for just this image."""


@dataclass(frozen=True, slots=True, eq=False)
class PublishedImage:
    """A record and the revision that a name means: the same object as long as the record does not change.

    `pyramid_key` and `index_key` are the objects that hold the tiles and tell where they lie.
    """

    record: Record
    revision: Revision
    pinned: bool
    lease: Lease
    pyramid_key: str = field(init=False)
    index_key: str = field(init=False)

    def __post_init__(self) -> None:
        for name, value in (("pyramid_key", "pyramid.tif"), ("index_key", "index")):
            key = revision_object_key(self.record.identifier, self.revision.name, value)
            object.__setattr__(self, name, key)

    @property
    def identifier(self) -> str:
        """The image's identifier."""
        return self.record.identifier


class _Known:
    """What was read of one identifier, and when. `record` is None where nothing is published."""

    __slots__ = ("etag", "images", "lease", "read_at", "record")

    def __init__(self, record: Record | None, etag: str | None, read_at: float, lease: Lease) -> None:
        self.record = record
        self.etag = etag
        self.read_at = read_at
        self.lease = lease
        self.images: dict[str | None, PublishedImage] = {}
        if record is not None and record.revision is not None:
            self.images[None] = PublishedImage(record, record.revision, pinned=False, lease=lease)


class ImageSource:
    """Records no older than `record_ttl_s`; revisions and indexes, which never change, as long as there is room.

    A record is read anew in the background when half its time has passed, so that busy images never wait for it.
    """

    def __init__(
        self,
        store: RangeReader,
        *,
        record_ttl_s: float,
        record_cache_entries: int,
        index_cache_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._ttl_s = record_ttl_s
        self._clock = clock
        self._records: BoundedCache[str, _Known] = BoundedCache(record_cache_entries)
        self._chunks: BoundedCache[tuple[str, int], bytes] = BoundedCache(index_cache_bytes, len)
        self._record_flights: Flights[str, _Known] = Flights()
        self._revision_flights: Flights[tuple[str, str], Revision] = Flights()
        self._chunk_flights: Flights[tuple[str, int], bytes] = Flights()
        self._refreshing: dict[str, asyncio.Task[None]] = {}

    async def load(self, name: ImageName) -> PublishedImage:
        """The image that the name means.

        Raises UnknownImageError, DeletedImageError, DamagedImageError, and what the store raises.
        """
        known = self._fresh(name.identifier) or await self._read_record(name.identifier)
        image = known.images.get(name.revision)
        return image if image is not None else await self._pin(known, name)

    @property
    def caches(self) -> Mapping[str, BoundedCache[Any, Any]]:
        """What is kept in memory, by name: records weigh one each, chunks of indexes their bytes."""
        return {"records": self._records, "indexes": self._chunks}

    def forget(self, identifier: str) -> None:
        """Makes the next `load` read the record again."""
        known = self._records.get(identifier)
        if known is not None:
            known.lease.end()
            self._records.forget(identifier)

    async def load_entry(self, image: PublishedImage, number: int) -> TileEntry:
        """Where a tile lies. Raises DamagedImageError, and what the store raises."""
        key, chunk = image.index_key, chunk_number(number)
        data = self._chunks.get((key, chunk))
        if data is None:
            data = await self._chunk_flights.join((key, chunk), lambda: self._read_chunk(key, chunk))
        try:
            return read_entry(data, number)
        except MalformedIndexError as exc:
            raise DamagedImageError(f"{key}: {exc}") from exc

    def peek_entry(self, image: PublishedImage, number: int) -> TileEntry | None:
        """Where a tile lies if it can be told without reading; None also where the index is damaged."""
        data = self._chunks.get((image.index_key, number // CHUNK_ENTRIES))
        try:
            return None if data is None else read_entry(data, number)
        except MalformedIndexError:
            return None

    async def aclose(self) -> None:
        """Ends what runs in the background."""
        tasks = list(self._refreshing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fresh(self, identifier: str) -> _Known | None:
        known = self._records.get(identifier)
        if known is None:
            return None
        age_s = self._clock() - known.read_at
        if age_s >= (self._ttl_s if known.record is not None else min(self._ttl_s, UNKNOWN_TTL_S)):
            return None
        if age_s >= self._ttl_s / 2:
            self._refresh(identifier)
        return known

    def _refresh(self, identifier: str) -> None:
        if identifier in self._refreshing:
            return
        task = asyncio.get_running_loop().create_task(self._refresh_quietly(identifier))
        self._refreshing[identifier] = task
        task.add_done_callback(lambda _: self._refreshing.pop(identifier, None))

    async def _refresh_quietly(self, identifier: str) -> None:
        try:
            await self._read_record(identifier)
        except (StorageError, DamagedImageError):
            # What is known stays in force until its time is over; whoever asks then gets the error.
            return

    async def _read_record(self, identifier: str) -> _Known:
        return await self._record_flights.join(identifier, lambda: self._read_record_now(identifier))

    async def _read_record_now(self, identifier: str) -> _Known:
        key = record_key(identifier)
        read_at = self._clock()
        try:
            stored = await self._store.fetch(key)
        except ObjectNotFoundError:
            return self._keep(identifier, _Known(None, None, read_at, self._lease(read_at)))
        previous = self._records.get(identifier)
        if previous is not None and previous.etag == stored.etag:
            previous.read_at = read_at
            previous.lease.until = self._lease(read_at).until
            return previous
        try:
            record = parse_record(stored.data)
        except MalformedRecordError as exc:
            raise DamagedImageError(f"{key}: {exc}") from exc
        if record.identifier != identifier:
            raise DamagedImageError(f"{key}: describes {record.identifier!r} instead of {identifier!r}")
        return self._keep(identifier, _Known(record, stored.etag, read_at, self._lease(read_at)))

    def _lease(self, read_at: float) -> Lease:
        """Ends when the record is to be read anew in the background."""
        return Lease(read_at + self._ttl_s / 2)

    def _keep(self, identifier: str, known: _Known) -> _Known:
        previous = self._records.get(identifier)
        if previous is not None:
            previous.lease.end()
        self._records.put(identifier, known)
        return known

    async def _pin(self, known: _Known, name: ImageName) -> PublishedImage:
        record = known.record
        if record is None:
            raise UnknownImageError("There is no image under this identifier.")
        if record.state == "deleted" or record.revision is None:
            raise DeletedImageError("This image has been deleted.")
        revision_name = name.revision
        if revision_name is None:  # a live record always knows its current revision
            raise UnknownImageError("There is no image under this identifier.")
        if revision_name == record.revision.name:
            revision = record.revision
        else:
            pair = (name.identifier, revision_name)
            revision = await self._revision_flights.join(pair, lambda: self._read_revision(*pair))
        image = PublishedImage(record, revision, pinned=True, lease=known.lease)
        known.images[revision_name] = image
        return image

    async def _read_revision(self, identifier: str, revision_name: str) -> Revision:
        key = revision_object_key(identifier, revision_name, "revision.json")
        try:
            stored = await self._store.fetch(key)
            revision = parse_revision(stored.data)
        except ObjectNotFoundError:
            raise UnknownImageError("There is no such revision of this image.") from None
        except MalformedRecordError as exc:
            raise DamagedImageError(f"{key}: {exc}") from exc
        if revision.name != revision_name:
            raise DamagedImageError(f"{key}: describes the revision {revision.name!r}")
        return revision

    async def _read_chunk(self, key: str, chunk: int) -> bytes:
        try:
            data = await self._store.fetch_range(key, *chunk_range(chunk))
            if chunk == 0:
                parse_index_header(data)
        except (MalformedIndexError, RangeNotSatisfiableError) as exc:
            raise DamagedImageError(f"{key}: {exc}") from exc
        self._chunks.put((key, chunk), data)
        return data
