"""An object somewhere else as a file that is read in ranges, as one and the same version of it."""

from __future__ import annotations

import asyncio
import io
import os
from typing import TYPE_CHECKING

from storage.ports import AdoptedReader

if TYPE_CHECKING:
    from typing_extensions import Buffer

BUFFER_BYTES = 64 * 1024


class RangeFile(io.RawIOBase):
    """Reads [0, `size_bytes`) of the object with that ETag. Raises what the reader raises.

    To be wrapped into a BufferedReader of BUFFER_BYTES, or every number would be a request of its own.
    """

    def __init__(
        self, runner: asyncio.Runner, reader: AdoptedReader, location: str, size_bytes: int, etag: str
    ) -> None:
        self._runner = runner
        self._reader = reader
        self._location = location
        self._size_bytes = size_bytes
        self._etag = etag
        self._position = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """And in any order."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a place at or behind the beginning."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Buffer, /) -> int:
        """Fills the buffer as far as the object goes."""
        view = memoryview(buffer).cast("B")
        end = min(self._position + len(view), self._size_bytes)
        if end <= self._position:
            return 0
        data = self._runner.run(self._fetch(end))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    async def _fetch(self, end: int) -> bytes:
        return await self._reader.fetch_range(self._location, self._position, end, if_match=self._etag)
