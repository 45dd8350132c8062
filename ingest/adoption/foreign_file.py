"""One version of a file that lies somewhere else: its bytes, and the levels that it holds as a TIFF."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import BinaryIO, cast

from ingest.adoption.foreign_layout import ForeignLevel, find_levels
from ingest.adoption.range_file import BUFFER_BYTES, RangeFile
from ingest.conversion.tiff_layout import Directory, read_directories, read_sub_directories
from storage.adopted import AdoptedObjects


class ForeignFile:
    """The file at `location` as it is now. Raises what `objects` raises, PreconditionFailedError once it changes."""

    def __init__(self, objects: AdoptedObjects, location: str, runner: asyncio.Runner) -> None:
        self._objects = objects
        self._runner = runner
        # Resolved once more: what is a link by now may lead out of the roots.
        self.location = objects.locate(location)
        info = objects.head(self.location)
        self.etag = info.etag
        self.size_bytes = info.size_bytes

    def read_levels(self) -> tuple[list[Directory], list[ForeignLevel]]:
        """Its pages, and the levels of the pyramid. Raises MalformedTiffError, NotAdoptableError."""
        raw = RangeFile(self._runner, self._objects, self.location, self.size_bytes, self.etag)
        file = cast(BinaryIO, io.BufferedReader(raw, BUFFER_BYTES))
        pages = read_directories(file)
        return pages, find_levels(pages, read_sub_directories(file, pages[0]), self.size_bytes)

    def read(self, start: int, end: int) -> bytes:
        """Bytes [start, end), or as many of them as there are."""
        return self._runner.run(self._fetch(start, end))

    def read_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of each range, all asked for at the same time."""
        return self._runner.run(self._fetch_all(ranges))

    async def _fetch_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        return await asyncio.gather(*(self._fetch(start, end) for start, end in ranges))

    async def _fetch(self, start: int, end: int) -> bytes:
        return await self._objects.fetch_range(self.location, start, end, if_match=self.etag)
