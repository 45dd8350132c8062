"""Writes `pyramid.tif`, a tiled TIFF of all levels, in one of two ways.

Most images stream once through libvips, which halves them itself; that needs padding which thin images cannot
afford, and a row of tiles of every level in memory, which very wide ones cannot. Those are spilled and halved here.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips
import simplejpeg
import tifffile

from ingest.levels import TILE, LevelSize, padded_size, pads_cheaply
from ingest.progress import Progress, part_of, watch
from ingest.spill import spill

_SUBSAMPLED_BELOW = 90
"""libvips subsamples chroma below this quality only; whatever is encoded here does the same."""
_STREAM_STRIPS = 4
"""Rows of tiles that libvips holds, of all levels together, in units of the largest level's."""
_STREAM_LIMIT_BYTES = 400 * 1024 * 1024
_FRACTION_BITS = 4


def streams(levels: tuple[LevelSize, ...], bands: int) -> bool:
    """Whether stream_pyramid can write it in little memory and without much padding."""
    return pads_cheaply(levels) and stream_bytes(levels, bands) <= _STREAM_LIMIT_BYTES


def stream_bytes(levels: tuple[LevelSize, ...], bands: int) -> int:
    """Memory that stream_pyramid takes for rows of tiles."""
    return padded_size(levels)[0] * TILE * bands * _STREAM_STRIPS


def stream_pyramid(
    image: pyvips.Image, levels: tuple[LevelSize, ...], path: Path, quality: int, progress: Progress
) -> None:
    """Writes it in one pass over `image`, which may be sequential. Levels are padded on the right and below."""
    width, height = padded_size(levels)
    watch(image.embed(0, 0, width, height, extend="copy"), progress).tiffsave(
        str(path),
        compression="jpeg",
        Q=quality,
        tile=True,
        tile_width=TILE,
        tile_height=TILE,
        pyramid=True,
        bigtiff=True,
        depth="onetile",
        keep="none",
    )


def halve_pyramid(
    image: pyvips.Image, levels: tuple[LevelSize, ...], path: Path, quality: int, threads: int, progress: Progress
) -> None:
    """Writes it level by level from a spilled `image`, each halved from the one before; tiles are complete JPEGs."""
    with tifffile.TiffWriter(path, bigtiff=True) as writer, ThreadPoolExecutor(threads) as pool:
        done = 0.0
        for number, level in enumerate(levels):
            if number:
                image = spill(_halved(image), path.with_name(f"level-{level.scale}.spill"), _ignore)
            step = part_of(progress, done, done := done + (1 - done) * 3 / 4)
            _write_level(writer, _encoded_tiles(image, level, quality, pool, step), image, level, quality, number > 0)


def encode_tile(pixels: npt.NDArray[np.uint8], quality: int) -> bytes:
    """A complete JPEG of (height, width, bands) with the same tables and subsampling as libvips'."""
    if pixels.shape[2] == 1:
        return bytes(simplejpeg.encode_jpeg(pixels, quality, colorspace="GRAY", colorsubsampling="Gray"))
    sampling = "420" if quality < _SUBSAMPLED_BELOW else "444"
    return bytes(simplejpeg.encode_jpeg(pixels, quality, colorspace="RGB", colorsubsampling=sampling))


def _halved(image: pyvips.Image) -> pyvips.Image:
    """Means of 2x2 pixels, an odd last row or column doubled. Four more bits, or rounding twice would brighten it."""
    even = image.embed(0, 0, image.width + image.width % 2, image.height + image.height % 2, extend="copy")
    means = (even.cast("ushort") << _FRACTION_BITS).shrink(2, 2)
    halved = ((means + (1 << _FRACTION_BITS - 1)).cast("ushort") >> _FRACTION_BITS).cast("uchar")
    return halved.copy(interpretation=image.interpretation)


def _encoded_tiles(
    image: pyvips.Image, level: LevelSize, quality: int, pool: ThreadPoolExecutor, progress: Progress
) -> Iterator[bytes]:
    """The level's tiles row by row, filled up by copies of the edge; a few are encoded ahead."""
    filled = image.embed(0, 0, level.columns * TILE, level.rows * TILE, extend="copy")
    region = pyvips.Region.new(filled)
    count = level.columns * level.rows

    def pixels(number: int) -> npt.NDArray[np.uint8]:
        row, column = divmod(number, level.columns)
        data = region.fetch(column * TILE, row * TILE, TILE, TILE)
        return np.frombuffer(data, np.uint8).reshape(TILE, TILE, filled.bands)

    numbers = iter(range(count))
    done = 0
    while batch := [pixels(number) for number in islice(numbers, 32)]:
        yield from pool.map(encode_tile, batch, [quality] * len(batch))
        done += len(batch)
        progress(done / count)


def _write_level(
    writer: tifffile.TiffWriter,
    tiles: Iterator[bytes],
    image: pyvips.Image,
    level: LevelSize,
    quality: int,
    reduced: bool,
) -> None:
    colours: dict[str, Any] = {"photometric": "minisblack"}
    if image.bands == 3:
        subsampling = (2, 2) if quality < _SUBSAMPLED_BELOW else (1, 1)
        colours = {"photometric": "ycbcr", "subsampling": subsampling, "planarconfig": "contig"}
    writer.write(
        tiles,
        shape=(level.height, level.width, *([3] if image.bands == 3 else [])),
        dtype=np.uint8,
        tile=(TILE, TILE),
        compression="jpeg",
        subfiletype=1 if reduced else 0,
        resolution=(image.xres * 10 / level.scale, image.yres * 10 / level.scale),
        resolutionunit="CENTIMETER",
        metadata=None,
        software=False,
        **colours,
    )


def _ignore(_: float) -> None:
    pass
