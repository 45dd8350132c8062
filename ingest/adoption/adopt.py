"""Making the index of a pyramid that lies somewhere else, and stays there.

Its tiles are read once, for their checksums, without which damage would be shown as pixels. Where that is not wanted,
for an archive too large to be read, only the first tile of each level is looked at.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import google_crc32c
import numpy as np

from iiif_server.grid import TileGrid, ceil_div
from iiif_server.index import TileEntry, build_index
from iiif_server.record import (
    Adopted,
    AdoptedLevel,
    Level,
    MalformedRecordError,
    Revision,
    build_revision_document,
    read_revision_document,
)
from iiif_server.tiff_tile import TileCoding, build_head
from ingest.adoption.foreign_layout import (
    YCBCR,
    ForeignLevel,
    NotAdoptableError,
    count_further_pages,
    find_levels,
)
from ingest.adoption.jpeg_header import JpegHeader, MalformedJpegError, parse_jpeg_header
from ingest.adoption.range_file import BUFFER_BYTES, RangeFile
from ingest.conversion.tiff_layout import (
    COMPRESSION,
    ICC_PROFILE,
    JPEG_TABLES,
    PHOTOMETRIC,
    PREDICTOR,
    Directory,
    MalformedTiffError,
    read_directories,
    read_sub_directories,
)
from ingest.errors import PublishConflictError, UnusableSourceError
from ingest.faults import translated_storage_errors
from storage.adopted import AdoptedObjects
from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    OutsideRootsError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
)

SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_ADOBE = {
    True: bytes.fromhex("ffee000e41646f626500640000000001"),
    False: bytes.fromhex("ffee000e41646f626500640000000000"),
}
"""APP14 of colours that are YCbCr (transform 1) and of those that are RGB (transform 0)."""

_MAX_PROFILE_BYTES = 16 * 1024
"""A longer one would make every tile longer by as much; scanners' profiles have hundreds of kilobytes."""

_RUN_BYTES = 4 * 1024 * 1024
_GAP_BYTES = 64 * 1024
_RUNS_AT_ONCE = 4
_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is known of the file: everything that a revision says of it. The index lies where it was asked for."""

    width: int
    height: int
    components: int
    adopted: Adopted
    size_bytes: int
    losses: tuple[str, ...]

    def revision(self, *, name: str, created: datetime) -> Revision:
        """This as a revision of an image. Its viewers are offered scales of powers of two, as they expect."""
        first = self.adopted.levels[0]
        return Revision(
            name=name,
            width=self.width,
            height=self.height,
            tile_width=first.tile_width,
            tile_height=first.tile_height,
            channels="gray" if self.components == 1 else "rgb",
            levels=offered_levels(self.width, self.height, first.tile_width, first.tile_height),
            jpeg_prefix=first.jpeg_prefix,
            created=created,
            master_sha256="",
            pyramid_sha256="",
            pyramid_size_bytes=self.size_bytes,
            losses=self.losses,
            adopted=self.adopted,
        )


@dataclass(frozen=True, slots=True)
class _Tile:
    """Where a tile lies, to which level it belongs, and how many bytes are skipped: a JPEG's SOI."""

    offset: int
    length: int
    level: int
    skipped: int


def index_adopted(
    objects: AdoptedObjects, location: str, output: Path, *, checksums: bool, on_progress: Callable[[float], None]
) -> Indexed:
    """Writes the index of the file at `location` to `output`, calling `on_progress` with numbers from 0 to 1.

    Raises UnusableSourceError for good, PublishConflictError where the file is changed meanwhile, StorageAwayError.
    """
    name = location.rpartition("/")[2]
    try:
        with translated_storage_errors(), asyncio.Runner() as runner:
            try:
                return _checked(_Indexing(objects, location, runner).run(output, checksums, on_progress))
            except PreconditionFailedError as exc:
                raise PublishConflictError(f"{name} was changed while it was read.") from exc
            except (ObjectNotFoundError, OutsideRootsError, InvalidKeyError) as exc:
                raise UnusableSourceError(f"{location} cannot be read: {exc.detail}.") from exc
    except (MalformedTiffError, MalformedJpegError, NotAdoptableError, RangeNotSatisfiableError) as exc:
        detail = "it is cut off" if isinstance(exc, RangeNotSatisfiableError) else exc
        raise UnusableSourceError(f"{name} cannot be served as it lies: {detail}. Ingest converts it.") from exc


def _checked(indexed: Indexed) -> Indexed:
    """Itself, where image servers will take it. Raises NotAdoptableError."""
    document = build_revision_document(indexed.revision(name="new", created=datetime.now(UTC)))
    try:
        read_revision_document(document)
    except MalformedRecordError as exc:
        raise NotAdoptableError(str(exc)) from exc
    return indexed


def offered_levels(width: int, height: int, tile_width: int, tile_height: int) -> tuple[Level, ...]:
    """Levels at 1, 2, 4 and so on, until the image fits into one tile."""
    levels: list[Level] = []
    entry = 0
    for scale in reversed(list(TileGrid(width, height, tile_width, tile_height).scales())):
        level = Level(scale, ceil_div(width, scale), ceil_div(height, scale), entry)
        levels.insert(0, level)
        entry += ceil_div(level.width, tile_width) * ceil_div(level.height, tile_height)
    return tuple(levels)


class _Indexing:
    """One reading of one file."""

    def __init__(self, objects: AdoptedObjects, location: str, runner: asyncio.Runner) -> None:
        self._objects = objects
        self._runner = runner
        # Resolved once more: what is a link by now may lead out of the roots.
        self._location = objects.locate(location)
        self._info = objects.head(self._location)

    def run(self, output: Path, checksums: bool, on_progress: Callable[[float], None]) -> Indexed:
        pages, levels = self._read_levels()
        headers = [self._read_first_header(level) if level.is_jpeg else None for level in levels]
        profile = _applied_profile(levels[0])
        prefixes = [build_prefix(level, header, profile) for level, header in zip(levels, headers, strict=True)]
        tiles = [tile for number in reversed(range(len(levels))) for tile in _tiles(levels[number], number)]
        sums = self._read_checksums(tiles, levels, headers, on_progress) if checksums else [None] * len(tiles)
        entries = (
            TileEntry(tile.offset + tile.skipped, tile.length - tile.skipped, crc32c, complete=False)
            for tile, crc32c in zip(tiles, sums, strict=True)
        )
        output.write_bytes(build_index(entries))
        first = levels[0]
        adopted = Adopted(self._location, self._info.etag, tuple(_adopted_levels(levels, prefixes)), profile)
        losses = tuple(_losses(pages, levels))
        return Indexed(first.width, first.height, first.components, adopted, self._info.size_bytes, losses)

    def _read_levels(self) -> tuple[list[Directory], list[ForeignLevel]]:
        raw = RangeFile(self._runner, self._objects, self._location, self._info.size_bytes, self._info.etag)
        file = cast(BinaryIO, io.BufferedReader(raw, BUFFER_BYTES))
        pages = read_directories(file)
        return pages, find_levels(pages, read_sub_directories(file, pages[0]), self._info.size_bytes)

    def _read_first_header(self, level: ForeignLevel) -> JpegHeader:
        offset, length = int(level.directory.offsets[0]), int(level.directory.lengths[0])
        data = self._runner.run(self._fetch(offset, offset + min(length, _HEADER_BYTES)))
        header = parse_jpeg_header(data)
        _check_header(header, level)
        return header

    def _read_checksums(
        self,
        tiles: Sequence[_Tile],
        levels: Sequence[ForeignLevel],
        headers: Sequence[JpegHeader | None],
        on_progress: Callable[[float], None],
    ) -> list[int]:
        """The CRC-32C of what is sent of each tile, in the same order; read in the order of the file."""
        sums = np.zeros(len(tiles), np.uint32)
        done = 0
        for runs in _batches(_runs(tiles), _RUNS_AT_ONCE):
            for run, data in zip(runs, self._runner.run(self._fetch_runs(tiles, runs)), strict=True):
                start = tiles[run[0]].offset
                for number in run:
                    tile = tiles[number]
                    stored = data[tile.offset - start : tile.offset - start + tile.length]
                    _check_tile(stored, levels[tile.level], headers[tile.level])
                    sums[number] = google_crc32c.value(stored[tile.skipped :])
                done += len(run)
            on_progress(done / len(tiles))
        return [int(crc32c) for crc32c in sums]

    async def _fetch_runs(self, tiles: Sequence[_Tile], runs: Sequence[list[int]]) -> list[bytes]:
        ranges = [
            (tiles[run[0]].offset, max(tiles[number].offset + tiles[number].length for number in run)) for run in runs
        ]
        return await asyncio.gather(*(self._fetch(start, end) for start, end in ranges))

    async def _fetch(self, start: int, end: int) -> bytes:
        return await self._objects.fetch_range(self._location, start, end, if_match=self._info.etag)


def build_prefix(level: ForeignLevel, header: JpegHeader | None, profile: bytes) -> bytes:
    """What turns a tile without its SOI into a JPEG: SOI, profile, Adobe's marker where missing, the shared tables.

    Without the marker some browsers take RGB for YCbCr, or the other way round. Tiles that are no JPEGs, and so have
    no header, get the head of a TIFF.
    """
    directory = level.directory
    if header is None:
        compression, photometric = directory.number(COMPRESSION, 1), directory.number(PHOTOMETRIC)
        coding = TileCoding(compression, photometric, directory.number(PREDICTOR, 1), level.components)
        return build_head(level.tile_width, level.tile_height, coding)
    tables = directory.numbers(JPEG_TABLES).astype(np.uint8).tobytes()
    adobe = b"" if header.adobe or header.components == 1 else _ADOBE[directory.number(PHOTOMETRIC) == YCBCR]
    return SOI + _icc_segment(profile) + adobe + tables.removeprefix(SOI).removesuffix(_EOI)


def _icc_segment(profile: bytes) -> bytes:
    """APP2 with the profile as its only part (ICC.1:2022 annex B.4)."""
    if not profile:
        return b""
    data = b"ICC_PROFILE\0\x01\x01" + profile
    return b"\xff\xe2" + (len(data) + 2).to_bytes(2, "big") + data


def _applied_profile(level: ForeignLevel) -> bytes:
    """The embedded profile where it matters, and is fit to be sent along with every tile."""
    profile = _profile(level)
    is_fit = len(profile) <= _MAX_PROFILE_BYTES and profile[16:20] == b"RGB " and level.components == 3
    return profile if is_fit and not _is_srgb(profile) else b""


def _is_srgb(profile: bytes) -> bool:
    """By its name: whoever embeds sRGB says so."""
    return any("sRGB".encode(code) in profile for code in ("ascii", "utf-16-be"))


def _profile(level: ForeignLevel) -> bytes:
    return level.directory.numbers(ICC_PROFILE).astype(np.uint8).tobytes()


def _check_tile(stored: bytes, level: ForeignLevel, first: JpegHeader | None) -> None:
    """Raises NotAdoptableError, MalformedJpegError for a tile that is not like the first one of its level."""
    if first is None:
        return
    header = parse_jpeg_header(stored)
    _check_header(header, level)
    if header.adobe != first.adobe:
        raise NotAdoptableError("its tiles tell their colours in different ways")


def _check_header(header: JpegHeader, level: ForeignLevel) -> None:
    if (header.width, header.height, header.components) != (level.tile_width, level.tile_height, level.components):
        raise NotAdoptableError("a tile is not what its directory says")


def _tiles(level: ForeignLevel, number: int) -> Iterator[_Tile]:
    count, directory = level.tile_count, level.directory
    for offset, length in zip(directory.offsets[:count].tolist(), directory.lengths[:count].tolist(), strict=True):
        yield _Tile(offset, length, number, len(SOI) if level.is_jpeg else 0)


def _adopted_levels(levels: Sequence[ForeignLevel], prefixes: Sequence[bytes]) -> list[AdoptedLevel]:
    found: list[AdoptedLevel] = []
    entry = 0
    for level, prefix in zip(reversed(levels), reversed(prefixes), strict=True):
        scale_x, scale_y = level.scale_x.as_integer_ratio(), level.scale_y.as_integer_ratio()
        sizes = level.width, level.height, scale_x, scale_y, level.tile_width, level.tile_height
        found.insert(0, AdoptedLevel(*sizes, entry, prefix, "jpeg" if level.is_jpeg else "tiff"))
        entry += level.tile_count
    return found


def _losses(pages: Sequence[Directory], levels: Sequence[ForeignLevel]) -> Iterator[str]:
    further = count_further_pages(pages)
    if further:
        yield f"Only the first of {further + 1} pages is shown."
    profile = _profile(levels[0])
    if profile and not _is_srgb(profile) and not _applied_profile(levels[0]):
        yield "The embedded colour profile is not applied; the colours are shown as if they were sRGB."


def _runs(tiles: Sequence[_Tile]) -> Iterator[list[int]]:
    """The tiles' numbers in the order of the file, in runs of neighbours that are read at once."""
    run: list[int] = []
    end = 0
    for number in sorted(range(len(tiles)), key=lambda number: tiles[number].offset):
        tile = tiles[number]
        if run and (tile.offset - end > _GAP_BYTES or tile.offset + tile.length - tiles[run[0]].offset > _RUN_BYTES):
            yield run
            run = []
        run.append(number)
        end = max(end, tile.offset + tile.length)
    if run:
        yield run


def _batches(runs: Iterable[list[int]], size: int) -> Iterator[list[list[int]]]:
    batch: list[list[int]] = []
    for run in runs:
        batch.append(run)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
