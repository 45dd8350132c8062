"""GeoJSON (RFC 7946) as QuPath writes it ⇄ annotations of one canvas. PURE.

Coordinates are canvas pixels. Of a feature's properties `classification` becomes a tag and, with `color`, a style;
`name` becomes the text; `measurements` are kept under that name. Rectangles and points become xywh, all else SVG.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import AnnotationStoreError
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.geometry import Region
from annotation_store.measures import Scales, canvas_of, measure, measured_targets
from annotation_store.media_fragments import MAX_COORDINATE
from annotation_store.splicing import CONTEXT
from annotation_store.vocabulary import iter_values

MAX_SHAPES = 100_000
"""On one canvas; detections of cells are better kept as an image of their own."""

_RGB = re.compile(r"stroke:\s*rgb\((\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})\)")
_KINDS = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})


class UnusableImportError(AnnotationStoreError):
    """The document is not what its media type says, or holds more than is taken."""


def read_features(document: JsonValue) -> list[JsonValue]:
    """The features of a FeatureCollection, a list, or a single one. Raises UnusableImportError."""
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            found = features
        case {"type": "Feature"}:
            found = [document]
        case list():
            found = document
        case _:
            raise UnusableImportError("It is no GeoJSON: a FeatureCollection is expected.")
    if len(found) > MAX_SHAPES:
        raise UnusableImportError(f"A canvas takes at most {MAX_SHAPES} shapes at once; these are {len(found)}.")
    return found


def build_annotation(feature: JsonValue, canvas: str) -> JsonObject:
    """The annotation of a feature. Raises UnusableImportError."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise UnusableImportError("A member of the collection is no Feature.")
    given = feature.get("properties")
    properties: JsonObject = given if isinstance(given, dict) else {}
    colour = _colour(properties)
    selectors = _build_selectors(_parse_geometry(feature.get("geometry")))
    targets: list[JsonValue] = [_build_target(canvas, selector, colour) for selector in selectors]
    bodies = list(_build_bodies(properties))
    document: JsonObject = {"@context": CONTEXT, "type": "Annotation"}
    identity = feature.get("id", properties.get("id"))
    if isinstance(identity, str) and identity:
        document["id"] = identity if ":" in identity else f"urn:uuid:{identity}"
    if bodies:
        document["body"] = bodies
    if colour is not None:
        document["stylesheet"] = {"type": "CssStylesheet", "value": _style(colour)}
    document["target"] = targets[0] if len(targets) == 1 else targets
    if isinstance(properties.get("measurements"), dict | list):
        document["measurements"] = properties["measurements"]
    return document


def build_feature(
    document: JsonObject, entry: IndexEntry, iri: str, canvas: str, scales: Scales
) -> JsonObject | None:
    """The feature of an annotation's regions on the canvas; None where it has none there. Where they were made on
    revisions of different scales, it has no millimetres.
    """
    found = [(target, region) for target, region in measured_targets(entry) if _is_on(target, canvas)]
    if not found:
        return None
    united = _unite([_geometry(region) for _, region in found])
    geometry: Any = mapping(united)
    properties: JsonObject = {"objectType": "annotation"}
    if name := "\n".join(_texts(document)):
        properties["name"] = name
    colour = _RGB.search(_stylesheet(document))
    rgb: JsonValue = [int(number) for number in colour.groups()] if colour else None
    if entry.tags:
        properties["classification"] = {"name": entry.tags[0], **({"color": rgb} if rgb else {})}
    if rgb:
        properties["color"] = rgb
    if "measurements" in document:
        properties["measurements"] = document["measurements"]
    scale, *others = {scales.get(canvas_of(target)) for target, _ in found}
    if scale is not None and not others:
        left, top, right, bottom = united.bounds
        properties |= asdict(measure(Region((left, top, right, bottom), united), scale))
    shown: JsonValue = json.loads(json.dumps(geometry))
    return {"type": "Feature", "id": iri, "geometry": shown, "properties": properties}


def _is_on(target: TargetEntry, canvas: str) -> bool:
    return canvas in (target.source, target.iri, target.iri.partition("#")[0])


def _parse_geometry(value: JsonValue) -> BaseGeometry:
    if not isinstance(value, dict) or value.get("type") not in _KINDS:
        raise UnusableImportError(f"A geometry is one of {', '.join(sorted(_KINDS))}.")
    try:
        found = shapely.force_2d(shape(value))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as exc:
        raise UnusableImportError("The coordinates of a geometry cannot be read.") from exc
    if found.is_empty or not all(math.isfinite(n) and abs(n) <= MAX_COORDINATE for n in found.bounds):
        raise UnusableImportError("A geometry is empty, or lies beyond all canvases.")
    return found


def _build_selectors(geometry: BaseGeometry) -> list[JsonObject]:
    match geometry:
        case shapely.Point():
            return [_fragment(geometry.x, geometry.y, 0, 0)]
        case shapely.MultiPoint():
            return [_fragment(point.x, point.y, 0, 0) for point in geometry.geoms]
        case shapely.Polygon() if _is_rectangle(geometry):
            left, top, right, bottom = geometry.bounds
            return [_fragment(left, top, right - left, bottom - top)]
        case shapely.Polygon():
            return [_svg(f'<path fill-rule="evenodd" d="{_rings(geometry)}"/>')]
        case shapely.MultiPolygon():
            return [_svg(f'<path fill-rule="evenodd" d="{" ".join(map(_rings, geometry.geoms))}"/>')]
        case shapely.LineString():
            return [_svg(f'<path fill="none" d="{_line(geometry)}"/>')]
        case shapely.MultiLineString():
            return [_svg(f'<path fill="none" d="{" ".join(map(_line, geometry.geoms))}"/>')]
        case _:
            raise UnusableImportError(f"{geometry.geom_type} is no geometry that is read here.")


def _is_rectangle(polygon: shapely.Polygon) -> bool:
    corners = set(polygon.exterior.coords)
    left, top, right, bottom = polygon.bounds
    return not polygon.interiors and corners == {(x, y) for x in (left, right) for y in (top, bottom)}


def _rings(polygon: shapely.Polygon) -> str:
    rings = [polygon.exterior, *polygon.interiors]
    return " ".join(f"M {_points(list(ring.coords)[:-1])} Z" for ring in rings)


def _line(line: shapely.LineString) -> str:
    return f"M {_points(list(line.coords))}"


def _points(points: list[tuple[float, ...]]) -> str:
    return " L ".join(f"{format_number(x)},{format_number(y)}" for x, y in points)


def format_number(value: float) -> str:
    """Without a point where it is whole."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _fragment(x: float, y: float, width: float, height: float) -> JsonObject:
    numbers = ",".join(map(format_number, (x, y, width, height)))
    conforms = "http://www.w3.org/TR/media-frags/"
    return {"type": "FragmentSelector", "conformsTo": conforms, "value": f"xywh=pixel:{numbers}"}


def _svg(content: str) -> JsonObject:
    return {"type": "SvgSelector", "value": f'<svg xmlns="http://www.w3.org/2000/svg">{content}</svg>'}


def _build_target(canvas: str, selector: JsonObject, colour: tuple[int, int, int] | None) -> JsonObject:
    target: JsonObject = {"type": "SpecificResource", "source": canvas, "selector": selector}
    if colour is not None:
        target["styleClass"] = _style_class(colour)
    return target


def _build_bodies(properties: JsonObject) -> Iterator[JsonValue]:
    name, classification = properties.get("name"), properties.get("classification")
    if isinstance(name, str) and name:
        yield {"type": "TextualBody", "value": name, "format": "text/plain", "purpose": "commenting"}
    tag = classification.get("name") if isinstance(classification, dict) else classification
    if isinstance(tag, str) and tag:
        yield {"type": "TextualBody", "value": tag, "purpose": "tagging"}


def _colour(properties: JsonObject) -> tuple[int, int, int] | None:
    """Red, green and blue: of the feature, or of its class; older QuPath writes one signed integer, `colorRGB`."""
    classification = properties.get("classification")
    for holder in (properties, classification if isinstance(classification, dict) else {}):
        given = holder.get("color")
        if isinstance(given, list) and len(given) == 3 and all(isinstance(n, int) and 0 <= n < 256 for n in given):
            red, green, blue = (int(n) for n in given if isinstance(n, int))
            return red, green, blue
        packed = holder.get("colorRGB")
        if isinstance(packed, int):
            return packed >> 16 & 255, packed >> 8 & 255, packed & 255
    return None


def _style_class(colour: tuple[int, int, int]) -> str:
    return "c{}-{}-{}".format(*colour)


def _style(colour: tuple[int, int, int]) -> str:
    return f".{_style_class(colour)} {{ stroke: rgb({colour[0]}, {colour[1]}, {colour[2]}) }}"


def _stylesheet(document: JsonObject) -> str:
    sheet = document.get("stylesheet")
    value = sheet.get("value") if isinstance(sheet, dict) else None
    return value if isinstance(value, str) else ""


def _texts(document: JsonObject) -> Iterator[str]:
    """The texts that are no tags."""
    for body in iter_values(document.get("body", document.get("bodyValue"))):
        if isinstance(body, str):
            continue
        if isinstance(body, dict) and body.get("purpose") != "tagging" and isinstance(body.get("value"), str):
            yield str(body["value"])
    if isinstance(document.get("bodyValue"), str):
        yield str(document["bodyValue"])


def _geometry(region: Region) -> BaseGeometry:
    if region.shape is not None:
        return region.shape
    left, top, right, bottom = region.box
    return shapely.Point(left, top) if (left, top) == (right, bottom) else shapely.box(left, top, right, bottom)


def _unite(shapes: list[BaseGeometry]) -> BaseGeometry:
    """One geometry, a multiple one where all are of a kind."""
    parts: list[Any] = [part for found in shapes for part in (found.geoms if hasattr(found, "geoms") else [found])]
    if len(parts) == 1:
        only: BaseGeometry = parts[0]
        return only
    match sorted({part.geom_type for part in parts}):
        case ["Polygon"]:
            return shapely.MultiPolygon(parts)
        case ["LineString"]:
            return shapely.MultiLineString(parts)
        case ["Point"]:
            return shapely.MultiPoint(parts)
        case _:
            return shapely.GeometryCollection(parts)
