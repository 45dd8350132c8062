"""From a Render and its tiles to the encoded image. With encoders.py the only place that touches pixels.

Arrays are (height, width, bands) of uint8. Everything here blocks and belongs into a thread. Errors of the libraries
become DamagedImageError (a tile cannot be decoded) or RenderFailedError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyvips

from iiif_server.adopted_plan import Scale
from iiif_server.decoding import Pixels, decode_tile
from iiif_server.encoders import encode_image, encode_jpeg, has_alpha
from iiif_server.errors import RenderCancelledError, RenderFailedError
from iiif_server.geometry import Box
from iiif_server.plan import Render, TileRead, is_stored_form
from iiif_server.request import Format, Quality
from iiif_server.resizing import resize_window

_THRESHOLD = 128

_JPEG_START = b"\xff\xd8"


def render_image(
    render: Render,
    scale: Scale,
    bands: int,
    tiles: Sequence[bytes],
    is_cancelled: Callable[[], bool],
    profile: bytes = b"",
) -> bytes:
    """The encoded image. `tiles` are the JPEGs of `render.tiles`, from the level that is `scale` times smaller.

    With an ICC `profile` their colours are read through it.

    Raises DamagedImageError, RenderFailedError; RenderCancelledError soon after `is_cancelled` turns true.
    """
    if bands == 3 and not profile and _is_quicker_padded(render, tiles):
        bands = 4
    return encode_window(assemble_window(render, bands, tiles, is_cancelled), render, scale, is_cancelled, profile)


def _is_quicker_padded(render: Render, tiles: Sequence[bytes]) -> bool:
    """Whether to take four bytes for each pixel, of which the last means nothing: it is quicker than with three."""
    return (
        _shrinks(render)
        and is_stored_form(render.image, "rgb")
        and all(tile.startswith(_JPEG_START) for tile in tiles)
    )


def _shrinks(render: Render) -> bool:
    return render.image.width < render.window.width and render.image.height < render.window.height


def encode_window(
    window: Pixels, render: Render, scale: Scale, is_cancelled: Callable[[], bool], profile: bytes = b""
) -> bytes:
    """The encoded image, made of the render's window, whose colours are meant in the `profile` where there is one.

    Raises RenderFailedError, RenderCancelledError.
    """
    try:
        pixels = resize_window(window, render, scale, is_cancelled)
        if is_cancelled():
            raise RenderCancelledError
        if not profile and is_stored_form(render.image, "gray" if pixels.shape[2] == 1 else "rgb"):
            return encode_jpeg(pixels)
        image = _as_vips(pixels)
        if profile:
            image = _to_srgb(image, profile)
        image = _convert_quality(_orient(image, render), render.image.quality, render.image.format)
        return encode_image(image, render.image.format, bitonal=render.image.quality is Quality.BITONAL)
    except (pyvips.Error, ValueError) as exc:
        raise RenderFailedError(f"{render.image}: {exc}") from exc


def assemble_window(render: Render, bands: int, tiles: Sequence[bytes], is_cancelled: Callable[[], bool]) -> Pixels:
    """The render's window, put together from its tiles."""
    place = render.window
    if len(tiles) == 1:
        box, tile = _decode(render, bands, render.tiles[0], tiles[0], is_cancelled)
        return tile[place.y - box.y :, place.x - box.x :][: place.height, : place.width]
    window = np.empty((place.height, place.width, bands), np.uint8)
    for read, data in zip(render.tiles, tiles, strict=True):
        _paste(window, place, *_decode(render, bands, read, data, is_cancelled))
    return window


def _decode(
    render: Render, bands: int, read: TileRead, data: bytes, is_cancelled: Callable[[], bool]
) -> tuple[Box, Pixels]:
    """The tile, down to the window's last row at the least, and where it lies."""
    if is_cancelled():
        raise RenderCancelledError
    rows = min(read.box.height, render.window.y + render.window.height - read.box.y)
    # Where many pixels become one, the quicker ways to decode cannot be told from the exact ones.
    return read.box, decode_tile(data, bands, read, rows, quick=_shrinks(render))


def _paste(window: Pixels, place: Box, box: Box, tile: Pixels) -> None:
    left, top = max(box.x, place.x), max(box.y, place.y)
    right = min(box.x + box.width, place.x + place.width)
    bottom = min(box.y + box.height, place.y + place.height)
    window[top - place.y : bottom - place.y, left - place.x : right - place.x] = tile[
        top - box.y : bottom - box.y, left - box.x : right - box.x
    ]


def _as_vips(pixels: Pixels) -> pyvips.Image:
    height, width, bands = pixels.shape
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands == 1 else "srgb")


def _orient(image: pyvips.Image, render: Render) -> pyvips.Image:
    """Mirrored at the vertical axis first, then turned clockwise (Image API 3.0 §4.4)."""
    if render.image.mirrored:
        image = image.fliphor()
    angle = render.image.angle_deg % 360
    if angle == 0:
        return image
    if angle % 90 == 0:
        return image.rot(f"d{int(angle)}")
    image = image.addalpha().similarity(angle=float(angle), interpolate=pyvips.Interpolate.new("bicubic"))
    return image if has_alpha(render.image.format) else image.flatten(background=255)


def _to_srgb(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    shown = image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True, depth=8)
    return shown.colourspace("b-w") if image.bands == 1 else shown


def _convert_quality(image: pyvips.Image, quality: Quality, form: Format) -> pyvips.Image:
    if quality is Quality.GRAY or quality is Quality.BITONAL:
        image = image.colourspace("b-w")
    if quality is not Quality.BITONAL:
        return image
    alpha = image.hasalpha() and has_alpha(form)
    return (image >= _THRESHOLD) if alpha else (image.extract_band(0) >= _THRESHOLD)
