from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from iiif_server.errors import InvalidRequestError, NotImplementedRequestError
from iiif_server.geometry import Box, Limits, max_size, resolve_request, round_half_up
from iiif_server.grammar import parse_request
from iiif_server.grid import ceil_div
from iiif_server.request import Version

V2, V3 = Version.V2, Version.V3
AREA = Limits(max_area=4096 * 4096)
NO_UPSCALING = Limits(upscaling=False)


def region_of(resolve, text, width, height):
    return resolve(f"{text}/max/0/default.jpg", width, height, Limits()).region


def size_of(resolve, text, region=(1000, 1000), limits=AREA, version=V3):
    resolved = resolve(f"full/{text}/0/default.jpg", *region, limits, version)
    return resolved.width, resolved.height


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("full", Box(0, 0, 300, 200)),
        ("square", Box(50, 0, 200, 200)),
        ("125,15,120,140", Box(125, 15, 120, 140)),
        ("pct:41.6,7.5,40,70", Box(125, 15, 120, 140)),
        ("299,199,1,1", Box(299, 199, 1, 1)),
    ],
)
def test_regions_inside(resolve, text, box):
    assert region_of(resolve, text, 300, 200) == box


@pytest.mark.parametrize("text", ["125,15,200,200", "pct:41.6,7.5,66.6,100", f"125,15,{10**31},{10**31}"])
def test_a_region_that_reaches_over_the_edges_is_clipped(resolve, text):
    assert region_of(resolve, text, 300, 200) == Box(125, 15, 175, 185)


@pytest.mark.parametrize(
    "text",
    ["300,0,1,1", "0,200,1,1", f"{10**31},0,1,1", "pct:100,0,1,1", "pct:0,0,0.0000001,1", "pct:0,0,1,0.0000001"],
)
def test_a_region_outside_or_less_than_a_pixel_is_refused(resolve, text):
    with pytest.raises(InvalidRequestError) as caught:
        region_of(resolve, text, 300, 200)
    assert caught.value.parameter == "region"


def test_a_square_of_a_high_image_lies_in_its_middle(resolve):
    assert region_of(resolve, "square", 3, 10) == Box(0, 3, 3, 3)


def test_halves_are_rounded_up():
    assert [round_half_up(Fraction(n, 4)) for n in range(9)] == [0, 0, 1, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("max", (300, 200)),
        ("150,", (150, 100)),
        (",150", (225, 150)),
        ("pct:50", (150, 100)),
        ("pct:100", (300, 200)),
        ("225,100", (225, 100)),
        ("300,1", (300, 1)),
        ("!225,100", (150, 100)),
        ("!225,1000", (225, 150)),
        ("^150,", (150, 100)),
        ("^360,", (360, 240)),
        ("^,240", (360, 240)),
        ("^pct:120", (360, 240)),
        ("^360,360", (360, 360)),
        ("^!360,360", (360, 240)),
        ("^!150,150", (150, 100)),
    ],
)
def test_sizes_of_the_specification(resolve, text, size):
    assert size_of(resolve, text, (300, 200)) == size


@pytest.mark.parametrize("text", ["1001,", ",1001", "1001,1000", "1000,1001", "1001,1", "pct:100.1", f"{10**31},"])
def test_enlarging_without_a_caret_is_refused_in_version_3(resolve, text):
    with pytest.raises(InvalidRequestError) as caught:
        size_of(resolve, text)
    assert caught.value.parameter == "size"
    assert not isinstance(caught.value, NotImplementedRequestError)


@pytest.mark.parametrize(
    ("text", "size"),
    [("2000,", (2000, 2000)), (",2000", (2000, 2000)), ("2000,10", (2000, 10)), ("pct:200", (2000, 2000))],
)
def test_enlarging_needs_no_caret_in_version_2(resolve, text, size):
    assert size_of(resolve, text, version=V2) == size


@pytest.mark.parametrize("text", ["^1001,", "^,1001", "^1001,1", "^pct:101", "^!2000,2000"])
def test_enlarging_that_is_not_offered_says_so(resolve, text):
    with pytest.raises(NotImplementedRequestError) as caught:
        size_of(resolve, text, limits=NO_UPSCALING)
    assert caught.value.parameter == "size"


@pytest.mark.parametrize("text", ["1001,", "pct:101"])
def test_enlarging_that_is_not_offered_says_so_in_version_2(resolve, text):
    with pytest.raises(NotImplementedRequestError):
        size_of(resolve, text, limits=NO_UPSCALING, version=V2)


@pytest.mark.parametrize(("text", "size"), [("^max", (1000, 1000)), ("^500,", (500, 500)), ("^pct:50", (500, 500))])
def test_a_caret_that_enlarges_nothing_needs_no_upscaling(resolve, text, size):
    assert size_of(resolve, text, limits=NO_UPSCALING) == size


def test_caret_max_needs_upscaling_where_the_limits_allow_more_than_the_region(resolve):
    with pytest.raises(NotImplementedRequestError):
        size_of(resolve, "^max", limits=Limits(max_width=2000, upscaling=False))


@pytest.mark.parametrize("version", Version)
def test_a_box_larger_than_the_region_gives_the_regions_own_size(resolve, version):
    assert size_of(resolve, "!2000,3000", version=version) == (1000, 1000)


def test_a_box_with_a_caret_is_filled(resolve):
    assert size_of(resolve, "^!2000,500") == (500, 500)
    assert size_of(resolve, "^!2000,3000") == (2000, 2000)


def test_one_pixel_is_one_pixel(resolve):
    resolved = resolve("0,0,1,1/max/0/default.jpg", 5000, 4000, AREA)
    assert (resolved.width, resolved.height) == (1, 1)


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (Limits(), (6000, 4000)),
        (Limits(max_width=3000), (3000, 2000)),
        (Limits(max_width=3000, max_height=1000), (1500, 1000)),
        (Limits(max_area=6_000_000), (3000, 2000)),
        (Limits(max_width=600, max_area=6_000_000), (600, 400)),
        (Limits(max_width=5000, max_area=6_000_000), (3000, 2000)),
        (Limits(max_width=1), (1, 1)),
        (Limits(max_area=1), (1, 1)),
    ],
)
def test_max_is_scaled_down_to_the_limits(resolve, limits, size):
    assert size_of(resolve, "max", (6000, 4000), limits) == size


def test_a_max_width_alone_bounds_the_height_too(resolve):
    assert size_of(resolve, "max", (10, 5000), Limits(max_width=1000)) == (2, 1000)


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (Limits(max_width=360), (360, 240)),
        (Limits(max_area=240_000), (600, 400)),
        (Limits(max_width=450, max_area=240_000), (450, 300)),
        (Limits(), (300, 200)),
        (Limits(max_width=150), (150, 100)),
    ],
)
def test_caret_max_fills_the_limits(resolve, limits, size):
    assert size_of(resolve, "^max", (300, 200), limits) == size


@pytest.mark.parametrize("text", ["501,", ",501", "501,1", "pct:51", "^501,", "^pct:200"])
def test_sizes_beyond_the_limits_are_refused(resolve, text):
    with pytest.raises(InvalidRequestError) as caught:
        size_of(resolve, text, limits=Limits(max_width=500))
    assert caught.value.parameter == "size"


def test_the_size_full_of_version_2_is_refused_beyond_the_limits(resolve):
    assert size_of(resolve, "full", limits=AREA, version=V2) == (1000, 1000)
    with pytest.raises(InvalidRequestError):
        size_of(resolve, "full", limits=Limits(max_width=500), version=V2)


@pytest.mark.parametrize("text", ["!400,900", "^!400,900", "!2000,2000", "^!2000,2000"])
def test_boxes_are_narrowed_to_the_limits(resolve, text):
    assert size_of(resolve, text, limits=Limits(max_width=300)) == (300, 300)
    assert size_of(resolve, text, limits=Limits(max_area=90_000)) == (300, 300)


@pytest.mark.parametrize("text", ["pct:0.0000001", ",1000", "!1000,1000", "pct:0.04"])
def test_a_side_that_rounds_to_nothing_is_refused(resolve, text):
    with pytest.raises(InvalidRequestError) as caught:
        size_of(resolve, text, (1, 200_000))
    assert caught.value.parameter == "size"


def test_max_of_a_thread_is_never_refused(resolve):
    assert size_of(resolve, "max", (1, 200_000), Limits(max_width=5000)) == (1, 5000)
    assert size_of(resolve, "max", (1, 200_000), Limits(max_area=100)) == (1, 100)
    assert size_of(resolve, "^max", (200_000, 1), Limits(max_area=100)) == (100, 1)


def test_numbers_of_any_length_are_only_arithmetic(resolve):
    huge = 10**31
    with pytest.raises(InvalidRequestError):
        resolve(f"0,0,{huge},{huge}/^{huge},/0/default.jpg", 10, 10, AREA)


@pytest.mark.parametrize(("text", "angle", "mirrored"), [("360", 0, False), ("!359.5", 359.5, True), ("0", 0, False)])
def test_a_full_turn_is_none(resolve, text, angle, mirrored):
    resolved = resolve(f"full/max/{text}/default.jpg", 10, 10, AREA)
    assert (resolved.angle_deg, resolved.mirrored) == (angle, mirrored)


def tile_requests(width, height, tile=512):
    """(region, size) of every tile of every level, as Image API 2.1 appendix A derives them."""
    scale = 1
    while True:
        for x in range(0, width, tile * scale):
            for y in range(0, height, tile * scale):
                region = Box(x, y, min(tile * scale, width - x), min(tile * scale, height - y))
                yield region, (ceil_div(region.width, scale), ceil_div(region.height, scale))
        if max(width, height) <= tile * scale:
            return
        scale *= 2


# 1025: tiles one pixel wide. Two scales can have one and the same region and width there; the finer one is meant.
@pytest.mark.parametrize(("width", "height"), [(4003, 2999), (3001, 17), (513, 40001), (1025, 3000), (3000, 1025)])
def test_every_tile_by_its_width_has_the_height_that_viewers_expect(width, height):
    seen = {}
    for region, (tile_width, tile_height) in tile_requests(width, height):
        box = f"{region.x},{region.y},{region.width},{region.height}"
        expected = seen.setdefault((box, tile_width), tile_height)
        request = parse_request(V2, f"a/{box}/{tile_width},/0/default.jpg")
        resolved = resolve_request(request, width, height, Limits())
        assert (resolved.width, resolved.height) == (tile_width, expected), box


@pytest.mark.parametrize(("width", "height"), [(4003, 2999), (3001, 17), (513, 40001), (2999, 1025)])
def test_every_tile_by_its_height_has_the_width_that_viewers_expect(width, height):
    seen = {}
    for region, (tile_width, tile_height) in tile_requests(width, height):
        box = f"{region.x},{region.y},{region.width},{region.height}"
        expected = seen.setdefault((box, tile_height), tile_width)
        request = parse_request(V3, f"a/{box}/,{tile_height}/0/default.jpg")
        resolved = resolve_request(request, width, height, Limits())
        assert (resolved.width, resolved.height) == (expected, tile_height), box


def test_tiles_of_another_size_than_ours_meet_too(resolve):
    # 803 x 9 pixels are left at the corner: a plain aspect ratio would give 201 x 2.
    resolved = resolve("3200,2990,803,9/201,/0/default.jpg", 4003, 2999, Limits(), V2)
    assert (resolved.width, resolved.height) == (201, 2)
    resolved = resolve("3200,2988,803,11/201,/0/default.jpg", 4003, 2999, Limits(), V2)
    assert (resolved.width, resolved.height) == (201, 3)


def test_a_whole_level_by_its_width_has_the_levels_height(resolve):
    assert size_of(resolve, "1001,", (4003, 2997)) == (1001, 750)
    assert size_of(resolve, "501,", (4003, 2993)) == (501, 375)


sides = st.integers(1, 50_000)
bounds = st.none() | st.integers(1, 10_000)
all_limits = st.builds(Limits, bounds, bounds, st.none() | st.integers(1, 10**8), st.booleans()).filter(
    lambda limits: limits.max_width is not None or limits.max_height is None
)


@given(sides, sides, all_limits, st.booleans())
def test_max_is_inside_the_limits_and_touches_them_or_is_the_region(width, height, limits, upscale):
    region = Box(0, 0, width, height)
    scaled = max_size(region, limits, upscale=upscale)
    assert min(scaled) >= 1
    assert limits.allow(*scaled)
    if not upscale:
        assert scaled[0] <= width
        assert scaled[1] <= height
        assert scaled == (width, height) or not limits.allow(scaled[0] + 2, scaled[1] + 2) or 1 in scaled


@given(sides, sides, st.integers(1, 9999), st.integers(1, 9999), all_limits, st.sampled_from(["", "^"]))
def test_a_box_is_never_passed(width, height, box_width, box_height, limits, caret):
    request = parse_request(V3, f"a/full/{caret}!{box_width},{box_height}/0/default.jpg")
    try:
        resolved = resolve_request(request, width, height, limits)
    except InvalidRequestError:
        assume(False)
        raise
    assert resolved.width <= box_width
    assert resolved.height <= box_height
    assert limits.allow(resolved.width, resolved.height)
