"""Regions of all canvases in one plane, so that one GiST index keeps each canvas's apart. PURE.

A canvas with the interned number n has the strip from x = n·2^24 on. What lies beyond a strip is moved to its edge:
boxes that meet still meet, and the exact shape decides afterwards.
"""

from __future__ import annotations

import math

STRIP = 1 << 24

Box = tuple[float, float, float, float]

# A double keeps whole pixels apart up to canvas number 2^28; x never reaches the next canvas's strip.
_LAST = float(STRIP - 1)


def fold_box(canvas: int, box: Box) -> Box:
    """`box` is (left, top, right, bottom) in pixels of the canvas; the same in the plane."""
    left, top, right, bottom = box
    base = float(canvas * STRIP)
    return base + _inside(left), _inside(top), base + _inside(right), _inside(bottom)


def _inside(value: float) -> float:
    if 0.0 <= value <= _LAST:
        return value
    return 0.0 if math.isnan(value) else min(max(value, 0.0), _LAST)
