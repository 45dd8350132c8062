"""From the window of a render to the pixels of its result. Blocking; raises ValueError."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from cykooz_resizer import CropBox, FilterType, ImageData, PixelType, ResizeAlg, ResizeOptions, Resizer

from iiif_server.adopted_plan import Scale
from iiif_server.errors import RenderCancelledError
from iiif_server.grid import ceil_div
from iiif_server.plan import Render
from iiif_server.resampling import Axis, Band, plan_bands, rows_at_once

Pixels = npt.NDArray[np.uint8]

_PIXEL_TYPES = {1: PixelType.U8, 3: PixelType.U8x3, 4: PixelType.U8x4}


def resize_window(window: Pixels, render: Render, scale: Scale, is_cancelled: Callable[[], bool]) -> Pixels:
    """The render's region, as many pixels as are asked for; `window` is of the level `scale` times smaller.

    Raises RenderCancelledError soon after `is_cancelled` turns true.
    """
    wanted, place = render.image, render.window
    region = wanted.region
    scale_x, scale_y = (scale, scale) if isinstance(scale, int) else scale
    left, width, across = _place(region.x, region.width, scale_x, place.x)
    top, height, down = _place(region.y, region.height, scale_y, place.y)
    reach = ceil_div(left + width, across), ceil_div(top + height, down)
    source = _reach_to(window, *reach)
    if left == top == 0 and reach == (wanted.width, wanted.height):
        return source[: wanted.height, : wanted.width]  # the pixels of the level are those of the result
    return _resize(
        source,
        Axis(Fraction(left, across), Fraction(width, across), wanted.width),
        Axis(Fraction(top, down), Fraction(height, down), wanted.height),
        is_cancelled,
    )


def _place(start: int, length: int, scale: int | Fraction, window_start: int) -> tuple[int, int, int]:
    """Where a side of the region begins in the window, how long it is, and in which parts of a pixel both are told.

    Whole numbers, because it takes long to calculate with fractions.
    """
    parts = scale.denominator
    return start * parts - window_start * scale.numerator, length * parts, scale.numerator


def _reach_to(window: Pixels, width: int, height: int) -> Pixels:
    """The window, at least so large: levels of other people's making may lack the last column or row, which is then
    repeated."""
    right, bottom = max(width - window.shape[1], 0), max(height - window.shape[0], 0)
    return np.pad(window, ((0, bottom), (0, right), (0, 0)), "edge") if right or bottom else window


def _resize(window: Pixels, across: Axis, down: Axis, is_cancelled: Callable[[], bool]) -> Pixels:
    height, width, _ = window.shape
    bands = list(plan_bands(down, height, rows_at_once(width, across.size)))
    # Where something shrinks, Lanczos keeps most of it; what is only enlarged would ring.
    kernel = FilterType.lanczos3 if across.shrinks or down.shrinks else FilterType.catmull_rom
    if len(bands) == 1:
        return _resize_band(window, across, bands[0], kernel)
    result = np.empty((down.size, across.size, window.shape[2]), np.uint8)
    for band in bands:
        if is_cancelled():
            raise RenderCancelledError
        result[band.first : band.first + band.count] = _resize_band(window, across, band, kernel)
    return result


def _resize_band(window: Pixels, across: Axis, band: Band, kernel: FilterType) -> Pixels:
    _, width, channels = window.shape
    rows, pixel_type = band.bottom - band.top, _PIXEL_TYPES[channels]
    source = ImageData(width, rows, pixel_type, window[band.top : band.bottom].tobytes())
    result = ImageData(across.size, band.count, pixel_type)
    left, top = float(across.start), float(band.start)
    # Rounded numbers may add up to more than there is.
    box = CropBox(left, top, min(float(across.length), width - left), min(float(band.length), rows - top))
    # The fourth of four channels means nothing (see iiif_server.pixels).
    options = ResizeOptions(resize_alg=ResizeAlg.convolution(kernel), use_alpha=False, crop_box=box)
    Resizer().resize(source, result, options)
    return np.frombuffer(result.get_buffer(), np.uint8).reshape(band.count, across.size, channels)
