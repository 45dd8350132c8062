import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.errors import InvalidRequestError, UnknownImageError
from iiif_server.grammar import MAX_IDENTIFIER_BYTES, format_name, format_request, parse_name, parse_request
from iiif_server.layout import normalize_identifier
from iiif_server.parameters import format_decimal
from iiif_server.parts import AssociatedImage, Page, Plane
from iiif_server.rendering import Color, Look, Rendering
from iiif_server.request import (
    BaseRequest,
    ExactSize,
    FitSize,
    Format,
    FullRegion,
    FullSize,
    HeightSize,
    ImageName,
    ImageRequest,
    InfoRequest,
    MaxSize,
    PercentRegion,
    PercentSize,
    PixelRegion,
    Quality,
    Rotation,
    SquareRegion,
    Version,
    WidthSize,
)

V2, V3 = Version.V2, Version.V3


def parse(text, version=V3):
    request = parse_request(version, text)
    assert isinstance(request, ImageRequest)
    return request


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("full", FullRegion()),
        ("square", SquareRegion()),
        ("125,15,120,140", PixelRegion(125, 15, 120, 140)),
        ("0%2C0%2c1,1", PixelRegion(0, 0, 1, 1)),
        ("007,0,1,1", PixelRegion(7, 0, 1, 1)),
        ("pct:41.6,7.5,40,70", PercentRegion(Fraction("41.6"), Fraction("7.5"), Fraction(40), Fraction(70))),
        ("pct:.5,0,200,1.", PercentRegion(Fraction(1, 2), Fraction(0), Fraction(200), Fraction(1))),
    ],
)
def test_regions(text, region):
    assert parse(f"a/{text}/max/0/default.jpg").region == region


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("max", MaxSize()),
        ("150,", WidthSize(150)),
        (",150", HeightSize(150)),
        ("pct:33.3", PercentSize(Fraction("33.3"))),
        ("225,100", ExactSize(225, 100)),
        ("!225,100", FitSize(225, 100)),
    ],
)
@pytest.mark.parametrize("version", Version)
def test_sizes_of_both_versions(version, text, size):
    assert parse(f"a/full/{text}/0/default.jpg", version).size == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("^max", MaxSize(True)),
        ("^150,", WidthSize(150, True)),
        ("^,150", HeightSize(150, True)),
        ("%5Epct:120", PercentSize(Fraction(120), True)),
        ("^225,100", ExactSize(225, 100, True)),
        ("^!225,100", FitSize(225, 100, True)),
    ],
)
def test_the_caret_belongs_to_version_3(text, size):
    assert parse(f"a/full/{text}/0/default.jpg").size == size
    with pytest.raises(InvalidRequestError) as caught:
        parse(f"a/full/{text}/0/default.jpg", V2)
    assert caught.value.parameter == "size"


def test_the_size_full_belongs_to_version_2():
    assert parse("a/full/full/0/default.jpg", V2).size == FullSize()
    with pytest.raises(InvalidRequestError) as caught:
        parse("a/full/full/0/default.jpg", V3)
    assert caught.value.parameter == "size"


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ("0", Rotation(Fraction(0))),
        ("22.5", Rotation(Fraction(45, 2))),
        ("!180", Rotation(Fraction(180), True)),
        ("%2190.50", Rotation(Fraction(181, 2), True)),
        ("360", Rotation(Fraction(360))),
        ("359.99999999999999999999", Rotation(Fraction("359.99999999999999999999"))),
    ],
)
def test_rotations_are_exact(text, rotation):
    assert parse(f"a/full/max/{text}/default.jpg").rotation == rotation


@pytest.mark.parametrize("extension", Format)
@pytest.mark.parametrize("quality", Quality)
def test_every_quality_and_format(quality, extension):
    request = parse(f"a/full/max/0/{quality}.{extension}")
    assert (request.quality, request.format) == (quality, extension)


@pytest.mark.parametrize("extension", ["jp2", "pdf"])
def test_formats_of_the_specification_that_are_not_offered_are_refused(extension):
    with pytest.raises(InvalidRequestError) as caught:
        parse(f"a/full/max/0/default.{extension}")
    assert caught.value.parameter == "format"


def test_base_uri_and_info_json():
    assert parse_request(V3, "a") == BaseRequest(V3, ImageName("a"))
    assert parse_request(V2, "a/info.json") == InfoRequest(V2, ImageName("a"))
    assert parse_request(V2, "a/info%2Ejson") == InfoRequest(V2, ImageName("a"))


@pytest.mark.parametrize("path", ["a/b/info.json", "a/b/full/max/0/default.jpg", "a/b/c/d/e/f/g"])
def test_an_identifier_with_a_bare_slash_names_nothing(path):
    with pytest.raises(UnknownImageError):
        parse_request(V3, path)


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ("a%2Fb", ImageName("a/b")),
        ("a%2Db", ImageName("a-b")),
        ("a+b", ImageName("a+b")),
        ("a%2520b", ImageName("a%20b")),
        ("%D0%96%D1%83%D0%BA", ImageName("Жук")),
        ("%D0%B8%CC%86", ImageName("й")),
        ("a%40b", ImageName("a@b")),
        ("a%3Bb", ImageName("a;b")),
        ("..", ImageName("..")),
        ("[frob]", ImageName("[frob]")),
        ("a%40b@01j00000000000000000000000", ImageName("a@b", "01j00000000000000000000000")),
        ("a@%301", ImageName("a", "01")),
        ("info.json", ImageName("info.json")),
    ],
)
def test_identifiers_are_decoded_once_and_normalised(segment, name):
    assert parse_name(segment) == name


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ("a;page=2", ImageName("a", part=Page(2))),
        ("a;page=1", ImageName("a")),
        ("a;t=3", ImageName("a", part=Plane(1, 3))),
        ("a@01;t=1;z=5", ImageName("a", "01", Plane(5, 1))),
        ("a;image=label", ImageName("a", part=AssociatedImage("label"))),
        ("a%3Bpage=2;page%3D3", ImageName("a;page=2", part=Page(3))),
        (
            "a;c2%3Dinv;z=2;c1",
            ImageName("a", part=Plane(2, 1), rendering=Rendering(channels=((1, Look()), (2, Look(inverted=True))))),
        ),
    ],
)
def test_fields_behind_the_identifier(segment, name):
    assert parse_name(segment) == name


def test_fields_have_one_canonical_order():
    assert format_name(parse_name("a%3b@01;c3;t=2;c=g2;z=3;c1=FFFFFF")) == "a%3B@01;z=3;t=2;c=g2;c1=ffffff;c3"


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        (ImageName("ark:/12025/654xz321"), "ark%3A%2F12025%2F654xz321"),
        (ImageName("a@b;c", "01j0"), "a%40b%3Bc@01j0"),
        (ImageName("Az09-._~"), "Az09-._~"),
        (ImageName("Жук 1"), "%D0%96%D1%83%D0%BA%201"),
    ],
)
def test_identifiers_are_encoded_for_uris(name, segment):
    assert format_name(name) == segment


def test_the_longest_identifier_fits():
    assert parse_name("%D0%96" * (MAX_IDENTIFIER_BYTES // 2)).identifier == "Ж" * (MAX_IDENTIFIER_BYTES // 2)


def test_a_number_without_an_exact_decimal_is_refused():
    with pytest.raises(ValueError, match="decimal"):
        format_decimal(Fraction(1, 3))


def test_a_negative_number_has_no_decimal_form():
    with pytest.raises(ValueError, match="decimal"):
        format_decimal(Fraction(-1))


# What URIs can say: whole pixels, and decimals of a bounded length.
decimals = st.builds(Fraction, st.decimals(0, 10**9, allow_nan=False, places=9).map(str))
positive_decimals = decimals.filter(bool)
coordinates = st.integers(0, 10**20)
pixels = st.integers(1, 10**20)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200)
identifiers = texts.map(normalize_identifier)
numbers = st.integers(1, 10**9 - 1)
parts = st.one_of(
    st.none(),
    st.builds(Page, numbers.filter(lambda number: number > 1)),
    st.builds(Plane, numbers, numbers).filter(lambda plane: plane != Plane(1, 1)),
    st.builds(AssociatedImage, st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)),
)
looks = st.builds(Look, tint=st.none() | st.just(Color("00ff7f")), inverted=st.booleans())
renderings = st.builds(Rendering, looks, st.integers(1, 256).flatmap(lambda n: looks.map(lambda look: ((n, look),))))
names = st.builds(
    ImageName,
    identifiers,
    st.none() | st.from_regex(r"[0-9a-z]{1,64}", fullmatch=True),
    parts,
    st.none() | renderings,
)
regions = st.one_of(
    st.builds(FullRegion),
    st.builds(SquareRegion),
    st.builds(PixelRegion, coordinates, coordinates, pixels, pixels),
    st.builds(PercentRegion, decimals, decimals, positive_decimals, positive_decimals),
)


def sizes(upscale):
    return st.one_of(
        st.builds(MaxSize, upscale),
        st.builds(WidthSize, pixels, upscale),
        st.builds(HeightSize, pixels, upscale),
        st.builds(PercentSize, positive_decimals, upscale),
        st.builds(ExactSize, pixels, pixels, upscale),
        st.builds(FitSize, pixels, pixels, upscale),
    )


angles = st.builds(Fraction, st.decimals(0, 360, allow_nan=False, places=6).map(str))
rotations = st.builds(Rotation, angles, st.booleans())


def images(version, size):
    return st.builds(
        ImageRequest,
        st.just(version),
        names,
        regions,
        size,
        rotations,
        st.sampled_from(Quality),
        st.sampled_from(Format),
    )


requests = st.one_of(
    images(V3, sizes(st.booleans())),
    images(V2, sizes(st.just(False)) | st.builds(FullSize)),
    st.builds(InfoRequest, st.sampled_from(Version), names),
    st.builds(BaseRequest, st.sampled_from(Version), names),
)


@given(requests)
def test_parsing_what_was_formatted_gives_the_same_request(request):
    assert parse_request(request.version, format_request(request)) == request


@given(st.sampled_from(Version), st.text(max_size=60) | st.text("a/%0123456789,.!^:@;=cgeinvzfulmaxpct", max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(version, text):
    with contextlib.suppress(InvalidRequestError, UnknownImageError):
        parse_request(version, text)
