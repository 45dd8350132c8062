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
    left, top, right, bottom = region.box
    x, y = max(0, math.floor(left)), max(0, math.floor(top))
    return f"{x},{y},{max(1, math.ceil(right) - x)},{max(1, math.ceil(bottom) - y)}"
