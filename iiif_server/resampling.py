"""Where the samples of a resize lie, per axis, exactly, and in which bands of rows it is made. PURE: Fractions only.

A region of the full image lies in general between whole pixels of a level. Its samples are taken where they belong,
so that regions from any level meet without a jump.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from iiif_server.grid import ceil_div

BAND_PIXELS = 512 * 1024
"""How many pixels are resized at once, about: between two bands a render may end, and some have to be copied."""

_KERNEL_RADIUS = 3
# Fewer rows of the result at once would read most rows of the source more than twice.
_FEWEST_ROWS = 2 * _KERNEL_RADIUS


@dataclass(frozen=True, slots=True)
class Axis:
    """[start, start + length), in pixels of a window and counted from its edge, becomes `size` pixels."""

    start: Fraction
    length: Fraction
    size: int


@dataclass(frozen=True, slots=True)
class Band:
    """`count` rows of the result, from number `first` on, and the window's rows [top, bottom) that they are made of.

    `start` and `length` say where they lie, counted from `top`.
    """

    first: int
    count: int
    top: int
    bottom: int
    start: Fraction
    length: Fraction


def plan_bands(down: Axis, window_height: int, rows_at_once: int) -> Iterator[Band]:
    """The bands that make up the axis: about `rows_at_once` rows of the window each, with what the kernel reaches.

    The axis must lie inside the window.
    """
    if window_height <= rows_at_once:
        yield Band(0, down.size, 0, window_height, down.start, down.length)
        return
    factor = down.length / down.size
    reach = _KERNEL_RADIUS * max(factor, Fraction(1)) + 1
    count = max(math.floor((rows_at_once - 2 * reach) / factor), _FEWEST_ROWS)
    for first in range(0, down.size, count):
        made = min(count, down.size - first)
        start, length = down.start + first * factor, made * factor
        top = max(math.floor(start - reach), 0)
        bottom = min(math.ceil(start + length + reach), window_height)
        yield Band(first, made, top, bottom, start - top, length)


def rows_at_once(window_width: int, result_width: int) -> int:
    """How many rows of a window are resized at once."""
    return BAND_PIXELS // max(window_width, result_width)


def weigh_band(window: tuple[int, int], result: tuple[int, int], bands: int) -> int:
    """An upper bound of the bytes that resizing takes beside the window and the result; both as (width, height)."""
    bytes_each = 1 if bands == 1 else 4
    (window_width, window_height), (width, height) = window, result
    factor = max(ceil_div(window_height, height), 1)
    fewest = (_FEWEST_ROWS + 2 * _KERNEL_RADIUS) * factor + 4
    rows = min(window_height, max(rows_at_once(window_width, width), fewest) + 2)
    # A copy of what is resized, where it does not lie together, and it once more when it is resized in one direction.
    return rows * (window_width + width) * bytes_each
