"""A `region` parameter: `x,y,w,h`, an SVG, or a polygon in well-known text → the region that is looked for. PURE."""

from __future__ import annotations

import re

import shapely
from shapely.errors import ShapelyError

from annotation_store.errors import MalformedQueryError, MalformedSvgError
from annotation_store.geometry import Region
from annotation_store.media_fragments import MAX_COORDINATE, parse_xywh
from annotation_store.svg_shapes import parse_svg_region

_WKT = re.compile(r"\s*(?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)\b", re.IGNORECASE)
MAX_CHARACTERS = 200_000
_MAX_POINTS = 10_000


def parse_region(text: str, parameter: str = "region") -> Region:
    """Raises MalformedQueryError."""
    if len(text) > MAX_CHARACTERS:
        raise MalformedQueryError(parameter, f"A region has at most {MAX_CHARACTERS} characters.")
    stripped = text.strip()
    if stripped.startswith("<"):
        return _parse_svg(stripped, parameter)
    if _WKT.match(stripped):
        return _parse_wkt(stripped, parameter)
    region = parse_xywh(stripped.removeprefix("xywh="))
    if region is None:
        raise MalformedQueryError(
            parameter, "A region is x,y,w,h in pixels of the canvas, an SVG, or well-known text such as POLYGON((…))."
        )
    return region


def _parse_svg(text: str, parameter: str) -> Region:
    try:
        region = parse_svg_region(text)
    except MalformedSvgError as error:
        raise MalformedQueryError(parameter, error.detail) from error
    if region is None:
        raise MalformedQueryError(parameter, "The SVG has no shape.")
    return region


def _parse_wkt(text: str, parameter: str) -> Region:
    try:
        shape = shapely.from_wkt(text)
    except ShapelyError as error:
        raise MalformedQueryError(parameter, "The well-known text cannot be read.") from error
    if shape.is_empty or shapely.get_num_coordinates(shape) > _MAX_POINTS:
        raise MalformedQueryError(parameter, f"The well-known text has no points, or more than {_MAX_POINTS}.")
    left, top, right, bottom = shape.bounds
    if not max(map(abs, (left, top, right, bottom))) <= MAX_COORDINATE:
        raise MalformedQueryError(parameter, "The well-known text has a point beyond all canvases.")
    if not shape.is_valid:
        raise MalformedQueryError(parameter, "The outline in the well-known text crosses itself.")
    return Region((left, top, right, bottom), shape)
