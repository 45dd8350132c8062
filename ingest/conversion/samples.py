"""Writes `samples.tif` and `samples.index`, the lossless pyramid, and reads its tiles again.

Format: iiif_server.samples_record.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import crc32c
import numpy as np
import pyvips

from iiif_server.index import TileEntry, build_index
from iiif_server.samples_record import SAMPLES, SAMPLES_INDEX
from ingest.conversion.channels import SamplesPlan
from ingest.conversion.flat import FlatPicture, fill_up, flat_copy, flat_picture, halved_picture
from ingest.conversion.halving import MILLIMETRES, build_page
from ingest.conversion.levels import TILE, LevelSize
from ingest.conversion.means import Values
from ingest.conversion.progress import Progress, part_of
from ingest.conversion.readers.source import Source
from ingest.conversion.sample_codec import decode_samples, encode_samples, predictor
from ingest.conversion.sample_statistics import ChannelStatistics, Measured, measure
from ingest.conversion.tiff_writer import BigTiffWriter, SampleTiles

_MAX_AHEAD, _AHEAD_BYTES = 32, 64 * 1024 * 1024
_COPIES = 6
"""Of a tile in all its channels, while a thread works on it; rows of the whole picture may be read for it."""
_CHUNK_BYTES = 64 * 1024 * 1024
"""What halving and writing hold beside."""
_STRIP_ROWS = 768
"""Rows of the whole picture that libvips holds while it decodes one that streams, and we while halving."""


@dataclass(frozen=True, slots=True)
class StoredLevel:
    """Where the tiles of a level lie in `samples.tif`, each channel by channel."""

    size: LevelSize
    offsets: array[int]
    lengths: array[int]
    checksums: array[int]


@dataclass(frozen=True, slots=True)
class StoredSamples:
    """A lossless pyramid in a file; the full size first. `resolution`: pixels per centimetre, across and down."""

    path: Path
    plan: SamplesPlan
    levels: tuple[StoredLevel, ...]
    resolution: tuple[float, float]

    def read_tile(self, file: int, level: StoredLevel, number: int, channel: int) -> Values:
        """The TILE x TILE values of a tile of the level, from the open file."""
        entry = number * len(self.plan.channels) + channel
        data = os.pread(file, level.lengths[entry], level.offsets[entry])
        return decode_samples(data, self.plan.dtype, TILE)


def samples_bytes(plan: SamplesPlan, width: int, threads: int) -> int:
    """Memory that write_samples takes."""
    tiles = TILE * TILE * (_ahead(plan) + threads * _COPIES)
    return (tiles + width * _STRIP_ROWS) * plan.pixel_bytes + _CHUNK_BYTES


def write_samples(
    image: pyvips.Image,
    source: Source,
    levels: tuple[LevelSize, ...],
    folder: Path,
    plan: SamplesPlan,
    statistics: Sequence[ChannelStatistics],
    *,
    step: int,
    icc_profile: bytes,
    threads: int,
    progress: Progress,
) -> StoredSamples:
    """Writes the pyramid of `image`, which may be sequential, and adds what its channels hold to `statistics`.

    It is the picture of `source`, upright.

    `step`: see sample_statistics.measure. Raises OSError where the disk cannot hold the decoded picture.
    """
    path = folder / SAMPLES
    resolution = image.xres * MILLIMETRES, image.yres * MILLIMETRES
    stored: list[StoredLevel] = []
    with path.open("w+b") as file, ThreadPoolExecutor(threads) as pool, ExitStack() as stack:
        writer = BigTiffWriter(file)
        picture = stack.enter_context(_open_flat(image, source, folder / "level-1.flat", part_of(progress, 0, 0.4)))
        done = 0.4
        for level in levels:
            if level.scale > 1:
                picture = stack.enter_context(halved_picture(picture, folder / f"level-{level.scale}.flat"))
            report = part_of(progress, done, done := done + (1 - done) * 3 / 4)
            work = _LevelWork(picture, level, plan, step if level.scale == 1 else None)
            checksums = array("I")
            tiles = _collected(work.run(pool, report), statistics, checksums)
            content = _content(plan, icc_profile if level.scale == 1 else b"")
            stored.append(
                StoredLevel(level, *writer.write_page(build_page(level, resolution), content, tiles), checksums)
            )
    (folder / SAMPLES_INDEX).write_bytes(build_index(_entries(stored)))
    return StoredSamples(path, plan, tuple(stored), resolution)


def _open_flat(
    image: pyvips.Image, source: Source, path: Path, progress: Progress
) -> AbstractContextManager[FlatPicture]:
    if source.raw is None:
        return flat_picture(image, path, progress)
    return flat_copy(source.path, source.raw, image, path, progress)


@dataclass(frozen=True, slots=True)
class _DoneTile:
    """A tile's bytes and checksums by channel, and what its channels hold where that was asked for."""

    data: tuple[bytes, ...]
    checksums: tuple[int, ...]
    measured: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class _LevelWork:
    picture: FlatPicture
    level: LevelSize
    plan: SamplesPlan
    step: int | None

    def run(self, pool: ThreadPoolExecutor, progress: Progress) -> Iterator[_DoneTile]:
        """The tiles row by row; a few are made ahead."""
        count = self.level.columns * self.level.rows
        numbers = iter(range(count))
        while batch := list(islice(numbers, _ahead(self.plan))):
            yield from pool.map(self._make, batch)
            progress((batch[-1] + 1) / count)

    def _make(self, number: int) -> _DoneTile:
        row, column = divmod(number, self.level.columns)
        window = self.picture.read_window(column * TILE, row * TILE, TILE)
        data, measured = [], []
        for channel in range(self.picture.bands):
            values = np.ascontiguousarray(window[:, :, channel])
            if self.step is not None:
                measured.append(measure(values, self.step))
            data.append(encode_samples(fill_up(values, TILE)))
        return _DoneTile(tuple(data), tuple(crc32c.crc32c(item) for item in data), tuple(measured))


def _collected(
    tiles: Iterable[_DoneTile], statistics: Sequence[ChannelStatistics], checksums: array[int]
) -> Iterator[bytes]:
    for tile in tiles:
        for channel, measured in zip(statistics, tile.measured, strict=False):  # none below the first level
            channel.add(measured)
        checksums.extend(tile.checksums)
        yield from tile.data


def _ahead(plan: SamplesPlan) -> int:
    return max(1, min(_MAX_AHEAD, _AHEAD_BYTES // (TILE * TILE * plan.pixel_bytes)))


def _content(plan: SamplesPlan, icc_profile: bytes) -> SampleTiles:
    return SampleTiles(
        bands=len(plan.channels),
        kind=plan.dtype.kind,
        bits=plan.dtype.itemsize * 8,
        predictor=predictor(plan.dtype),
        colours=plan.colours > 0,
        description="Channels: " + ", ".join(channel.name for channel in plan.channels),
        icc_profile=icc_profile,
    )


def _entries(levels: Sequence[StoredLevel]) -> Iterator[TileEntry]:
    for level in reversed(levels):  # the index begins with the smallest level
        for offset, length, checksum in zip(level.offsets, level.lengths, level.checksums, strict=True):
            yield TileEntry(offset, length, checksum, complete=True)
