"""From the window of a render to the pixels of its result. Blocking; raises ValueError."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from cykooz_resizer import CropBox, FilterType, ResizeAlg, ResizeOptions, Resizer
from PIL import Image

from iiif_server.adopted_plan import Scale
from iiif_server.errors import RenderCancelledError
from iiif_server.grid import ceil_div
from iiif_server.plan import Render
from iiif_server.resampling import Axis, plan_bands, rows_at_once

Pixels = npt.NDArray[np.uint8]

# From a level that is up to twice as fine as the result, Lanczos 3 is nearer to a resize of the source than a cubic
# kernel by a thousandth of SSIM, and takes 60 % more time and 3 % more bytes of JPEG; what is enlarged would ring.
_CUBIC, _LANCZOS = ResizeAlg.convolution(FilterType.catmull_rom), ResizeAlg.convolution(FilterType.lanczos3)
# Pillow's names for one, and for four bytes that are all alike: of RGBA the fourth would be opacity.
_MODES = {1: "L", 4: "CMYK"}


def resize_window(window: Pixels, render: Render, scale: Scale, is_cancelled: Callable[[], bool]) -> Pixels:
    """The render's region, as many pixels as are asked for; `window` is of the level `scale` times smaller.

    Raises RenderCancelledError soon after `is_cancelled` turns true.
    """
    wanted, place = render.image, render.window
    region = wanted.region
    scale_x, scale_y = (scale, scale) if isinstance(scale, int) else scale
    across = _place(region.x, region.width, scale_x, place.x, wanted.width)
    down = _place(region.y, region.height, scale_y, place.y, wanted.height)
    reach = across.reach, down.reach
    source = _reach_to(window, *reach)
    if across.start == down.start == 0 and reach == (wanted.width, wanted.height):
        return source[: wanted.height, : wanted.width]  # the pixels of the level are those of the result
    return _resize(source, across, down, is_cancelled)


class _Side(NamedTuple):
    """Where a side of the region begins in the window and how long it is, both told in 1/`parts` of a pixel.

    It becomes `size` pixels. (Whole numbers, because it takes long to calculate with fractions.)
    """

    start: int
    length: int
    parts: int
    size: int

    @property
    def reach(self) -> int:
        """How many of the window's pixels it takes, from the first on."""
        return ceil_div(self.start + self.length, self.parts)

    @property
    def shrinks_far(self) -> bool:
        """Whether more than two pixels become one."""
        return self.length > 2 * self.size * self.parts

    @property
    def axis(self) -> Axis:
        """The same in fractions."""
        return Axis(Fraction(self.start, self.parts), Fraction(self.length, self.parts), self.size)


def _place(start: int, length: int, scale: int | Fraction, window_start: int, size: int) -> _Side:
    parts = scale.denominator
    return _Side(start * parts - window_start * scale.numerator, length * parts, scale.numerator, size)


def _reach_to(window: Pixels, width: int, height: int) -> Pixels:
    """The window, at least so large: levels of other people's making may lack the last column or row, which is then
    repeated."""
    right, bottom = max(width - window.shape[1], 0), max(height - window.shape[0], 0)
    return np.pad(window, ((0, bottom), (0, right), (0, 0)), "edge") if right or bottom else window


def _resize(window: Pixels, across: _Side, down: _Side, is_cancelled: Callable[[], bool]) -> Pixels:
    height, width, channels = window.shape
    kernel = _LANCZOS if across.shrinks_far or down.shrinks_far else _CUBIC
    result = np.empty((down.size, across.size, _bytes_each(channels)), np.uint8)
    at_once = rows_at_once(width, across.size)
    if height <= at_once:
        _resize_rows(window, across, down.start / down.parts, down.length / down.parts, kernel, result)
        return result[:, :, :channels]
    for band in plan_bands(down.axis, height, at_once):
        if is_cancelled():
            raise RenderCancelledError
        rows, made = window[band.top : band.bottom], result[band.first : band.first + band.count]
        _resize_rows(rows, across, float(band.start), float(band.length), kernel, made)
    return result[:, :, :channels]


def _resize_rows(rows: Pixels, across: _Side, top: float, length: float, kernel: ResizeAlg, result: Pixels) -> None:
    source, left = _hold(rows), across.start / across.parts
    # Rounded numbers may add up to more than there is.
    width, height = min(across.length / across.parts, source.width - left), min(length, source.height - top)
    options = ResizeOptions(resize_alg=kernel, crop_box=CropBox(left, top, width, height))
    Resizer().resize_pil(source, _hold(result), options)


def _hold(pixels: Pixels) -> Image.Image:
    """An image whose memory is that of the pixels, if it can be: the resizer reads and writes there.

    Three bytes for each pixel are copied into four, which is what it is quickest with.
    """
    height, width, channels = pixels.shape
    bytes_each = _bytes_each(channels)
    if bytes_each != channels:
        padded = np.empty((height, width, bytes_each), np.uint8)
        padded[:, :, :channels] = pixels
        pixels = padded
    mode = _MODES[bytes_each]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1)


def _bytes_each(channels: int) -> int:
    return 4 if channels == 3 else channels
