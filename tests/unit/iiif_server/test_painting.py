import numpy as np
import pytest

from iiif_server.colormaps import SHADES, load_shades
from iiif_server.composite import Composite, SeenChannel
from iiif_server.painting import build_painters, paint
from iiif_server.rendering import COLORMAPS, Color, Colormap

WHITE = Color("ffffff")
TYPES = ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"]


def show(values, *channels):
    values = np.atleast_2d(values)
    composite = Composite(channels, 9, values.dtype.name, b"")
    pixels = np.zeros((*values.shape, composite.bands), np.uint8)
    for painter in build_painters(composite):
        painter.add(pixels, values)
    return pixels[0].tolist()


def gray(values, **changes):
    return [pixel[0] for pixel in show(values, SeenChannel(0, **({"low": 0, "high": 100, "tint": WHITE} | changes)))]


@pytest.mark.parametrize("name", TYPES)
def test_a_window_goes_from_black_to_full_and_no_further(name):
    assert gray(np.array([0, 20, 50, 100, 120], name)) == [0, 51, 128, 255, 255]


@pytest.mark.parametrize("name", ["int8", "int16", "int32", "float32"])
def test_windows_of_negative_values(name):
    assert gray(np.array([-120, -100, 0, 100], name), low=-100, high=100) == [0, 0, 128, 255]


@pytest.mark.parametrize("name", TYPES)
def test_gamma_and_inversion_follow_the_window(name):
    values = np.array([0, 50, 100], name)
    assert gray(values, gamma=2.0) == [0, 64, 255]
    assert gray(values, gamma=0.5) == [0, 180, 255]
    assert gray(values, inverted=True) == [255, 128, 0]
    assert gray(values, gamma=2.0, inverted=True) == [255, 191, 0]


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_what_is_no_number_is_shown_as_the_lowest_and_infinities_as_the_ends(name):
    values = np.array([np.nan, np.inf, -np.inf, np.finfo(name).max, np.finfo(name).min], name)
    assert gray(values) == [0, 255, 0, 255, 0]
    assert gray(values, inverted=True) == [255, 0, 255, 0, 255]


def test_the_widest_and_narrowest_windows_are_no_trouble():
    values = np.array([-1e308, 0, 1e308])
    assert gray(values, low=-1.7e308, high=1.7e308) == [0, 0, 0]
    assert gray(values, low=0, high=1e-300) == [0, 0, 255]


def test_exact_windows_of_32_bits():
    values = np.array([4_000_000_000, 4_000_000_001, 4_000_000_002], np.uint32)
    assert gray(values, low=4_000_000_000, high=4_000_000_002) == [0, 128, 255]


def test_channels_are_added_as_light_and_clipped_at_white():
    values = np.array([0, 50, 100], np.uint16)
    red, yellow = SeenChannel(0, 0, 100, Color("ff0000")), SeenChannel(0, 0, 100, Color("ff8000"))
    assert show(values, red) == [[0, 0, 0], [128, 0, 0], [255, 0, 0]]
    assert show(values, red, yellow) == [[0, 0, 0], [255, 64, 0], [255, 128, 0]]


def test_only_gray_needs_one_band():
    values = np.array([100], np.uint8)
    white, half = SeenChannel(0, 0, 100, WHITE), SeenChannel(0, 0, 100, Color("404040"))
    assert show(values, half) == [[0x40]]
    assert show(values, SeenChannel(0, 0, 100, Colormap("gray")), half) == [[255]]
    assert show(values, white, SeenChannel(0, 0, 200, Color("ff0000"))) == [[255, 255, 255]]


@pytest.mark.parametrize("name", COLORMAPS)
def test_every_colormap_is_there_and_applied(name):
    shades = load_shades(name)
    assert (shades.shape, shades.dtype) == ((SHADES, 3), np.uint8)
    shown = show(np.array([0, 100, 255], np.uint8), SeenChannel(0, 0, 255, Colormap(name)))
    bands = 1 if name == "gray" else 3
    assert shown == shades[[0, 100, 255], :bands].tolist()


def test_viridis_goes_from_dark_violet_to_yellow():
    assert load_shades("viridis")[[0, -1]].tolist() == [[68, 1, 84], [253, 231, 37]]


def test_bands_of_pixels_are_channels():
    pixels = np.array([[[10, 20, 30]]], np.uint8)
    seen = (SeenChannel(2, 0, 60, Color("ff0000")), SeenChannel(0, 0, 255, Color("00ff00")))
    assert paint(Composite(seen, 3, "uint8", b""), pixels).tolist() == [[[128, 10, 0]]]
