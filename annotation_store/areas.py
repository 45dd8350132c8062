"""Rings → the area that they enclose, at a bounded cost. PURE.

Repairing rings that cross one another is quadratic in the crossings: a scribble of 100,000 points would take hours.
Beyond a bound its convex hull stands for it, which holds whatever the scribble holds.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from annotation_store.affine import Point

Ring = list[Point]

# Up to so many points nothing that can cross is too much.
_FEW_POINTS = 500
_SAMPLES = 200
_MAX_CROSSINGS = 20_000


def enclose(rings: list[Ring], even_odd: bool) -> BaseGeometry:
    """The area by SVG's even-odd or non-zero rule; by the latter a ring that runs against the largest is a hole.

    Each ring has at least three different points, the first not repeated at the end.
    """
    polygons = [shapely.Polygon(ring) for ring in rings]
    if len(polygons) == 1 and polygons[0].is_valid:
        return polygons[0]
    if sum(map(len, rings)) > _FEW_POINTS and _crossings(rings) > _MAX_CROSSINGS:
        return shapely.MultiPoint([point for ring in rings for point in ring]).convex_hull
    if even_odd:
        # This way of repairing alternates between inside and outside at each ring, whatever the rings' order.
        return shapely.make_valid(shapely.MultiPolygon(polygons), method="linework")
    clockwise = [polygon.exterior.is_ccw for polygon in polygons]
    outline = clockwise[max(range(len(polygons)), key=lambda place: polygons[place].area)]
    whole = [shapely.make_valid(polygon) for polygon in polygons]
    filled = shapely.union_all([area for area, turn in zip(whole, clockwise, strict=True) if turn == outline])
    holes = [area for area, turn in zip(whole, clockwise, strict=True) if turn != outline]
    return filled.difference(shapely.union_all(holes)) if holes else filled


def _crossings(rings: list[Ring]) -> float:
    """About how many pairs of edges meet beyond the two neighbours that each has, from a sample of the edges."""
    starts = np.array([point for ring in rings for point in ring])
    ends = np.array([point for ring in rings for point in [*ring[1:], ring[0]]])
    edges = np.asarray(shapely.linestrings(np.stack([starts, ends], axis=1)))
    sample = edges[:: max(1, len(edges) // _SAMPLES)]
    tree = shapely.STRtree(edges)
    met = 0.0
    for edge in sample:
        met += len(tree.query(edge, predicate="intersects")) - 3
        if met > _MAX_CROSSINGS:
            break
    return max(0.0, met) / len(sample) * len(edges) / 2
