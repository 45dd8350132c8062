"""Turns pictures upright; those whose rows come out of order thereby are put on disk first."""

from __future__ import annotations

import shutil
from errno import ENOSPC
from pathlib import Path

import pyvips

from ingest.conversion.progress import Progress, watch

_HALVINGS = 4 / 3
"""All the smaller levels together add a third."""
_TILE = 256
_SAMPLE_BYTES = {"ushort": 2, "short": 2, "uint": 4, "int": 4, "float": 4, "double": 8}
_TRANSPOSING = (5, 6, 7, 8)
_STREAMING_TURNS = (1, 2)
"""EXIF orientations that keep the order of rows: upright, and mirrored."""


def needs_spill(orientation: int) -> bool:
    """Turning it so reads rows out of their order."""
    return orientation not in _STREAMING_TURNS


def spill(image: pyvips.Image, path: Path, progress: Progress) -> pyvips.Image:
    """The same image in an uncompressed tiled TIFF at `path`, to be read in any order and little memory.

    Raises OSError where the disk cannot hold it.
    """
    require_room(image, path.parent)
    watch(image, progress).tiffsave(
        str(path), tile=True, tile_width=_TILE, tile_height=_TILE, bigtiff=True, keep="none"
    )
    return pyvips.Image.tiffload(str(path), unlimited=True)


def require_room(image: pyvips.Image, folder: Path) -> None:
    """Raises OSError where the folder's disk cannot hold the image's samples and those of halved copies."""
    if image.width * image.height * pixel_bytes(image) * _HALVINGS > shutil.disk_usage(folder).free:
        raise OSError(ENOSPC, "no room for the decoded picture")


def pixel_bytes(image: pyvips.Image) -> int:
    """All bands of one pixel, decoded."""
    return int(image.bands * _SAMPLE_BYTES.get(image.format, 1))


def turn(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Upright, for an EXIF orientation from 1 to 8 (Exif 3.0 §4.6.5.1.6), and without a tag that says otherwise."""
    upright = _turned(image, orientation).copy()
    if orientation in _TRANSPOSING:
        upright = upright.copy(xres=image.yres, yres=image.xres)
    upright.remove("orientation")
    return upright


def _turned(image: pyvips.Image, orientation: int) -> pyvips.Image:
    match orientation:
        case 2:
            return image.fliphor()
        case 3:
            return image.rot180()
        case 4:
            return image.flipver()
        case 5:
            return image.rot90().fliphor()
        case 6:
            return image.rot90()
        case 7:
            return image.rot90().flipver()
        case 8:
            return image.rot270()
        case _:
            return image
