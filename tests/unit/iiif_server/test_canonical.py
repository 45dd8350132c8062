import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from iiif_server.canonical import canonical_path
from iiif_server.errors import InvalidRequestError
from iiif_server.geometry import Limits, resolve_request
from iiif_server.grammar import parse_request
from iiif_server.request import Version

V2, V3 = Version.V2, Version.V3
AREA = Limits(max_area=4096 * 4096)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("full/max/0/default.jpg", "full/max/0/default.jpg"),
        ("0,0,300,200/300,200/0/color.jpg", "full/max/0/default.jpg"),
        ("pct:0,0,100,100/pct:100/360/default.png", "full/max/0/default.png"),
        ("square/max/0/default.jpg", "50,0,200,200/max/0/default.jpg"),
        ("125,15,200,200/max/0/default.jpg", "125,15,175,185/max/0/default.jpg"),
        ("pct:41.6,7.5,40,70/,70/0/default.jpg", "125,15,120,140/60,70/0/default.jpg"),
        ("full/150,/0/default.jpg", "full/150,100/0/default.jpg"),
        ("full/!225,100/0/default.jpg", "full/150,100/0/default.jpg"),
        ("full/^150,/0/default.jpg", "full/150,100/0/default.jpg"),
        ("full/^360,/0/default.jpg", "full/^360,240/0/default.jpg"),
        ("full/^300,201/0/default.jpg", "full/^300,201/0/default.jpg"),
        ("full/^max/0/default.jpg", "full/^max/0/default.jpg"),
        ("full/max/!022.50/gray.tif", "full/max/!22.5/gray.tif"),
        ("full/max/.50/bitonal.gif", "full/max/0.5/bitonal.gif"),
    ],
)
def test_version_3(resolve, path, canonical):
    resolved = resolve(path, 300, 200, AREA)
    assert canonical_path(resolved, V3, 300, 200, AREA) == canonical


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("full/full/0/default.jpg", "full/full/0/default.jpg"),
        ("full/max/0/default.jpg", "full/full/0/default.jpg"),
        ("full/150,100/0/default.jpg", "full/150,/0/default.jpg"),
        ("full/150,99/0/default.jpg", "full/150,99/0/default.jpg"),
        ("full/600,400/0/default.jpg", "full/600,/0/default.jpg"),
        ("square/,100/0/default.jpg", "50,0,200,200/100,/0/default.jpg"),
        ("0,0,299,1/1,1/0/default.jpg", "0,0,299,1/1,1/0/default.jpg"),
    ],
)
def test_version_2(resolve, path, canonical):
    resolved = resolve(path, 300, 200, AREA, V2)
    assert canonical_path(resolved, V2, 300, 200, AREA) == canonical


def test_a_square_of_a_square_image_is_full(resolve):
    resolved = resolve("square/max/0/default.jpg", 200, 200, AREA)
    assert canonical_path(resolved, V3, 200, 200, AREA) == "full/max/0/default.jpg"


def test_max_below_the_limits_stays_max(resolve):
    limits = Limits(max_width=150)
    resolved = resolve("full/max/0/default.jpg", 300, 200, limits)
    assert canonical_path(resolved, V3, 300, 200, limits) == "full/max/0/default.jpg"
    assert canonical_path(resolved, V2, 300, 200, limits) == "full/150,/0/default.jpg"


@pytest.mark.parametrize(
    ("quality", "canonical"), [("gray", "default"), ("color", "default"), ("bitonal", "bitonal")]
)
def test_gray_is_the_default_of_a_gray_image(resolve, quality, canonical):
    resolved = resolve(f"full/max/0/{quality}.jpg", 300, 200, AREA)
    path = canonical_path(resolved, V3, 300, 200, AREA, channels="gray")
    assert path == f"full/max/0/{canonical}.jpg"


sides = st.integers(1, 5000)
requested = st.one_of(
    st.builds("{},".format, sides),
    st.builds(",{}".format, sides),
    st.builds("{},{}".format, sides, sides),
    st.builds("!{},{}".format, sides, sides),
    st.builds("pct:{}".format, st.integers(1, 200)),
    st.just("max"),
)


@st.composite
def inside(draw):
    """Width and height of an image, and a region that lies in it at least partly."""
    width, height = draw(sides), draw(sides)
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return width, height, f"{x},{y},{draw(sides)},{draw(sides)}"


@given(st.sampled_from(Version), inside(), requested, st.sampled_from(["^", "^", "^", ""]))
def test_a_canonical_path_means_the_same_image(version, image, size, caret):
    width, height, region = image
    path = f"a/{region}/{caret if version is V3 else ''}{size}/0/default.jpg"
    try:
        resolved = resolve_request(parse_request(version, path), width, height, AREA)
    except InvalidRequestError:
        assume(False)
        raise
    canonical = canonical_path(resolved, version, width, height, AREA)
    again = resolve_request(parse_request(version, f"a/{canonical}"), width, height, AREA)
    assert again == resolved
    assert canonical_path(again, version, width, height, AREA) == canonical
