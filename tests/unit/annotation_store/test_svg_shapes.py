import math
from contextlib import suppress
from unittest.mock import patch

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_store import svg_shapes
from annotation_store.errors import MalformedSvgError
from annotation_store.svg_document import parse_svg, plain_polygon
from annotation_store.svg_shapes import parse_svg_region


def region_of(inner, attributes=""):
    return parse_svg_region(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>')


@pytest.mark.parametrize(
    ("inner", "box", "area"),
    [
        ('<rect x="1" y="2" width="3" height="4"/>', (1, 2, 4, 6), 12),
        ('<rect width="10px" height="5"/>', (0, 0, 10, 5), 50),
        ('<polygon points="0,0 10,0 10,10"/>', (0, 0, 10, 10), 50),
        ('<polygon points="0 0,10 0 , 10 10 0 10 7"/>', (0, 0, 10, 10), 100),
        ('<path d="M1 2h3v4h-3z"/>', (1, 2, 4, 6), 12),
        ('<path d="M1,2L4,2 4,6 1,6Z"/>', (1, 2, 4, 6), 12),
        ('<path d="m1 2 3 0 0 4-3 0z"/>', (1, 2, 4, 6), 12),
        ('<path d="M1 2H4V6H1V2"/>', (1, 2, 4, 6), 12),
        (
            '<g transform="translate(10 20)"><rect width="4" height="2" transform="scale(2,3)"/></g>',
            (10, 20, 18, 26),
            48,
        ),
        ('<rect width="4" height="2" transform="rotate(90)"/>', (-2, 0, 0, 4), 8),
        ('<rect width="2" height="2" transform="rotate(90 1 1)"/>', (0, 0, 2, 2), 4),
        ('<rect width="2" height="2" transform="matrix(1,0,0,1,5,6)"/>', (5, 6, 7, 8), 4),
        ('<rect width="2" height="2" transform="translate(3) scale(2)"/>', (3, 0, 7, 4), 16),
        ('<path d="M0 0H10V10H0z M2 2V8H8V2z"/>', (0, 0, 10, 10), 64),
        ('<path d="M0 0H10V10H0z M2 2H8V8H2z"/>', (0, 0, 10, 10), 100),
        ('<path fill-rule="evenodd" d="M0 0H10V10H0z M2 2H8V8H2z"/>', (0, 0, 10, 10), 64),
        ('<path d="M0 0H10V10H0z M20 0h5v5h-5z"/>', (0, 0, 25, 10), 125),
        ('<path d="M0 0L10 10L10 0L0 10z"/>', (0, 0, 10, 10), 50),
        ('<rect width="1" height="1"/><rect x="5" width="1" height="1"/>', (0, 0, 6, 1), 2),
    ],
)
def test_straight_shapes_are_exact(inner, box, area):
    region = region_of(inner)
    assert region.box == pytest.approx(box)
    assert region.shape.area == pytest.approx(area)


CIRCLE = "M0 50 A50 50 0 0 1 100 50 A50 50 0 0 1 0 50z"
K = 50 * 4 / 3 * (math.sqrt(2) - 1)
BEZIER = f"M0 50C0 {50 - K} {50 - K} 0 50 0S100 {50 - K} 100 50 {50 + K} 100 50 100S0 {50 + K} 0 50z"


@pytest.mark.parametrize(
    "inner",
    [
        '<circle cx="50" cy="50" r="50"/>',
        '<ellipse cx="50" cy="50" rx="50" ry="50"/>',
        f'<path d="{CIRCLE}"/>',
        '<path d="M0,50a50,50,0,1,1,100,0a50,50,0,1,1,-100,0z"/>',
        '<path d="M0 50a50 50 0 11100 0 50 50 0 11-100 0z"/>',
        f'<path d="{BEZIER}"/>',
        '<circle r="1" transform="translate(50,50) scale(50)"/>',
        '<path d="M0 50A1 1 0 0 1 100 50A1 1 0 0 1 0 50z"/>',
    ],
)
def test_curves_are_flattened_within_a_tenth_of_a_pixel(inner):
    shape = region_of(inner).shape
    circle = shapely.Point(50, 50).buffer(50, quad_segs=200)
    assert shape.hausdorff_distance(circle) < 0.1
    assert shape.area == pytest.approx(math.pi * 2500, rel=0.003)


def test_quadratic_curves_mirror_their_control_points():
    shape = region_of('<path d="M0 0Q10 20 20 0T40 0"/>').shape
    assert shape.geom_type == "LineString"
    assert shape.bounds == pytest.approx((0, -10, 40, 10), abs=0.1)


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ('<line x1="1" y1="2" x2="3" y2="4"/>', "LineString"),
        ('<polyline points="1,2 3,4 5,2"/>', "LineString"),
        ('<polyline points="0,0 9,0 9,9 0,0"/>', "Polygon"),
        ('<path d="M1 2L3 4"/>', "LineString"),
        ('<polygon points="1,2 1,2"/>', "Point"),
        ('<polygon points="1,2 3,4"/>', "LineString"),
    ],
)
def test_open_shapes_are_lines(inner, kind):
    assert region_of(inner).shape.geom_type == kind


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<text>words</text>",
        "<rect/>",
        '<circle r="-1"/>',
        '<circle r="50%"/>',
        '<path d=""/>',
        '<path d="L1 2"/>',
        '<defs><rect width="1" height="1"/></defs>',
        '<clipPath><rect width="1" height="1"/></clipPath>',
        "<script>alert(1)</script>",
        '<image width="5" height="5" href="http://example.org/x.png"/>',
    ],
)
def test_what_is_no_shape_selects_nothing(inner):
    assert region_of(inner) is None


def test_the_view_box_is_left_out_of_account():
    assert region_of('<rect width="3" height="4"/>', 'viewBox="5 5 10 10" width="400"').box == (0, 0, 3, 4)


def test_a_path_counts_up_to_its_first_error():
    assert region_of('<path d="M0 0H5V5 oops L90 90"/>').box == (0, 0, 5, 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no markup",
        "<svg>",
        '<svg><rect width="1"</svg>',
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        '<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><svg/>',
        '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>',
        "<svg>&undeclared;</svg>",
        "<svg>" + "<g>" * 70 + "</g>" * 70 + "</svg>",
        "<svg>" + "<g/>" * 20_001 + "</svg>",
        '<svg><rect width="1e400" height="1"/></svg>',
        '<svg><rect width="1e30" height="1"/></svg>',
        '<svg><polygon points="1,1 1e999,5 3,3"/></svg>',
        '<svg><g transform="scale(1e200) scale(1e200)"><path d="M1 1L2 2"/></g></svg>',
        '<svg><rect width="1" height="1" transform="rotate(NaN)"/></svg>',
        '<svg><rect width="1" height="1" transform="evil(1)"/></svg>',
        '<svg><rect width="1" height="1" transform="matrix(1 2)"/></svg>',
        '<svg><polygon points="' + "1,2 3,4 " * 51_000 + '"/></svg>',
    ],
)
def test_hostile_svg_is_refused(text):
    with pytest.raises(MalformedSvgError):
        parse_svg_region(text)


def test_a_document_type_without_entities_is_harmless():
    doctype = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/g/svg11.dtd">'
    assert parse_svg_region(f'{doctype}<svg><rect width="1" height="1"/></svg>').box == (0, 0, 1, 1)


def test_a_scribble_that_crosses_itself_everywhere_becomes_its_hull():
    points = " ".join(f"{(place * 7919) % 1009},{(place * 104_729) % 997}" for place in range(3000))
    shape = region_of(f'<polygon points="{points}"/>').shape
    assert shape.geom_type == "Polygon"
    assert len(shape.exterior.coords) < 100


def test_a_long_outline_with_a_small_loop_keeps_its_outline():
    outline = [(500 + 400 * math.cos(turn / 500), 500 + 400 * math.sin(turn / 500)) for turn in range(3141)]
    outline[10:10] = [(910, 500), (905, 510), (915, 510)]
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in outline)
    shape = region_of(f'<polygon points="{points}"/>').shape
    assert shape.is_valid
    assert shape.area == pytest.approx(math.pi * 160_000, rel=0.01)


@given(st.text(st.sampled_from("MmLlHhVvCcSsQqTtAaZz 0123456789.,-+eE"), max_size=60))
def test_no_path_crashes(data):
    try:
        region = region_of(f'<path d="{data}"/>')
    except MalformedSvgError:
        return
    assert region is None or all(map(math.isfinite, region.box))


@given(st.text(max_size=80))
def test_no_text_crashes(text):
    with suppress(MalformedSvgError):
        parse_svg_region(text)


NUMBERS = st.sampled_from(
    ["0", "-0", "-0.0", "1", "2.5", "10", "7.", ".5", "-3.25", "100.125", "9e9", "1" * 12, "1" * 400, "1.2.3", "-"]
)
POINTS = st.tuples(NUMBERS, st.sampled_from([",", " ", ", ", "", "-"]), NUMBERS).map("".join)


@settings(max_examples=500)
@given(
    st.sampled_from(["<svg>", '<svg xmlns="http://www.w3.org/2000/svg">']),
    st.lists(
        POINTS | st.tuples(st.integers(-50, 50), st.integers(-50, 50)).map(lambda at: f"{at[0]},{at[1]}"), max_size=8
    ),
    st.sampled_from([" ", "  ", ",", ""]),
    st.booleans(),
    st.sampled_from(["/>", "></polygon>"]),
)
def test_a_plain_polygon_is_what_the_parser_makes_of_it(start, points, between, closes, end):
    if closes:
        points += points[:1]
    svg = f'{start}<polygon points="{between.join(points)}"{end}</svg>'
    if plain_polygon(svg) is not None:
        assert [child.name for child in parse_svg(svg).children] == ["polygon"]
    assert outcome(parse_svg_region, svg) == outcome(svg_shapes._parse_any_region, svg)


@pytest.mark.parametrize("far", ["1000000001", "-1000000001", "1" * 400])
def test_a_plain_polygon_beyond_all_canvases_is_refused(far):
    with pytest.raises(MalformedSvgError, match="beyond"):
        parse_svg_region(f'<svg><polygon points="0,0 {far},0 5,5"/></svg>')


def outcome(parse, svg):
    try:
        region = parse(svg)
    except MalformedSvgError as error:
        return error.detail
    return region and (repr(region.box), shapely.to_wkb(region.shape))


@pytest.mark.parametrize(
    "svg",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"><polygon points="1,2 30,2 30,40.5"/></svg>',
        '<svg><polygon points="1,2 30,2 30,40.5 1,2"></polygon></svg>',
    ],
)
def test_a_usual_polygon_needs_no_parser_of_xml(svg):
    with patch.object(svg_shapes, "parse_svg", side_effect=AssertionError):
        assert parse_svg_region(svg).box == (1, 2, 30, 40.5)
