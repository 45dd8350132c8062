"""Asynchronous reads from files without a thread, wherever the bytes are in the page cache.

`preadv(RWF_NOWAIT)` takes some microseconds and says so where it would have to wait for the disk; only then a thread
reads. Files stay open between calls; a replaced object has another inode, which one stat() per call finds.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
    StorageUnavailableError,
)
from storage.keys import check_key, check_range
from storage.os_errors import translate_os_error
from storage.ports import StoredObject

MAX_INLINE_BYTES = 1 << 20
INSTANT_BYTES = 1 << 19
_NO_NOWAIT = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
_ABSENT = (FileNotFoundError, NotADirectoryError)


def etag_of(status: os.stat_result) -> str:
    """The ETag of a file: another one after every put, because each put makes a new file with a date of its own."""
    return f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"'


class OpenFile:
    """An open file that closes itself when nobody holds it any more: neither the cache nor a read under way."""

    __slots__ = ("_status", "descriptor", "identity", "path", "size")

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._status = status = os.fstat(self.descriptor)
        self.path = path
        self.size = status.st_size
        self.identity = _identity(status)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no plain file", path)

    def __del__(self) -> None:
        descriptor = getattr(self, "descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    @property
    def etag(self) -> str:
        """Which is seldom asked for: those of tiles and indexes are never."""
        return etag_of(self._status)

    def read(self, start: int, end: int) -> bytes:
        """Bytes [start, end) of the file, waiting for the disk. Raises OSError where they are not all there."""
        parts: list[bytes] = []
        while start < end:
            part = os.pread(self.descriptor, end - start, start)
            if not part:
                raise OSError(errno.EIO, "the file is shorter than it was")
            parts.append(part)
            start += len(part)
        return b"".join(parts)


class FileRangeReader:
    """A RangeReader over the files below `root`. At most `max_open` files are kept open."""

    def __init__(self, root: Path, *, max_open: int = 512, threads: int = 16) -> None:
        self._prefix = f"{root}/"
        self._max_open = max_open
        self._open_files: OrderedDict[str, OpenFile] = OrderedDict()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="storage-read")
        self._scratch = threading.local()
        self._instant_buffer = memoryview(bytearray(INSTANT_BYTES))
        self._nowait = True

    async def fetch(self, key: str) -> StoredObject:
        """The whole object."""
        try:
            file = OpenFile(self._prefix + check_key(key))
            return StoredObject(await self._read(key, file, 0, file.size), file.etag)
        except _ABSENT as exc:
            raise ObjectNotFoundError(key) from exc
        except OSError as exc:
            raise translate_os_error(key, exc) from exc

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size))."""
        check_range(start, end)
        try:
            file = self._file(key)
            if if_match is not None and if_match != file.etag:
                raise PreconditionFailedError(key, "the object has another ETag")
            if start >= file.size:
                raise RangeNotSatisfiableError(key, f"{start} is not before the end, {file.size}")
            return await self._read(key, file, start, min(end, file.size))
        except OSError as exc:
            raise translate_os_error(key, exc) from exc

    def read_now(self, key: str, start: int, end: int) -> memoryview | None:
        """Bytes [start, end) out of the page cache, from a file that fetch_range has opened.

        They are good until the next call.
        """
        file = self._open_files.get(key)
        if file is None or not self._nowait:
            return None
        self._open_files.move_to_end(key)
        size = end - start
        scratch = self._instant_buffer[:size]
        try:
            count = os.preadv(file.descriptor, (scratch,), start, os.RWF_NOWAIT)
        except OSError:
            return None
        return scratch if count == size else None

    async def aclose(self) -> None:
        """Closes the files and ends the threads."""
        self._open_files.clear()
        self._threads.shutdown(wait=False)

    def _file(self, key: str) -> OpenFile:
        """The open file of the object as it is now."""
        file = self._open_files.get(key)
        try:
            if file is not None and _identity(os.stat(file.path)) == file.identity:  # noqa: PTH116 - hot path
                self._open_files.move_to_end(key)
                return file
            self._open_files.pop(key, None)
            file = OpenFile(self._prefix + check_key(key))
        except _ABSENT as exc:
            self._open_files.pop(key, None)
            raise ObjectNotFoundError(key) from exc
        self._open_files[key] = file
        if len(self._open_files) > self._max_open:
            self._open_files.popitem(last=False)
        return file

    async def _read(self, key: str, file: OpenFile, start: int, end: int) -> bytes:
        data = self._read_cached(file, start, end)
        if len(data) == end - start:
            return data
        loop = asyncio.get_running_loop()
        try:
            return data + await loop.run_in_executor(self._threads, file.read, start + len(data), end)
        except RuntimeError as exc:
            raise StorageUnavailableError(key, "the store is closed") from exc

    def _read_cached(self, file: OpenFile, start: int, end: int) -> bytes:
        """As many of the bytes, from the start, as can be had without waiting."""
        if not self._nowait or end - start > MAX_INLINE_BYTES:
            return b""
        scratch = self._buffer()[: end - start]
        try:
            count = os.preadv(file.descriptor, [scratch], start, os.RWF_NOWAIT)
        except BlockingIOError:
            return b""
        except OSError as exc:
            if exc.errno not in _NO_NOWAIT:
                raise
            self._nowait = False  # this file system cannot; every read takes a thread
            return b""
        return bytes(scratch[:count])

    def _buffer(self) -> memoryview:
        """Reused for every read of this thread: clearing a new one costs as much as the read itself."""
        buffer: memoryview | None = getattr(self._scratch, "buffer", None)
        if buffer is None:
            buffer = self._scratch.buffer = memoryview(bytearray(MAX_INLINE_BYTES))
        return buffer


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
