"""From an identifier to its record and its index, out of storage, with their caches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from iiif_server.caches import BoundedCache
from iiif_server.composite import UnknownChannelError
from iiif_server.errors import DamagedImageError, DeletedImageError, UnknownImageError
from iiif_server.flights import Flights
from iiif_server.index import (
    CHUNK_ENTRIES,
    FIRST_ENTRIES,
    EntryFields,
    MalformedIndexError,
    TileEntry,
    chunk_number,
    chunk_range,
    holds_entry,
    parse_index_header,
    read_entry,
    read_fields,
)
from iiif_server.layout import part_object_key, record_key
from iiif_server.parts import PARTS, MalformedPartsError, Part, PartName, parse_parts
from iiif_server.published import Lease, PublishedImage
from iiif_server.record import MalformedRecordError, Record, Revision, parse_record, parse_revision
from iiif_server.rendering import Rendering
from iiif_server.request import ImageName
from storage.errors import ObjectNotFoundError, RangeNotSatisfiableError, StorageError
from storage.ports import InstantReader, RangeReader

REVISION = "revision.json"

UNKNOWN_TTL_S = 0.2
"""How long it is remembered that nothing is published: a viewer may be waiting for just this image."""


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
        # What takes microseconds is read twice sooner than it is waited for together.
        self._is_instant = isinstance(store, InstantReader)
        self._ttl_s = record_ttl_s
        self._clock = clock
        self._records: BoundedCache[str, _Known] = BoundedCache(record_cache_entries)
        self._chunks: BoundedCache[tuple[str, int], bytes] = BoundedCache(index_cache_bytes, len)
        self._parts: BoundedCache[str, Revision] = BoundedCache(record_cache_entries)
        self._record_flights: Flights[str, _Known] = Flights()
        self._revision_flights: Flights[str, Revision] = Flights()
        self._chunk_flights: Flights[tuple[str, int], bytes] = Flights()
        self._refreshing: dict[str, asyncio.Task[None]] = {}

    async def load(self, name: ImageName) -> PublishedImage:
        """The image that the name means.

        Raises UnknownImageError, DeletedImageError, DamagedImageError, and what the store raises.
        """
        known = self._fresh(name.identifier) or await self._read_record(name.identifier)
        image = known.images.get(name.revision)
        if image is None:
            image = await self._pin(known, name)
        if name.part is not None:
            image = await self._find_part(image, name.part)
        return image if name.rendering is None else _render_as(image, name.rendering)

    async def load_parts(self, image: PublishedImage) -> tuple[Part, ...]:
        """The pictures beside the first, in their order. Raises DamagedImageError, and what the store raises."""
        if image.revision.part_count == 0:
            return ()
        key = part_object_key(image.identifier, image.revision.name, None, PARTS)
        try:
            parts = parse_parts((await self._store.fetch(key)).data)
        except MalformedPartsError as exc:
            raise DamagedImageError(f"{key}: {exc}") from exc
        if len(parts) != image.revision.part_count:
            raise DamagedImageError(f"{key}: lists {len(parts)} parts instead of {image.revision.part_count}")
        return parts

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
        head = image.revision.index_head
        if holds_entry(head, number):
            return _read_entry(image.index_key, head, number)
        return await self._load_entry(image.index_key, number)

    async def load_samples_entry(self, image: PublishedImage, number: int) -> TileEntry:
        """Where a tile of one channel lies in the second pyramid. Raises the same."""
        return await self._load_entry(image.samples_index_key, number)

    async def _load_entry(self, key: str, number: int) -> TileEntry:
        chunk = chunk_number(number)
        data = self._chunks.get((key, chunk))
        if data is None and self._is_instant:
            data = await self._read_chunk(key, chunk)
        elif data is None:
            data = await self._chunk_flights.join((key, chunk), lambda: self._read_chunk(key, chunk))
        return _read_entry(key, data, number)

    def peek_entry(self, image: PublishedImage, number: int) -> EntryFields | None:
        """Where a tile lies if it can be told without reading; None also where the index is damaged."""
        if number < FIRST_ENTRIES and holds_entry(image.revision.index_head, number):
            data: bytes | None = image.revision.index_head
        else:
            data = self._chunks.get((image.index_key, number // CHUNK_ENTRIES))
        try:
            return None if data is None else read_fields(data, number)
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
        if self._is_instant:
            return await self._read_record_now(identifier)
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
            key = part_object_key(name.identifier, revision_name, None, REVISION)
            revision = await self._join_revision(key, revision_name)
        image = PublishedImage(record, revision, pinned=True, lease=known.lease)
        known.images[revision_name] = image
        return image

    async def _find_part(self, image: PublishedImage, part: PartName) -> PublishedImage:
        """The part of the image, whose revision is read once and kept as long as there is room."""
        if image.revision.part_count == 0:
            raise UnknownImageError("This image has one picture only.")
        key = part_object_key(image.identifier, image.revision.name, part, REVISION)
        revision = self._parts.get(key)
        if revision is None:
            revision = await self._join_revision(key, image.revision.name)
            self._parts.put(key, revision)
        return replace(image, revision=revision, part=part)

    async def _join_revision(self, key: str, revision_name: str) -> Revision:
        return await self._revision_flights.join(key, lambda: self._read_revision(key, revision_name))

    async def _read_revision(self, key: str, revision_name: str) -> Revision:
        try:
            stored = await self._store.fetch(key)
            revision = parse_revision(stored.data)
        except ObjectNotFoundError:
            raise UnknownImageError("There is no such revision, or no such part, of this image.") from None
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


def _read_entry(key: str, data: bytes, number: int) -> TileEntry:
    try:
        return read_entry(data, number)
    except MalformedIndexError as exc:
        raise DamagedImageError(f"{key}: {exc}") from exc


def _render_as(image: PublishedImage, rendering: Rendering) -> PublishedImage:
    try:
        return image.render_as(rendering)
    except UnknownChannelError as exc:
        raise UnknownImageError(str(exc)) from exc
