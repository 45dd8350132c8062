"""Objects in memory: for tests and trials. Safe to use from many threads."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.errors import ObjectNotFoundError, PreconditionFailedError, RangeNotSatisfiableError
from storage.keys import check_key, check_range
from storage.ports import ObjectInfo, StoredObject


@dataclass(frozen=True, slots=True)
class _Entry:
    data: bytes
    info: ObjectInfo


class MemoryStore:
    """A Store that forgets everything with the process."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._puts = itertools.count(1)

    async def fetch(self, key: str) -> StoredObject:
        """The whole object."""
        return self.read(key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size))."""
        check_range(start, end)
        entry = self._entry(key)
        if if_match is not None and if_match != entry.info.etag:
            raise PreconditionFailedError(key, "the object has another ETag")
        if start >= len(entry.data):
            raise RangeNotSatisfiableError(key, f"{start} is not before the end, {len(entry.data)}")
        return entry.data[start:end]

    async def aclose(self) -> None:
        """Nothing is open."""

    def read(self, key: str) -> StoredObject:
        """The whole object."""
        entry = self._entry(key)
        return StoredObject(entry.data, entry.info.etag)

    def head(self, key: str) -> ObjectInfo:
        """Size, ETag and date."""
        return self._entry(key).info

    def list_objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with `prefix`, as things were at the call."""
        with self._lock:
            entries = [entry.info for key, entry in self._entries.items() if key.startswith(prefix)]
        return iter(sorted(entries, key=lambda info: info.key))

    def download(self, key: str, path: Path) -> ObjectInfo:
        """Writes the object into `path`."""
        entry = self._entry(key)
        path.write_bytes(entry.data)
        return entry.info

    def local_path(self, key: str) -> None:
        """None: there is no file."""
        check_key(key)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> ObjectInfo:
        """Keeps the bytes; the conditions are those of ObjectWriter.put."""
        del content_type
        check_key(key)
        with self._lock:
            present = self._entries.get(key)
            if if_absent and present is not None:
                raise PreconditionFailedError(key, "the object exists already")
            if if_match is not None and (present is None or present.info.etag != if_match):
                raise PreconditionFailedError(key, "the object has another ETag")
            info = ObjectInfo(key, len(data), f'"{next(self._puts)}"', datetime.now(UTC))
            self._entries[key] = _Entry(bytes(data), info)
            return info

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str = "application/octet-stream",
        consume: bool = False,
    ) -> ObjectInfo:
        """Keeps the file's bytes; `consume` removes the file."""
        info = self.put(key, path.read_bytes(), content_type=content_type)
        if consume:
            path.unlink()
        return info

    def delete(self, key: str) -> None:
        """Forgets the object."""
        check_key(key)
        with self._lock:
            self._entries.pop(key, None)

    def _entry(self, key: str) -> _Entry:
        entry = self._entries.get(check_key(key))
        if entry is None:
            raise ObjectNotFoundError(key)
        return entry
