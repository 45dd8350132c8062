"""Where an annotation points within a canvas or a recording: regions and time spans. PURE.

Coordinates are floats in canvas pixels, origin top left, as clients write them; whole numbers come only out of
`iiif_xywh`, which rounds in one place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Region:
    """`box` is (left, top, right, bottom), the last two exclusive; without `shape` the region is the box itself."""

    box: tuple[float, float, float, float]
    shape: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds from the start of the recording, half-open; `end_s` None reaches to its end."""

    start_s: float
    end_s: float | None


def iiif_xywh(region: Region) -> str:
    """The smallest box of whole pixels around the region, at least 1 x 1, as IIIF viewers read it: `x,y,w,h`."""
    return whole_pixels(*region.box)


def whole_pixels(left: float, top: float, right: float, bottom: float) -> str:
    """The same of a box alone."""
    x, y = math.floor(left) if left > 0 else 0, math.floor(top) if top > 0 else 0
    width, height = math.ceil(right) - x, math.ceil(bottom) - y
    return f"{x},{y},{width if width > 0 else 1},{height if height > 0 else 1}"
