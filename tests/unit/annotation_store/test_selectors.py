import pytest
import shapely

from annotation_store.geometry import TimeSpan
from annotation_store.selectors import NOTHING, Selection, select, select_fragment

SVG = {"type": "SvgSelector", "value": '<svg><circle cx="10" cy="10" r="5"/></svg>'}


def fragment(value, **more):
    return {"type": "FragmentSelector", "value": value, **more}


@pytest.mark.parametrize(
    ("selector", "box"),
    [
        (fragment("xywh=pixel:1.5,2,3,4"), (1.5, 2, 4.5, 6)),
        (SVG, (5, 5, 15, 15)),
        ({"type": "PointSelector", "x": 3, "y": 4.5}, (3, 4.5, 3, 4.5)),
        ({"type": "ImageApiSelector", "region": "1,2,3,4"}, (1, 2, 4, 6)),
        ({"type": ["oa:SvgSelector"], "value": SVG["value"]}, (5, 5, 15, 15)),
        ([fragment("xywh=0,0,99,99"), SVG], (5, 5, 15, 15)),
        ([{"type": "CssSelector", "value": "p"}, fragment("xywh=1,2,3,4")], (1, 2, 4, 6)),
        (fragment("xywh=100,200,50,50", refinedBy=fragment("xywh=1,2,3,4")), (101, 202, 104, 206)),
        (fragment("xywh=100,200,50,50", refinedBy=SVG), (105, 205, 115, 215)),
        (fragment("page=3", refinedBy=fragment("xywh=1,2,3,4")), (1, 2, 4, 6)),
        (
            {
                "type": "RangeSelector",
                "startSelector": {"type": "PointSelector", "x": 1, "y": 9},
                "endSelector": {"type": "PointSelector", "x": 5, "y": 2},
            },
            (1, 2, 5, 9),
        ),
    ],
)
def test_regions(selector, box):
    assert select(selector).region.box == pytest.approx(box)


def test_a_refined_shape_moves_along_with_its_box():
    region = select(fragment("xywh=100,200,50,50", refinedBy=SVG)).region
    assert region.shape.contains(shapely.Point(110, 210))
    assert region.shape.bounds == pytest.approx(region.box)


@pytest.mark.parametrize(
    ("selector", "span"),
    [
        (fragment("t=30,60"), TimeSpan(30, 60)),
        ({"type": "PointSelector", "t": 14.5}, TimeSpan(14.5, 14.5)),
        (
            {"type": "RangeSelector", "startSelector": fragment("t=5,6"), "endSelector": fragment("t=9,20")},
            TimeSpan(5, 9),
        ),
        (fragment("t=30,60", refinedBy=fragment("xywh=1,2,3,4")), TimeSpan(30, 60)),
    ],
)
def test_times(selector, span):
    assert select(selector).time == span


@pytest.mark.parametrize(
    "selector", [fragment("xywh=percent:1,2,3,4"), {"type": "ImageApiSelector", "region": "pct:1,2,3,4"}]
)
def test_percent_needs_the_size_of_the_canvas(selector):
    assert select(selector) == Selection(needs_canvas_size=True)
    assert select([selector, SVG]).needs_canvas_size is False


@pytest.mark.parametrize(
    "selector",
    [
        None,
        5,
        "http://example.org/selector1",
        {},
        [],
        {"type": 5},
        {"type": "FragmentSelector"},
        fragment("para5"),
        fragment("xywh=1,2,3"),
        {"type": "SvgSelector"},
        {"type": "SvgSelector", "value": "<svg"},
        {"type": "PointSelector", "x": "3", "y": True},
        {"type": "PointSelector", "x": 1e300, "y": 1},
        {"type": "TextQuoteSelector", "exact": "a"},
        {"type": "RangeSelector"},
        {"type": "ImageApiSelector", "region": "full"},
    ],
)
def test_what_cannot_be_read_selects_nothing(selector):
    assert select(selector) == NOTHING


def test_selectors_nested_without_end_select_nothing():
    nested = fragment("xywh=1,2,3,4")
    for _ in range(200):
        nested = {"type": "x", "refinedBy": [nested]}
    assert select(nested) == NOTHING


def test_the_fragment_of_an_iri_selects_as_a_selector_does():
    assert select_fragment("xywh=1,2,3,4&t=5") == Selection(
        select(fragment("xywh=1,2,3,4")).region, TimeSpan(5, None)
    )
