from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.rendering import (
    COLORMAPS,
    MAX_RENDERING_CHARACTERS,
    Color,
    Colormap,
    Look,
    MalformedRenderingError,
    Rendering,
    Window,
    format_number,
    format_rendering,
    parse_rendering,
)


def parse(text):
    pairs = [field.partition("=") for field in text.split(";")]
    return parse_rendering([(name, options) for name, _, options in pairs])


@pytest.mark.parametrize(
    ("text", "rendering"),
    [
        ("c2", Rendering(channels=((2, Look()),))),
        ("c2=", Rendering(channels=((2, Look()),))),
        ("c1=200:4000", Rendering(channels=((1, Look(Window(Decimal(200), Decimal(4000)))),))),
        ("c1=-.5:1e-3", Rendering(channels=((1, Look(Window(Decimal("-0.5"), Decimal("0.001")))),))),
        ("c=00FF0a", Rendering(Look(tint=Color("00ff0a")))),
        ("c=gray,g.8", Rendering(Look(tint=Colormap("gray"), gamma=Decimal("0.8")))),
        ("c256=inv", Rendering(channels=((256, Look(inverted=True)),))),
        (
            "c=inv;c3=g2;c1",
            Rendering(Look(inverted=True), ((1, Look()), (3, Look(gamma=Decimal(2))))),
        ),
    ],
)
def test_renderings(text, rendering):
    assert parse(text) == rendering


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("c1=inv,g0.80,00FF00,0200:4000.", "c1=200:4000,00ff00,g0.8,inv"),
        ("c3;c=viridis;c1=", "c=viridis;c1;c3"),
        ("c1=-0:1", "c1=0:1"),
        ("c1=1e3:65535", "c1=1000:65535"),
        ("c1=0.00000012:12E+30", "c1=1.2e-7:1.2e31"),
        ("c1=-120e-9:0.0", "c1=-1.2e-7:0"),
    ],
)
def test_the_canonical_spelling(text, canonical):
    assert format_rendering(parse(text)) == canonical


def test_without_fields_there_is_no_rendering():
    assert parse_rendering([]) is None


@pytest.mark.parametrize(
    "text",
    [
        *("c", "c=", "c0", "c01", "c257", "c1000", "c-1", "C1", "cc"),
        *("c1;c1", "c=inv;c=g2", "c1=1:2,1:2", "c1=ff0000,gray", "c1=inv,inv", "c1=g1,g1"),
        *("c1=,", "c1=inv,", "c1= inv", "c1=INV", "c1=Gray", "c1=grey", "c1=ff00", "c1=ff00000", "c1=#ff0000"),
        *("c1=1:", "c1=:1", "c1=:", "c1=1:1", "c1=2:1", "c1=1:2:3", "c1=nan:1", "c1=0:inf", "c1=+1:2", "c1=0x1:2"),
        *("c1=1_0:20", "c1=1:2e", "c1=1:2e1000", "c1=0:1e301", "c1=0:1e-301", "c1=١:٢", "c1=1;2"),
        f"c1=0:{'9' * 41}",
        f"c1=0:{'9' * 21}",
        "c1=1:1.0000000000000000001",
        *("c1=g", "c1=g0", "c1=g0.049", "c1=g20.1", "c1=g-1", "c1=g1e9", "c1=gamma"),
        ";".join(f"c{number}=-0.00000123456789:1,ffffff,g0.123456789,inv" for number in range(1, 100)),
    ],
)
def test_what_names_no_rendering(text):
    with pytest.raises(MalformedRenderingError):
        parse(text)


def test_the_number_of_an_infinity_has_no_text():
    with pytest.raises(ValueError, match="finite"):
        format_number(Decimal("inf"))


numbers = st.decimals(-(10**9), 10**9, places=6) | st.builds(
    lambda digits, exponent: Decimal(f"{digits}e{exponent}"), st.integers(-(10**15), 10**15), st.integers(-280, 280)
)
windows = (
    st.tuples(numbers, numbers)
    .map(sorted)
    .filter(lambda pair: float(pair[0]) < float(pair[1]))
    .map(lambda pair: Window(*pair))
)
tints = st.builds(Color, st.from_regex(r"[0-9a-f]{6}", fullmatch=True)) | st.builds(
    Colormap, st.sampled_from(COLORMAPS)
)
gammas = st.decimals(Decimal("0.05"), 20, places=4)
looks = st.builds(Look, st.none() | windows, st.none() | tints, st.none() | gammas, st.booleans())
channels = st.dictionaries(st.integers(1, 256), looks, max_size=6).map(lambda named: tuple(sorted(named.items())))
renderings = st.builds(Rendering, looks, channels).filter(lambda rendering: rendering != Rendering())


@given(renderings)
def test_parsing_what_was_formatted_gives_the_same_rendering_and_text(rendering):
    text = format_rendering(rendering)
    assert parse(text) == rendering
    assert format_rendering(parse(text)) == text
    assert len(text) <= MAX_RENDERING_CHARACTERS


@given(numbers)
def test_numbers_are_written_exactly(number):
    assert Decimal(format_number(number)) == number
