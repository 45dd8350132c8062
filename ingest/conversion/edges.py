"""Where a pyramid's tiles lie, and the tiles that the picture's right and lower edge cuts.

Those are decoded, cropped to the true size, encoded again with the same tables and on the same block grid (which
changes almost nothing) and appended behind the end of the TIFF, where its readers never look.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ingest.adoption.tile_codec import decode_tile, encode_tile
from ingest.conversion.levels import TILE, LevelSize
from ingest.conversion.tiff_layout import IMAGE_WIDTH, JPEG_TABLES, PHOTOMETRIC, Directory, read_directories

SOI = b"\xff\xd8"
_EOI = b"\xff\xd9"
_ADOBE_YCBCR = bytes.fromhex("ffee 000e 41646f6265 0064 0000 0000 01")
"""APP14 with transform 1. Tiles whose colours are RGB already carry one of their own, with transform 0."""
_YCBCR = 6
_AHEAD = 32


@dataclass(frozen=True, slots=True)
class StoredTile:
    """Where a tile's JPEG lies in the TIFF (its SOI included), and the size of the picture in it."""

    offset: int
    length: int
    width: int
    height: int

    @property
    def is_cut(self) -> bool:
        """The true edge runs through it."""
        return self.width < TILE or self.height < TILE


@dataclass(frozen=True, slots=True)
class PlacedTile:
    """Where the bytes lie that are sent for a tile; see iiif_server.index.TileEntry."""

    offset: int
    length: int
    complete: bool


def place_tiles(
    path: Path, levels: tuple[LevelSize, ...], quality: int, threads: int
) -> tuple[bytes, list[PlacedTile]]:
    """The JPEG prefix, and every tile's place in index order: the smallest level first, row by row.

    Appends the cut tiles to the TIFF at `path`.
    """
    with path.open("r+b") as file, ThreadPoolExecutor(threads) as pool:
        directories = read_directories(file)
        prefix = build_prefix(directories[0])
        stored = [
            tile
            for directory, level in reversed(list(zip(directories, levels, strict=True)))
            for tile in _stored_tiles(directory, level)
        ]
        cut = iter(_append(file, _cropped(file, [t for t in stored if t.is_cut], prefix, quality, pool)))
        return prefix, [next(cut) if tile.is_cut else _inner(tile, prefix) for tile in stored]


def build_prefix(directory: Directory) -> bytes:
    """What turns a tile without its SOI into a JPEG: SOI, Adobe's marker where one is due, the shared tables."""
    tables = directory.numbers(JPEG_TABLES).astype(np.uint8).tobytes()
    if not tables:
        return SOI
    adobe = _ADOBE_YCBCR if directory.number(PHOTOMETRIC) == _YCBCR else b""
    return SOI + adobe + tables.removeprefix(SOI).removesuffix(_EOI)


def _inner(tile: StoredTile, prefix: bytes) -> PlacedTile:
    if prefix == SOI:
        return PlacedTile(tile.offset, tile.length, complete=True)
    return PlacedTile(tile.offset + len(SOI), tile.length - len(SOI), complete=False)


def _stored_tiles(directory: Directory, level: LevelSize) -> Iterator[StoredTile]:
    stored_columns = -(-directory.number(IMAGE_WIDTH) // TILE)
    offsets, lengths = directory.offsets.tolist(), directory.lengths.tolist()
    for row in range(level.rows):
        for column in range(level.columns):
            number = row * stored_columns + column
            width, height = min(TILE, level.width - column * TILE), min(TILE, level.height - row * TILE)
            yield StoredTile(offsets[number], lengths[number], width, height)


def _cropped(
    file: BinaryIO, tiles: list[StoredTile], prefix: bytes, quality: int, pool: ThreadPoolExecutor
) -> Iterator[bytes]:
    def crop(tile: StoredTile, data: bytes) -> bytes:
        return encode_tile(decode_tile(prefix + data[len(SOI) :])[: tile.height, : tile.width], quality)

    queue = iter(tiles)
    while batch := list(islice(queue, _AHEAD)):
        yield from pool.map(crop, batch, [_read(file, tile) for tile in batch])


def _read(file: BinaryIO, tile: StoredTile) -> bytes:
    file.seek(tile.offset)
    return file.read(tile.length)


def _append(file: BinaryIO, jpegs: Iterator[bytes]) -> list[PlacedTile]:
    end = file.seek(0, 2)
    placed = []
    for jpeg in jpegs:
        file.seek(end)
        file.write(jpeg)
        placed.append(PlacedTile(end, len(jpeg), complete=True))
        end += len(jpeg)
    return placed
