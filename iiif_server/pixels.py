"""From a Render and its tiles to the encoded image. With encoders.py the only place that touches pixels.

Arrays are (height, width, bands) of uint8. Everything here blocks and belongs into a thread. Errors of the libraries
become DamagedImageError (a tile cannot be decoded) or RenderFailedError.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import pyvips
import simplejpeg

from iiif_server.adopted_plan import Scale
from iiif_server.encoders import encode_image, has_alpha
from iiif_server.errors import DamagedImageError, RenderCancelledError, RenderFailedError
from iiif_server.geometry import Box
from iiif_server.plan import Render, TileRead
from iiif_server.request import Format, Quality
from iiif_server.resampling import KERNEL_SUM, AxisPlan, Shrink, plan_axis, shift_kernel
from iiif_server.tiff_tile import MAGIC as TIFF_MAGIC
from iiif_server.tiff_tile import complete_tile

Pixels = npt.NDArray[np.uint8]

_THRESHOLD = 128
_MAX_TILE_PIXELS = 4096 * 4096


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
    return encode_window(assemble_window(render, bands, tiles, is_cancelled), render, scale, is_cancelled, profile)


def encode_window(
    window: Pixels, render: Render, scale: Scale, is_cancelled: Callable[[], bool], profile: bytes = b""
) -> bytes:
    """The encoded image, made of the render's window, whose colours are meant in the `profile` where there is one.

    Raises RenderFailedError, RenderCancelledError.
    """
    try:
        image = _resample(_as_vips(window), render, scale)
        if is_cancelled():
            raise RenderCancelledError
        if profile:
            image = _to_srgb(image, profile)
        image = _convert_quality(_orient(image, render), render.image.quality, render.image.format)
        return encode_image(image, render.image.format, bitonal=render.image.quality is Quality.BITONAL)
    except (pyvips.Error, ValueError) as exc:
        raise RenderFailedError(f"{render.image}: {exc}") from exc


def assemble_window(render: Render, bands: int, tiles: Sequence[bytes], is_cancelled: Callable[[], bool]) -> Pixels:
    """The render's window, put together from its tiles."""
    window = np.empty((render.window.height, render.window.width, bands), np.uint8)
    # Where many pixels become one, the quicker ways to decode cannot be told from the exact ones.
    quick = render.image.width < render.window.width and render.image.height < render.window.height
    for read, data in zip(render.tiles, tiles, strict=True):
        if is_cancelled():
            raise RenderCancelledError
        _paste(window, render.window, read, _decode(data, bands, read, quick=quick))
    return window


def _decode(data: bytes, bands: int, read: TileRead, *, quick: bool) -> Pixels:
    try:
        tile = _decode_tiff(data, bands) if data[:4] == TIFF_MAGIC else _decode_jpeg(data, bands, quick=quick)
    except (ValueError, pyvips.Error) as exc:
        raise DamagedImageError(f"tile {read.entry_number} cannot be decoded: {exc}") from exc
    if tile.shape[0] < read.box.height or tile.shape[1] < read.box.width:
        raise DamagedImageError(f"tile {read.entry_number} measures {tile.shape[1]}x{tile.shape[0]}")
    return tile


def _decode_jpeg(data: bytes, bands: int, *, quick: bool) -> Pixels:
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    if height * width > _MAX_TILE_PIXELS:  # an adopted file may claim anything, and the decoder would allocate it
        raise ValueError(f"it claims {width}x{height} pixels")
    tile: Pixels = simplejpeg.decode_jpeg(data, "GRAY" if bands == 1 else "RGB", fastdct=quick, fastupsample=quick)
    return tile


def _decode_tiff(data: bytes, bands: int) -> Pixels:
    image = pyvips.Image.tiffload_buffer(complete_tile(data), fail_on="error")
    tile: Pixels = image.numpy().reshape(image.height, image.width, image.bands)
    if image.bands != bands or tile.dtype != np.uint8:
        raise ValueError(f"{image.bands} bands of {tile.dtype}")
    return tile


def _paste(window: Pixels, place: Box, read: TileRead, tile: Pixels) -> None:
    box = read.box
    left, top = max(box.x, place.x), max(box.y, place.y)
    right = min(box.x + box.width, place.x + place.width)
    bottom = min(box.y + box.height, place.y + place.height)
    window[top - place.y : bottom - place.y, left - place.x : right - place.x] = tile[
        top - box.y : bottom - box.y, left - box.x : right - box.x
    ]


def _as_vips(pixels: Pixels) -> pyvips.Image:
    height, width, bands = pixels.shape
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands == 1 else "srgb")


def _resample(image: pyvips.Image, render: Render, scale: Scale) -> pyvips.Image:
    wanted, window = render.image, render.window
    scale_x, scale_y = (Fraction(scale), Fraction(scale)) if isinstance(scale, int) else scale
    region = wanted.region
    if _is_whole(region.x, region.width, scale_x, window.x, wanted.width) and _is_whole(
        region.y, region.height, scale_y, window.y, wanted.height
    ):
        # Levels of other people's making may lack the last column or row, which is then repeated.
        return _cut(image, (0, wanted.width), (0, wanted.height))
    across = plan_axis(region.x / scale_x - window.x, region.width / scale_x, wanted.width)
    down = plan_axis(region.y / scale_y - window.y, region.height / scale_y, wanted.height)
    # Shrinking first leaves less to enlarge.
    return _enlarge(_shrink(image, across, down), across, down)


def _is_whole(start: int, length: int, scale: Fraction, window_start: int, size: int) -> bool:
    """Whether the pixels of the level are those of the result, one for one."""
    return start == window_start * scale and math.ceil(length / scale) == size


def _shrink(image: pyvips.Image, across: AxisPlan, down: AxisPlan) -> pyvips.Image:
    """Every axis that shrinks, to its size; an axis that is enlarged stays as it is."""
    image = _cut(image, _taken(across, image.width), _taken(down, image.height))
    if _is_plain(across) and _is_plain(down):
        # One operation less to set up, which small results feel.
        image = image.reduce(float(across.factor), float(down.factor), kernel="lanczos3")
        return _cut(image, _kept(across, image.width), _kept(down, image.height))
    if isinstance(down, Shrink):
        image = _reduce_down(_shift(image, down.shift, down=True), down)
    if isinstance(across, Shrink):
        image = _reduce_across(_shift(image, across.shift, down=False), across)
    return _cut(image, _kept(across, image.width), _kept(down, image.height))


def _is_plain(axis: AxisPlan) -> TypeGuard[Shrink]:
    return isinstance(axis, Shrink) and axis.shift == 0 and axis.box == 1


def _reduce_down(image: pyvips.Image, axis: Shrink) -> pyvips.Image:
    if axis.box > 1:
        image = image.shrinkv(axis.box)
    return image if axis.factor == 1 else image.reducev(float(axis.factor), kernel="lanczos3")


def _reduce_across(image: pyvips.Image, axis: Shrink) -> pyvips.Image:
    if axis.box > 1:
        image = image.shrinkh(axis.box)
    return image if axis.factor == 1 else image.reduceh(float(axis.factor), kernel="lanczos3")


def _shift(image: pyvips.Image, shift: Fraction, *, down: bool) -> pyvips.Image:
    """The image as it looks from a part of a pixel further on."""
    if shift == 0:
        return image
    weights = shift_kernel(shift)
    rows = [[weight] for weight in weights] if down else [weights]
    return image.conv(pyvips.Image.new_from_array(rows, scale=KERNEL_SUM), precision="integer")


def _taken(axis: AxisPlan, size: int) -> tuple[int, int]:
    """Start and length of what is read along an axis of `size` pixels."""
    return (axis.start, axis.length) if isinstance(axis, Shrink) else (0, size)


def _kept(axis: AxisPlan, size: int) -> tuple[int, int]:
    """Start and length of what remains when the margins are dropped."""
    return (axis.margin, axis.size) if isinstance(axis, Shrink) else (0, size)


def _cut(image: pyvips.Image, across: tuple[int, int], down: tuple[int, int]) -> pyvips.Image:
    """The part with these starts and lengths; outside the image its edges go on."""
    (x, width), (y, height) = across, down
    if (x, y, width, height) == (0, 0, image.width, image.height):
        return image
    if x >= 0 and y >= 0 and x + width <= image.width and y + height <= image.height:
        return image.crop(x, y, width, height)
    return image.embed(-x, -y, width, height, extend="copy")


def _enlarge(image: pyvips.Image, across: AxisPlan, down: AxisPlan) -> pyvips.Image:
    if isinstance(across, Shrink) and isinstance(down, Shrink):
        return image
    scale_x, idx, odx = _affine_axis(across)
    scale_y, idy, ody = _affine_axis(down)
    return image.affine(
        [scale_x, 0, 0, scale_y],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, across.size, down.size],
        idx=idx,
        idy=idy,
        odx=odx,
        ody=ody,
        extend="copy",
    )


def _affine_axis(axis: AxisPlan) -> tuple[float, float, float]:
    """Scale, input and output displacement; libvips counts from the pixels' centres."""
    if isinstance(axis, Shrink):
        return 1.0, 0.0, 0.0
    return float(axis.scale), float(Fraction(1, 2) - axis.offset), -0.5


def _orient(image: pyvips.Image, render: Render) -> pyvips.Image:
    """Mirrored at the vertical axis first, then turned clockwise (Image API 3.0 §4.4)."""
    if render.image.mirrored:
        image = image.fliphor()
    angle = render.image.angle_deg % 360
    if angle == 0:
        return image
    # Turning asks for pixels in another order than resampling makes them.
    image = image.copy_memory()
    if angle % 90 == 0:
        return image.rot(f"d{int(angle)}")
    image = image.addalpha().similarity(angle=float(angle), interpolate=pyvips.Interpolate.new("bicubic"))
    return image if has_alpha(render.image.format) else image.flatten(background=255)


def _to_srgb(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True, depth=8)


def _convert_quality(image: pyvips.Image, quality: Quality, form: Format) -> pyvips.Image:
    if quality is Quality.GRAY or quality is Quality.BITONAL:
        image = image.colourspace("b-w")
    if quality is not Quality.BITONAL:
        return image
    alpha = image.hasalpha() and has_alpha(form)
    return (image >= _THRESHOLD) if alpha else (image.extract_band(0) >= _THRESHOLD)
