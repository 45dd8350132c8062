"""Whether a target's region meets one that is looked for: exactly, after their boxes have met in the index. PURE.

Boxes that only touch do not meet, since their right and bottom edges are exclusive; what has a shape meets what it
shares a point with.
"""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from annotation_store.folding import STRIP, Box
from annotation_store.geometry import Region


def unfold_box(canvas: int, box: Box) -> Box:
    """Inverse of fold_box, for what lies within a strip."""
    left, top, right, bottom = box
    base = float(canvas * STRIP)
    return left - base, top, right - base, bottom


def meets_any(regions: Sequence[Region], box: Box, shape: bytes | None) -> bool:
    """`box` and `shape` (WKB; None where the box is all) are the target's, in pixels of its canvas."""
    exact: BaseGeometry | None = None
    for region in regions:
        if not _boxes_meet(region.box, box):
            continue
        if region.shape is None and (shape is None or _holds(region.box, box)):
            return True
        if exact is None:
            exact = shapely.box(*box) if shape is None else shapely.from_wkb(shape)
        if exact.intersects(shapely.box(*region.box) if region.shape is None else region.shape):
            return True
    return False


def _boxes_meet(one: Box, other: Box) -> bool:
    return _spans_meet(one[0], one[2], other[0], other[2]) and _spans_meet(one[1], one[3], other[1], other[3])


def _spans_meet(start: float, end: float, other_start: float, other_end: float) -> bool:
    """Half-open spans; one without length meets what it lies in, or at the edge of."""
    if start == end or other_start == other_end:
        return start <= other_end and other_start <= end
    return start < other_end and other_start < end


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
