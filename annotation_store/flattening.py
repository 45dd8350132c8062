"""Curves → polylines within a tolerance, and the limits on how many points a shape may have. PURE."""

from __future__ import annotations

import math

from annotation_store.affine import Point
from annotation_store.errors import MalformedSvgError
from annotation_store.media_fragments import MAX_COORDINATE
from annotation_store.svg_path import Subpath

# Canvas pixels that a chord may lie off its curve.
_TOLERANCE = 0.05
_MIN_CHORDS, _MAX_CHORDS = 4, 256
MAX_POINTS = 100_000


class PointBudget:
    """Counts the points of all shapes of one SVG; raises MalformedSvgError beyond MAX_POINTS."""

    def __init__(self) -> None:
        self._left = MAX_POINTS

    def take(self, points: list[Point]) -> list[Point]:
        """The points themselves, if there are not too many and none lies beyond all canvases."""
        self._left -= len(points)
        if self._left < 0:
            raise MalformedSvgError(f"The SVG has more than {MAX_POINTS} points.")
        for x, y in points:
            # Written so that NaN fails too.
            if not (abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE):
                raise MalformedSvgError(f"The SVG has a point beyond ±{MAX_COORDINATE:.0f} pixels.")
        return points


def flatten_subpath(path: Subpath) -> list[Point]:
    """The points of a subpath, its start first; a closed one does not repeat it."""
    points = [path.start]
    for segment in path.segments:
        if len(segment) == 1:
            points.append(segment[0])
        else:
            points.extend(_flatten_cubic(points[-1], *segment))
    return points


def _flatten_cubic(start: Point, first: Point, second: Point, end: Point) -> list[Point]:
    count = _chord_count(start, first, second, end)
    points = []
    for place in range(1, count):
        t = place / count
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        x = a * start[0] + b * first[0] + c * second[0] + d * end[0]
        y = a * start[1] + b * first[1] + c * second[1] + d * end[1]
        points.append((x, y))
    points.append(end)
    return points


def _chord_count(start: Point, first: Point, second: Point, end: Point) -> int:
    """Chords enough for the tolerance: the bound by the greatest second difference of the control points."""
    bend = max(
        math.hypot(start[0] - 2 * first[0] + second[0], start[1] - 2 * first[1] + second[1]),
        math.hypot(first[0] - 2 * second[0] + end[0], first[1] - 2 * second[1] + end[1]),
    )
    if not math.isfinite(bend):
        raise MalformedSvgError("The SVG has a point that is not finite.")
    return min(_MAX_CHORDS, max(_MIN_CHORDS, math.ceil(math.sqrt(0.75 * bend / _TOLERANCE))))
