"""GeoJSON of QuPath ⇄ annotations: shapes stay what they are."""

from contextlib import suppress
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from annotation_store.extraction import extract_entry
from annotation_store.geojson import MAX_SHAPES, UnusableImportError, build_annotation, build_feature, read_features
from annotation_store.measures import CanvasScale
from annotation_store.validation import AnnotationValidator

CANVAS = "https://example.org/canvas/1"
VALIDATOR = AnnotationValidator.load()

number = st.integers(0, 10_000) | st.floats(0, 10_000, allow_nan=False).map(lambda value: round(value, 3))
point = st.tuples(number, number)


def there_and_back(geometry: Any, **properties: Any) -> Any:
    feature = {"type": "Feature", "geometry": mapping(geometry), "properties": properties}
    document = build_annotation(feature, CANVAS)
    assert VALIDATOR.violations(document) == []
    back = build_feature(document, extract_entry(document), "urn:x", CANVAS, {})
    assert back is not None
    return back


@given(point)
def test_points(given_point: tuple[float, float]) -> None:
    found = shape(there_and_back(shapely.Point(given_point))["geometry"])
    assert found.equals(shapely.Point(given_point))


@given(st.lists(point, min_size=2, max_size=9, unique=True))
def test_lines(points: list[tuple[float, float]]) -> None:
    line = shapely.LineString(points)
    assert shape(there_and_back(line)["geometry"]).equals_exact(line, 1e-9)


@given(point, st.floats(1, 100), st.integers(3, 12))
def test_polygons(centre: tuple[float, float], radius: float, corners: int) -> None:
    polygon = shapely.Point(centre).buffer(radius, quad_segs=corners)
    found = shape(there_and_back(polygon)["geometry"])
    assert found.symmetric_difference(polygon).area <= 1e-6 * polygon.area


def test_rectangles_are_boxes_and_need_no_svg() -> None:
    feature = {"type": "Feature", "geometry": mapping(shapely.box(1, 2, 4.5, 6)), "properties": None}
    assert build_annotation(feature, CANVAS)["target"]["selector"]["value"] == "xywh=pixel:1,2,3.5,4"


def test_a_name_and_a_class_with_its_colour_come_back() -> None:
    classification = {"name": "Tumor <&>", "color": [1, 2, 3]}
    back = there_and_back(shapely.Point(1, 2), name="Ёлка", classification=classification)
    assert back["properties"]["name"] == "Ёлка"
    assert back["properties"]["classification"] == classification


def test_more_shapes_than_a_canvas_takes_are_refused() -> None:
    assert len(read_features([{}] * MAX_SHAPES)) == MAX_SHAPES
    with pytest.raises(UnusableImportError, match="at most 100000"):
        read_features([{}] * (MAX_SHAPES + 1))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["type", "geometry", "coordinates", "properties", "name", "color", "id"]), inner
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "X"]),
)
def test_whatever_comes_is_read_or_refused(value: Any, kind: str) -> None:
    feature = {"type": "Feature", "geometry": {"type": kind, "coordinates": value}, "properties": value}
    for candidate in (value, feature):
        with suppress(UnusableImportError):
            build_annotation(candidate, CANVAS)


def test_millimetres_are_those_of_all_regions_together_where_they_share_a_scale() -> None:
    pinned = {number: f"https://e.org/iiif/presentation/3/a@{number}/manifest/canvas/1" for number in "123"}
    canvas = "https://e.org/iiif/presentation/3/a/manifest/canvas/1"
    scales = {pinned["1"]: CanvasScale("1", 0.5, 0.5), pinned["2"]: CanvasScale("2", 0.25, 0.25)}

    def feature(*revisions: str) -> Any:
        targets = [f"{pinned[name]}#xywh={10 * place},0,4,2" for place, name in enumerate(revisions)]
        document: Any = {"target": targets}
        return build_feature(document, extract_entry(document), "urn:x", canvas, scales)

    properties = feature("1", "1")["properties"]
    assert {name: properties[name] for name in ("width_mm", "height_mm", "area_mm2")} == {
        "width_mm": 7,
        "height_mm": 1,
        "area_mm2": 4,
    }
    for apart in (("1", "2"), ("1", "3"), ("3", "3")):
        assert feature(*apart)["properties"] == {"objectType": "annotation"}
