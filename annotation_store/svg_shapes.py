"""The shape that an SVG selects on a canvas (Web Annotation Data Model §4.2.7). PURE.

The numbers are canvas pixels: viewBox, width and height are left out of account, as clients write them
inconsistently. Styles, scripts and texts are ignored here; they stay in the document as they came.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from annotation_store.affine import IDENTITY, Affine, Point, parse_transform
from annotation_store.areas import enclose
from annotation_store.flattening import MAX_POINTS, PointBudget, flatten_subpath
from annotation_store.geometry import Region
from annotation_store.media_fragments import MAX_COORDINATE
from annotation_store.svg_document import SvgElement, parse_svg, plain_polygon
from annotation_store.svg_path import Subpath, arc_segments, parse_path

_LENGTH = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?:px)?\s*")
_NUMBERS = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Little endian, a polygon, one ring.
_WKB_POLYGON = (1, 3, 1)
# What these hold is drawn only where something refers to it.
_NOT_DRAWN = frozenset({"defs", "clipPath", "mask", "symbol", "marker", "pattern", "metadata", "title", "desc"})


def parse_svg_region(text: str) -> Region | None:
    """The region of all shapes together; None if there is none. Raises MalformedSvgError."""
    points = plain_polygon(text)
    region = None if points is None else _plain_region(points)
    return region or _parse_any_region(text)


def _plain_region(points: str) -> Region | None:
    """A polygon as `_parse_any_region` makes it, in a tenth of the time; None where that has more to look at.

    `points` has nothing but digits, full stops, commas, hyphens and spaces.
    """
    try:
        numbers = [*map(float, points.replace(",", " ").split())]
    except ValueError:  # numbers that nothing parts
        return None
    if len(numbers) % 2:
        numbers.pop()
    if numbers[:2] != numbers[-2:]:
        numbers += numbers[:2]
    count = len(numbers) // 2
    if not 4 <= count <= MAX_POINTS:
        return None
    area = shapely.from_wkb(struct.pack(f"<BIII{2 * count}d", *_WKB_POLYGON, count, *numbers))
    left, top, right, bottom = box = area.bounds
    within = min(left, top) >= -MAX_COORDINATE and max(right, bottom) <= MAX_COORDINATE
    return Region(box, area) if within and area.is_valid else None


def _parse_any_region(text: str) -> Region | None:
    budget = PointBudget()
    shapes = [shape for element, affine in _walk(parse_svg(text)) for shape in _shape(element, affine, budget)]
    if not shapes:
        return None
    shape = shapes[0] if len(shapes) == 1 else shapely.GeometryCollection(shapes)
    left, top, right, bottom = shape.bounds
    return Region((left, top, right, bottom), shape)


def _walk(root: SvgElement) -> Iterator[tuple[SvgElement, Affine]]:
    stack = [(root, IDENTITY)]
    while stack:
        element, affine = stack.pop()
        if element.name in _NOT_DRAWN:
            continue
        if "transform" in element.attributes:
            affine = affine.after(parse_transform(element.attributes["transform"]))
        yield element, affine
        stack.extend((child, affine) for child in reversed(element.children))


def _shape(element: SvgElement, affine: Affine, budget: PointBudget) -> list[BaseGeometry]:
    rings: list[list[Point]] = []
    lines: list[list[Point]] = []
    for path in _subpaths(element):
        points = budget.take(flatten_subpath(path if affine is IDENTITY else path.transformed(affine)))
        is_ring = path.closed or points[0] == points[-1]
        (rings if is_ring and len(set(points)) > 2 else lines).append(points)
    shapes: list[BaseGeometry] = [_line(points) for points in lines]
    if rings:
        area = enclose(rings, element.attributes.get("fill-rule") == "evenodd")
        shapes.append(shapely.MultiPoint(rings[0]).envelope if area.is_empty else area)
    return shapes


def _line(points: list[Point]) -> BaseGeometry:
    if len(set(points)) == 1:
        return shapely.Point(points[0])
    return shapely.LineString(points)


def _subpaths(element: SvgElement) -> list[Subpath]:
    match element.name:
        case "path":
            return parse_path(element.attributes.get("d", ""))
        case "rect":
            return _rectangle(element)
        case "circle":
            radius = _length(element, "r")
            return _ellipse(element, radius, radius)
        case "ellipse":
            return _ellipse(element, _length(element, "rx"), _length(element, "ry"))
        case "line":
            end = (_length(element, "x2"), _length(element, "y2"))
            return [Subpath((_length(element, "x1"), _length(element, "y1")), [(end,)])]
        case "polyline" | "polygon":
            return _poly(element)
    return []


def _length(element: SvgElement, name: str) -> float:
    """A length in pixels; 0 where there is none, or one in other units."""
    match = _LENGTH.fullmatch(element.attributes.get(name, ""))
    return float(match.group(1)) if match else 0.0


def _rectangle(element: SvgElement) -> list[Subpath]:
    """The rectangle; rounded corners are taken as sharp."""
    x, y = _length(element, "x"), _length(element, "y")
    width, height = _length(element, "width"), _length(element, "height")
    if width <= 0 or height <= 0:
        return []
    right, bottom = x + width, y + height
    return [Subpath((x, y), [((right, y),), ((right, bottom),), ((x, bottom),)], closed=True)]


def _ellipse(element: SvgElement, radius_x: float, radius_y: float) -> list[Subpath]:
    if radius_x <= 0 or radius_y <= 0:
        return []
    x, y = _length(element, "cx"), _length(element, "cy")
    west, east, radii = (x - radius_x, y), (x + radius_x, y), (radius_x, radius_y)
    upper = arc_segments(west, radii, 0, large=False, sweep=True, end=east)
    lower = arc_segments(east, radii, 0, large=False, sweep=True, end=west)
    return [Subpath(west, [*upper, *lower], closed=True)]


def _poly(element: SvgElement) -> list[Subpath]:
    numbers = [float(text) for text in _NUMBERS.findall(element.attributes.get("points", ""))]
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    if not points:
        return []
    return [Subpath(points[0], [(point,) for point in points[1:]], closed=element.name == "polygon")]
