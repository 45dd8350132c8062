"""What a store can do, one Protocol per capability. Imports nothing of ours but the errors' names.

Keys are relative, `/`-separated paths (`images/ab/cd/record.json`). Ranges are half-open: [start, end).
ETags are opaque strong validators: they change whenever the bytes do, and may change with every put (S3 names the
same bytes alike). Compare them only for equality.
Keys: storage.keys says which are valid; others raise InvalidKeyError. Where objects are files, no object's key can be
the folder of another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of an object without reading it."""

    key: str
    size_bytes: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's bytes together with the ETag that they had when read."""

    data: bytes
    etag: str


@runtime_checkable
class RangeReader(Protocol):
    """Asynchronous reads for the hot path. Safe to call from many tasks of one event loop."""

    async def fetch(self, key: str) -> StoredObject:
        """The whole object. Raises ObjectNotFoundError, StorageUnavailableError."""

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size)), where 0 <= start < end (else ValueError).

        Raises ObjectNotFoundError; RangeNotSatisfiableError where start >= size;
        PreconditionFailedError where `if_match` is given and is not the object's ETag now.
        Objects under a revision are immutable, so an implementation may keep files open between calls.
        """

    async def aclose(self) -> None:
        """Lets go of connections and open files."""


@runtime_checkable
class InstantReader(Protocol):
    """Reads that take microseconds or are refused, for objects that are never replaced."""

    def read_now(self, key: str, start: int, end: int) -> memoryview | None:
        """Bytes [start, end), all of them, out of memory; None where that takes waiting or fails.

        They are good until the next call, which may put others in their place: no copy is made of them here.
        It may come from an object that fetch_range read earlier and that is gone or replaced by now. For one thread.
        """


class AdoptedReader(Protocol):
    """Asynchronous reads of objects of other people's, which are named by their URL and may change at any time."""

    async def fetch_range(self, location: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """What RangeReader.fetch_range returns and raises; OutsideRootsError where the object may not be read."""

    async def aclose(self) -> None:
        """Lets go of connections and open files."""


@runtime_checkable
class ObjectReader(Protocol):
    """Blocking reads for management work."""

    def read(self, key: str) -> StoredObject:
        """The whole object. Raises ObjectNotFoundError."""

    def head(self, key: str) -> ObjectInfo:
        """Size, ETag and date. Raises ObjectNotFoundError."""

    def list_objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with `prefix`, once.

        The order is the store's own: files, memory and S3 go by code points, SeaweedFS folder by folder.
        """

    def download(self, key: str, path: Path) -> ObjectInfo:
        """Copies the object into the local file `path` (created or replaced). Raises ObjectNotFoundError."""

    def local_path(self, key: str) -> Path | None:
        """Where the object lies as a plain file of this machine, to be read only; None elsewhere (S3, memory)."""


@runtime_checkable
class ObjectWriter(Protocol):
    """Blocking, atomic writes: a reader sees the whole old object or the whole new one, never a part."""

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> ObjectInfo:
        """Writes the object.

        With `if_match`: only over an object that has this ETag now; with `if_absent`: only where none is.
        Otherwise PreconditionFailedError, and nothing is written. Of two racing conditional puts exactly one wins.
        """

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str = "application/octet-stream",
        consume: bool = False,
    ) -> ObjectInfo:
        """Writes the bytes of a local file (multipart where large). With `consume` the file may be moved away."""

    def delete(self, key: str) -> None:
        """Removes the object; removing what is not there is no error."""


@runtime_checkable
class Store(ObjectReader, ObjectWriter, RangeReader, Protocol):
    """All capabilities together: what `storage.urls.open_store` returns."""
