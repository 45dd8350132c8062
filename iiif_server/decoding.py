"""From the stored bytes of a tile to its pixels. Blocking.

Arrays are (height, width, bands) of uint8.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyvips
import simplejpeg

from iiif_server.errors import DamagedImageError
from iiif_server.jpeg_rows import end_after
from iiif_server.plan import TileRead
from iiif_server.tiff_tile import MAGIC as TIFF_MAGIC
from iiif_server.tiff_tile import complete_tile

Pixels = npt.NDArray[np.uint8]

_COLOURS = {1: "GRAY", 3: "RGB", 4: "RGBX"}
_MAX_TILE_PIXELS = 4096 * 4096


def decode_tile(data: bytes, bands: int, read: TileRead, rows: int, *, quick: bool) -> Pixels:
    """At least the first `rows` rows of the tile's picture; `quick` is not quite exact.

    The fourth of four bands, which JPEG tiles only can be given, means nothing.
    Raises DamagedImageError where the bytes are no tile as it is described.
    """
    wanted = (rows, read.box.width)
    try:
        if data[:4] == TIFF_MAGIC:
            return _decode_tiff(data, bands, wanted)
        return _decode_jpeg(data, bands, wanted, quick=quick)
    except (ValueError, pyvips.Error) as exc:
        raise DamagedImageError(f"tile {read.entry_number} cannot be decoded: {exc}") from exc


def _decode_jpeg(data: bytes, bands: int, wanted: tuple[int, int], *, quick: bool) -> Pixels:
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    if height * width > _MAX_TILE_PIXELS:  # an adopted file may claim anything, and the decoder would allocate it
        raise ValueError(f"it claims {width}x{height} pixels")
    _check_size((height, width), wanted)
    shortened = end_after(data, wanted[0]) if wanted[0] < height else None
    tile: Pixels = simplejpeg.decode_jpeg(
        shortened or data,
        _COLOURS[bands],
        fastdct=quick,
        fastupsample=quick,
        strict=shortened is None,
    )
    return tile


def _decode_tiff(data: bytes, bands: int, wanted: tuple[int, int]) -> Pixels:
    image = pyvips.Image.tiffload_buffer(complete_tile(data), fail_on="error")
    _check_size((image.height, image.width), wanted)
    tile: Pixels = image.numpy().reshape(image.height, image.width, image.bands)
    if image.bands != bands or tile.dtype != np.uint8:
        raise ValueError(f"{image.bands} bands of {tile.dtype}")
    return tile


def _check_size(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    if size[0] < wanted[0] or size[1] < wanted[1]:
        raise ValueError(f"it measures {size[1]}x{size[0]}")
