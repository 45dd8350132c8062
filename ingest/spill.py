"""A decoded picture on disk, for what cannot be done while it streams by: turning it, and halving it by ourselves."""

from __future__ import annotations

import shutil
from errno import ENOSPC
from pathlib import Path

import pyvips

from ingest.levels import TILE
from ingest.progress import Progress, watch

_HALVINGS = 4 / 3
"""All the smaller levels together add a third."""
_STREAMING_TURNS = (1, 2)
"""EXIF orientations that keep the order of rows: upright, and mirrored."""


def needs_spill(orientation: int) -> bool:
    """Turning it so reads rows out of their order."""
    return orientation not in _STREAMING_TURNS


def spill(image: pyvips.Image, path: Path, progress: Progress) -> pyvips.Image:
    """The same image in an uncompressed tiled TIFF at `path`, to be read in any order and little memory.

    Raises OSError where the disk cannot hold it.
    """
    if image.width * image.height * image.bands * _HALVINGS > shutil.disk_usage(path.parent).free:
        raise OSError(ENOSPC, "no room for the decoded picture")
    watch(image, progress).tiffsave(
        str(path),
        tile=True,
        tile_width=_tile(image.width),
        tile_height=_tile(image.height),
        bigtiff=True,
        keep="none",
    )
    return reopen(path)


def reopen(path: Path) -> pyvips.Image:
    """What was spilled to `path`."""
    return pyvips.Image.tiffload(str(path), unlimited=True)


def turn(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Upright, for an EXIF orientation from 1 to 8 (Exif 3.0 §4.6.5.1.6); resolutions change places with the axes."""
    match orientation:
        case 2:
            return image.fliphor()
        case 3:
            return image.rot180()
        case 4:
            return image.flipver()
        case 5:
            turned = image.rot90().fliphor()
        case 6:
            turned = image.rot90()
        case 7:
            turned = image.rot90().flipver()
        case 8:
            turned = image.rot270()
        case _:
            return image
    return turned.copy(xres=image.yres, yres=image.xres)


def _tile(side: int) -> int:
    """Whole 16s (TIFF 6.0 §15), and no more than a thin picture needs."""
    return min(TILE, -(-side // 16) * 16)
