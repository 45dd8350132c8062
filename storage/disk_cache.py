"""Ranges of immutable objects, kept in a folder of this machine for stores that are far away.

Without the folder everything works as it did: what cannot be read from it is fetched, what cannot be written is not
kept. Tiles are read without a thread where they lie in the page cache, as from any file.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage.cache_folder import CacheFolder, open_entry
from storage.errors import StorageError
from storage.file_reads import FileRangeReader
from storage.keys import check_range
from storage.ports import RangeReader, StoredObject

MAX_ENTRY_BYTES = 512 * 1024
"""Longer ranges are runs of several tiles, which are hardly ever asked for twice."""
_MAX_PENDING_BYTES = 32 * 1024 * 1024
_TOUCH_AFTER = 1024
_PAUSE_S = 60.0
"""How long nothing is written after a write has failed."""

_log = logging.getLogger(__name__)


class DiskCachedReader:
    """A RangeReader over another; ranges of the objects that `is_immutable` says so of are kept in `folder`.

    `name` tells the stores apart that share a folder.
    """

    def __init__(
        self,
        reader: RangeReader,
        folder: Path,
        capacity_bytes: int,
        *,
        name: str,
        is_immutable: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._name = name
        self._is_immutable = is_immutable
        self._clock = clock
        self._folder = CacheFolder(folder, capacity_bytes)
        self._files = FileRangeReader(folder)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="disk-cache")
        self._pending_bytes = 0
        self._writing: set[asyncio.Future[None]] = set()
        self._used: set[str] = set()
        self._paused_until = 0.0
        self._has_complained = False

    async def fetch(self, key: str) -> StoredObject:
        """The whole object, always from the store: it may be one that is replaced."""
        return await self._reader.fetch(key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size))."""
        check_range(start, end)
        if if_match is not None or end - start > MAX_ENTRY_BYTES or not self._is_immutable(key):
            return await self._reader.fetch_range(key, start, end, if_match=if_match)
        name = self._entry_name(key, start, end)
        kept = await self._read(name)
        if kept is not None:
            return kept
        data = await self._reader.fetch_range(key, start, end)
        self._keep(name, data)
        return data

    async def settle(self) -> None:
        """Returns when all that is to be kept has been written."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def aclose(self) -> None:
        """Ends the threads; the reader below is not closed."""
        self._writer.shutdown(wait=False, cancel_futures=True)
        await self._files.aclose()

    def _entry_name(self, key: str, start: int, end: int) -> str:
        digest = hashlib.sha256(f"{self._name}\0{key}\0{start}-{end}".encode()).hexdigest()
        return f"{digest[:2]}/{digest[2:]}"

    async def _read(self, name: str) -> bytes | None:
        try:
            data = open_entry(name, (await self._files.fetch(name)).data)
        except StorageError:
            return None
        if data is not None:
            self._note_use(name)
        return data

    def _note_use(self, name: str) -> None:
        self._used.add(name)
        if len(self._used) >= _TOUCH_AFTER:
            used, self._used = self._used, set()
            self._submit(0, lambda: self._folder.touch(used))

    def _keep(self, name: str, data: bytes) -> None:
        if self._pending_bytes + len(data) <= _MAX_PENDING_BYTES and self._clock() >= self._paused_until:
            self._submit(len(data), lambda: self._folder.write(name, data))

    def _submit(self, size_bytes: int, work: Callable[[], None]) -> None:
        try:
            writing = asyncio.get_running_loop().run_in_executor(self._writer, work)
        except RuntimeError:  # it is closed
            return
        self._pending_bytes += size_bytes
        self._writing.add(writing)
        writing.add_done_callback(lambda done: self._written(done, size_bytes))

    def _written(self, writing: asyncio.Future[None], size_bytes: int) -> None:
        self._pending_bytes -= size_bytes
        self._writing.discard(writing)
        error = None if writing.cancelled() else writing.exception()
        if error is None:
            return
        self._paused_until = self._clock() + _PAUSE_S
        if not self._has_complained:
            self._has_complained = True
            _log.warning("The folder for cached tiles cannot be written, they are not kept: %s", error)
