"""Writes `pyramid.tif`, a tiled TIFF of all levels, in one pass of libvips over the picture.

Levels are padded on the right and below (levels.py), so that libvips' halving never rounds. `halving` writes the
pyramids for which that is too much.
"""

from __future__ import annotations

from pathlib import Path

import pyvips

from ingest.conversion.levels import TILE, LevelSize, padded_size, pads_cheaply
from ingest.conversion.progress import Progress, watch

_STRIPS = 4
"""Rows of tiles that libvips holds, of all levels together, in units of the largest level's."""
_MAX_STRIP_BYTES = 400 * 1024 * 1024


def streams(levels: tuple[LevelSize, ...], bands: int) -> bool:
    """Whether stream_pyramid can write it in little memory and without much padding."""
    return pads_cheaply(levels) and stream_bytes(levels, bands) <= _MAX_STRIP_BYTES


def stream_bytes(levels: tuple[LevelSize, ...], bands: int) -> int:
    """Memory that stream_pyramid takes for rows of tiles."""
    return padded_size(levels)[0] * TILE * bands * _STRIPS


def stream_pyramid(
    image: pyvips.Image, levels: tuple[LevelSize, ...], path: Path, quality: int, progress: Progress
) -> None:
    """Writes the pyramid of `image`, which may be sequential, to `path`. Raises pyvips.Error."""
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
