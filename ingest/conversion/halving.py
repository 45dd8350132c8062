"""Writes `pyramid.tif` level by level, for pictures that libvips cannot halve well while they stream by.

Thin ones would need much padding, and very wide ones much memory: libvips holds a row of tiles of every level.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pyvips

from ingest.adoption.tile_codec import encode_tile, is_subsampled
from ingest.conversion.flat import FlatPicture, fill_up, flat_picture, halved_picture
from ingest.conversion.levels import TILE, LevelSize
from ingest.conversion.progress import Progress, part_of
from ingest.conversion.tiff_writer import BigTiffWriter, JpegTiles, Page

_AHEAD = 32
MILLIMETRES = 10


def halve_pyramid(
    image: pyvips.Image, levels: tuple[LevelSize, ...], path: Path, quality: int, threads: int, progress: Progress
) -> None:
    """Writes the pyramid of `image`, which may be sequential, to `path`; its tiles are complete JPEGs.

    Raises OSError where the disk cannot hold the decoded picture.
    """
    with path.open("w+b") as file, ThreadPoolExecutor(threads) as pool, ExitStack() as stack:
        writer = BigTiffWriter(file)
        picture = stack.enter_context(flat_picture(image, path.with_name("level-1.flat"), part_of(progress, 0, 0.4)))
        done = 0.4
        for level in levels:
            if level.scale > 1:
                halved = halved_picture(picture, path.with_name(f"level-{level.scale}.flat"))
                picture = stack.enter_context(halved)
            step = part_of(progress, done, done := done + (1 - done) * 3 / 4)
            resolution = image.xres * MILLIMETRES, image.yres * MILLIMETRES
            tiles = _encoded_tiles(picture, level, quality, pool, step)
            writer.write_page(build_page(level, resolution), build_content(image.bands, quality), tiles)


def _encoded_tiles(
    picture: FlatPicture, level: LevelSize, quality: int, pool: ThreadPoolExecutor, progress: Progress
) -> Iterator[bytes]:
    """The level's tiles row by row; a few are encoded ahead."""

    def encoded(number: int) -> bytes:
        row, column = divmod(number, level.columns)
        return encode_tile(fill_up(picture.read_window(column * TILE, row * TILE, TILE), TILE), quality)

    count = level.columns * level.rows
    numbers = iter(range(count))
    while batch := list(islice(numbers, _AHEAD)):
        yield from pool.map(encoded, batch)
        progress((batch[-1] + 1) / count)


def build_page(level: LevelSize, resolution: tuple[float, float]) -> Page:
    """The level's directory; `resolution`: pixels of the full size per centimetre."""
    across, down = (pixels / level.scale for pixels in resolution)
    return Page(level.width, level.height, TILE, (across, down), reduced=level.scale > 1)


def build_content(bands: int, quality: int) -> JpegTiles:
    """What tile_codec makes of one band (grey) or three."""
    return JpegTiles(None if bands == 1 else (2, 2) if is_subsampled(quality) else (1, 1))
