import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.geometry import Region, TimeSpan, iiif_xywh
from annotation_store.media_fragments import parse_media_fragment, parse_time, parse_xywh

NUMBERS = st.decimals(-100_000, 100_000, places=3)
SIZES = st.decimals(0, 100_000, places=3)


@pytest.mark.parametrize(
    ("fragment", "box"),
    [
        ("xywh=1,2,3,4", (1, 2, 4, 6)),
        ("#xywh=1,2,3,4", (1, 2, 4, 6)),
        ("xywh=pixel:10.5,20.25,30,40", (10.5, 20.25, 40.5, 60.25)),
        ("xywh=-5,-6,10,10", (-5, -6, 5, 4)),
        ("xywh=0,0,0,0", (0, 0, 0, 0)),
        ("xywh=.5,1.,2,3", (0.5, 1, 2.5, 4)),
        ("t=1&xywh=1,2,3,4", (1, 2, 4, 6)),
        ("xywh=9,9,9,9&xywh=1,2,3,4", (1, 2, 4, 6)),
        ("xywh=pixel%3A1%2C2%2C3%2C4", (1, 2, 4, 6)),
    ],
)
def test_boxes_in_pixels(fragment, box):
    media = parse_media_fragment(fragment)
    assert media.region == Region(box)
    assert media.faults == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,-3,4",
        "a,b,c,d",
        "NaN,0,1,1",
        "inf,0,1,1",
        "1e3,0,1,1",
        "1,2,3,9999999999",
        "pct:1,2,3,4",
        "1;2;3;4",
        "١,2,3,4",
    ],
)
def test_malformed_boxes_select_nothing_and_are_named(value):
    media = parse_media_fragment(f"xywh={value}")
    assert media.region is None
    assert media.faults == ("xywh",)


def test_percent_has_no_pixels_by_itself():
    media = parse_media_fragment("xywh=percent:10,10,50.5,50")
    assert (media.region, media.percent, media.faults) == (None, True, ())


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("10,20", TimeSpan(10, 20)),
        ("10", TimeSpan(10, None)),
        (",20", TimeSpan(0, 20)),
        ("npt:10,20.5", TimeSpan(10, 20.5)),
        ("0:01:00,1:00:00.5", TimeSpan(60, 3600.5)),
        ("01:30", TimeSpan(90, None)),
        ("10s,20s", TimeSpan(10, 20)),
        ("5,5", TimeSpan(5, 5)),
        ("", None),
        (",", None),
        ("20,10", None),
        ("-1,5", None),
        ("1:99", None),
        ("smpte:0:00:01", None),
        ("9" * 400, None),
    ],
)
def test_times(value, span):
    assert parse_time(value) == span


def test_other_fragments_are_not_media_fragments():
    assert not parse_media_fragment("chapter-3").known
    assert not parse_media_fragment("page=10&viewrect=1,2,3,4").known


@given(st.text(max_size=60))
def test_no_fragment_crashes(text):
    parse_media_fragment(text)
    parse_media_fragment(f"xywh={text}&t={text}")


@given(NUMBERS, NUMBERS, SIZES, SIZES)
def test_the_whole_box_holds_the_box_and_is_tight(x, y, width, height):
    region = parse_xywh(f"{x},{y},{width},{height}")
    whole = [int(part) for part in iiif_xywh(region).split(",")]
    left, _, right, bottom = region.box
    assert whole[2] >= 1
    assert whole[3] >= 1
    assert whole[0] <= max(0, left)
    assert whole[0] + whole[2] >= right
    assert whole[1] + whole[3] >= bottom
    if left >= 0 and width > 0:
        assert whole[2] <= math.ceil(right) - math.floor(left)
