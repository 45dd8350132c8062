"""Reading every tile of a foreign pyramid once, for its checksum, without which damage would be shown as pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import crc32c
import numpy as np

from ingest.adoption.foreign_file import ForeignFile
from ingest.adoption.foreign_layout import ForeignLevel, NotAdoptableError
from ingest.adoption.jpeg_header import JpegHeader, parse_jpeg_header

_RUN_BYTES = 4 * 1024 * 1024
_GAP_BYTES = 64 * 1024
_RUNS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class ForeignTile:
    """Where a tile lies, to which level it belongs, and how many bytes are skipped: a JPEG's SOI."""

    offset: int
    length: int
    level: int
    skipped: int


def read_checksums(
    file: ForeignFile,
    tiles: Sequence[ForeignTile],
    levels: Sequence[ForeignLevel],
    headers: Sequence[JpegHeader | None],
    on_progress: Callable[[float], None],
) -> list[int]:
    """The CRC-32C of what is sent of each tile, in the same order; read in the order of the file.

    `headers` are those of the first tile of each level, where it is a JPEG. Raises NotAdoptableError,
    MalformedJpegError for a tile that is another kind of JPEG than that.
    """
    sums = np.zeros(len(tiles), np.uint32)
    done = 0
    for runs in _batches(_runs(tiles), _RUNS_AT_ONCE):
        ranges = [
            (tiles[run[0]].offset, max(tiles[number].offset + tiles[number].length for number in run)) for run in runs
        ]
        for run, data in zip(runs, file.read_all(ranges), strict=True):
            start = tiles[run[0]].offset
            for number in run:
                tile = tiles[number]
                stored = data[tile.offset - start : tile.offset - start + tile.length]
                _check_tile(stored, levels[tile.level], headers[tile.level])
                sums[number] = crc32c.crc32c(stored[tile.skipped :])
            done += len(run)
        on_progress(done / len(tiles))
    return [int(crc32c) for crc32c in sums]


def _check_tile(stored: bytes, level: ForeignLevel, first: JpegHeader | None) -> None:
    """Raises NotAdoptableError, MalformedJpegError for a tile that is not like the first one of its level."""
    if first is None:
        return
    header = parse_jpeg_header(stored)
    check_header(header, level)
    if header.adobe != first.adobe:
        raise NotAdoptableError("its tiles tell their colours in different ways")


def check_header(header: JpegHeader, level: ForeignLevel) -> None:
    """Raises NotAdoptableError where the tile is another one than its level's directory describes."""
    if (header.width, header.height, header.components) != (level.tile_width, level.tile_height, level.components):
        raise NotAdoptableError("a tile is not what its directory says")


def _runs(tiles: Sequence[ForeignTile]) -> Iterator[list[int]]:
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
