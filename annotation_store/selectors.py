"""Selectors and the fragments of IRIs → where on a canvas, and when in a recording. PURE.

Web Annotation Data Model §4.2, and the selectors of IIIF (PointSelector, ImageApiSelector). What cannot be read
selects nothing here: the document itself is kept, whatever it holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import shapely
from shapely import affinity

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedSvgError
from annotation_store.geometry import Region, TimeSpan
from annotation_store.media_fragments import MAX_COORDINATE, parse_media_fragment, parse_xywh
from annotation_store.svg_shapes import parse_svg_region

_MAX_NESTING = 16


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selector selects; `needs_canvas_size`: a region in percent, that has no pixels by itself."""

    region: Region | None = None
    time: TimeSpan | None = None
    needs_canvas_size: bool = False


NOTHING = Selection()


def select_fragment(fragment: str) -> Selection:
    """The selection of an IRI's fragment (without `#`)."""
    media = parse_media_fragment(fragment)
    return Selection(media.region, media.time, media.percent and media.region is None)


def select_svg(text: str) -> Selection:
    """The selection of an SVG; of one that cannot be read there is none."""
    try:
        return Selection(parse_svg_region(text))
    except MalformedSvgError:
        return NOTHING


def select(selector: JsonValue, nesting: int = 0) -> Selection:
    """The selection of a selector, or of several that select the same: the first with a shape, or else a box."""
    if nesting > _MAX_NESTING:
        return NOTHING
    if isinstance(selector, list):
        return _merge([select(member, nesting + 1) for member in selector])
    if not isinstance(selector, dict):
        return NOTHING
    selection = _select_one(selector, nesting)
    refinement = selector.get("refinedBy")
    return selection if refinement is None else _refine(selection, select(refinement, nesting + 1))


def _merge(selections: list[Selection]) -> Selection:
    if len(selections) == 1:
        return selections[0]
    regions = [selection.region for selection in selections if selection.region is not None]
    region = next((region for region in regions if region.shape is not None), regions[0] if regions else None)
    time = next((selection.time for selection in selections if selection.time is not None), None)
    return Selection(region, time, region is None and any(selection.needs_canvas_size for selection in selections))


def _select_one(selector: JsonObject, nesting: int) -> Selection:
    types = selector.get("type", selector.get("@type"))
    for name in types if isinstance(types, list) else (types,):
        if not isinstance(name, str):
            continue
        match name.rpartition("#")[2].rpartition(":")[2]:
            case "FragmentSelector":
                value = selector.get("value")
                return select_fragment(value) if isinstance(value, str) else NOTHING
            case "SvgSelector":
                value = selector.get("value")
                return select_svg(value) if isinstance(value, str) else NOTHING
            case "PointSelector":
                return _select_point(selector)
            case "ImageApiSelector":
                return _select_image_region(selector.get("region"))
            case "RangeSelector":
                start = select(selector.get("startSelector"), nesting + 1)
                return _span(start, select(selector.get("endSelector"), nesting + 1))
    return NOTHING


def _select_point(selector: JsonObject) -> Selection:
    x, y, t = (_number(selector.get(name)) for name in ("x", "y", "t"))
    region = Region((x, y, x, y), shapely.Point(x, y)) if x is not None and y is not None else None
    return Selection(region, TimeSpan(t, t) if t is not None and t >= 0 else None)


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= MAX_COORDINATE else None


def _select_image_region(value: JsonValue) -> Selection:
    if not isinstance(value, str):
        return NOTHING
    if value.startswith("pct:"):
        return Selection(needs_canvas_size=True)
    return Selection(parse_xywh(value))


def _span(start: Selection, end: Selection) -> Selection:
    """From the beginning of the first to the beginning of the second (§4.2.8); regions: the box around both."""
    time = TimeSpan(start.time.start_s, end.time.start_s if end.time else None) if start.time else None
    if time and time.end_s is not None and time.end_s < time.start_s:
        time = None
    region = start.region or end.region
    if start.region and end.region:
        left, top, right, bottom = zip(start.region.box, end.region.box, strict=True)
        region = Region((min(left), min(top), max(right), max(bottom)))
    return Selection(region, time, region is None and (start.needs_canvas_size or end.needs_canvas_size))


def _refine(outer: Selection, inner: Selection) -> Selection:
    """§4.2.9: the inner selector applies to the results of the outer one, so its origin is the outer box's corner."""
    if outer.region is None or inner.region is None:
        return Selection(
            None if outer.needs_canvas_size or inner.needs_canvas_size else inner.region or outer.region,
            inner.time or outer.time,
            outer.needs_canvas_size or inner.needs_canvas_size,
        )
    x, y = outer.region.box[:2]
    left, top, right, bottom = inner.region.box
    shape = None if inner.region.shape is None else affinity.translate(inner.region.shape, x, y)
    region = replace(inner.region, box=(left + x, top + y, right + x, bottom + y), shape=shape)
    return Selection(region, inner.time or outer.time)
