"""Whole files in display colours: turned, through profiles, in 8 bits, at every scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips

from iiif_server.whole_decoding import UnreadableWholeError, base_scale, decode_whole, read_whole_shape, shrink_pixels

WIDTH, HEIGHT = 203, 131
Photograph = Callable[..., Any]


def as_image(pixels: Any) -> pyvips.Image:
    return pyvips.Image.new_from_array(pixels).copy(interpretation="b-w" if pixels.shape[2] == 1 else "srgb")


def means(pixels: Any, scale: int) -> Any:
    """The exact means of blocks, the edge going on behind the last pixels."""
    height, width, bands = pixels.shape
    rows, columns = -(-height // scale), -(-width // scale)
    padded = np.pad(pixels, ((0, rows * scale - height), (0, columns * scale - width), (0, 0)), mode="edge")
    return padded.reshape(rows, scale, columns, scale, bands).mean((1, 3))


@pytest.mark.parametrize("suffix", [".jpg[Q=97]", ".png", ".webp[lossless]", ".tif[compression=deflate]"])
@pytest.mark.parametrize("scale", [1, 2, 8, 32])
def test_every_kind_is_shown_at_every_scale(photograph: Photograph, suffix: str, scale: int) -> None:
    pixels = photograph(WIDTH, HEIGHT)
    data = as_image(pixels).write_to_buffer(suffix)
    shown = decode_whole(data, scale).astype(int)
    expected = means(pixels, scale)
    assert shown.shape == expected.shape
    assert np.abs(shown - expected)[:-1, :-1].mean() < 2.5


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (208, 136)])
def test_a_picture_is_turned_as_its_exif_says(
    photograph: Photograph, orientation: int, size: tuple[int, int]
) -> None:
    image = as_image(photograph(*size)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    data, expected = image.jpegsave_buffer(Q=97), image.copy_memory().autorot().numpy()
    shape = read_whole_shape(data)
    assert (shape.height, shape.width) == expected.shape[:2]
    for scale in (1, 4):
        shown = decode_whole(data, scale).astype(int)
        assert np.abs(shown - means(expected, scale))[:-1, :-1].mean() < 2.5


def test_an_embedded_profile_is_applied(photograph: Photograph) -> None:
    image = as_image(photograph(WIDTH, HEIGHT)).copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", pyvips.Image.profile_load("p3"))
    expected = image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True).numpy()
    shown = decode_whole(image.pngsave_buffer(), 1)
    assert np.abs(shown.astype(int) - expected).max() <= 1
    assert np.abs(shown.astype(int) - image.numpy()).mean() > 1


def test_transparency_is_shown_as_white_and_told() -> None:
    alpha = pyvips.Image.black(WIDTH, HEIGHT)
    data = as_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).bandjoin(alpha).pngsave_buffer()
    assert decode_whole(data, 1).min() == 255
    assert read_whole_shape(data).losses == ("Transparency is shown as white.",)


def test_inks_become_colours() -> None:
    inks = pyvips.Image.black(64, 64, bands=4).copy(interpretation="cmyk")
    data = inks.jpegsave_buffer(Q=95)
    shown = decode_whole(data, 2)
    assert shown.shape == (32, 32, 3)
    assert shown.min() > 245
    assert read_whole_shape(data).components == 3


def test_sixteen_bits_of_gray_are_shown_from_the_darkest_to_the_brightest() -> None:
    ramp = np.linspace(2000, 5000, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    data = pyvips.Image.new_from_array(ramp).copy(interpretation="grey16").pngsave_buffer()
    shown = decode_whole(data, 1)
    assert shown.shape == (64, 64, 1)
    assert (shown.min(), shown.max()) == (0, 255)
    assert abs(int(shown[32, 0, 0]) - 127) <= 2
    assert read_whole_shape(data).losses == ("16 bits per channel are shown in 8.",)
    flat = pyvips.Image.new_from_array(np.full((9, 9, 1), 0x8000, np.uint16)).copy(interpretation="grey16")
    assert decode_whole(flat.pngsave_buffer(), 1).max() in (127, 128)


def test_sixteen_bits_of_colour_keep_their_balance(photograph: Photograph) -> None:
    pixels = photograph(WIDTH, HEIGHT)
    deep = pyvips.Image.new_from_array(pixels.astype(np.uint16) * 257).copy(interpretation="rgb16")
    assert np.array_equal(decode_whole(deep.tiffsave_buffer(), 1), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif[compression=lzw]"])
def test_a_file_that_is_cut_off_is_unreadable(photograph: Photograph, suffix: str) -> None:
    data = as_image(photograph(WIDTH, HEIGHT)).write_to_buffer(suffix)
    with pytest.raises(UnreadableWholeError):
        decode_whole(data[: len(data) // 2], 1)


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(100), b"<svg/>", b"\x89PNG\r\n\x1a\n", b"II*\0" + bytes(50)])
def test_what_is_no_picture_of_the_four_kinds_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableWholeError):
        read_whole_shape(data)


def test_floating_point_values_are_left_to_ingest() -> None:
    data = pyvips.Image.black(16, 16).cast("float").tiffsave_buffer()
    with pytest.raises(UnreadableWholeError, match="neither 8 nor 16 bits"):
        read_whole_shape(data)


@pytest.mark.parametrize("bands", [1, 3])
def test_shrinking_pixels_is_taking_means(photograph: Photograph, bands: int) -> None:
    pixels = photograph(WIDTH, HEIGHT, bands)
    assert np.abs(shrink_pixels(pixels, 4) - means(pixels, 4)).max() <= 1


def test_a_progressive_jpeg_weighs_its_coefficients(photograph: Photograph) -> None:
    image = as_image(photograph(WIDTH, HEIGHT))
    plain, progressive = (read_whole_shape(image.jpegsave_buffer(interlace=flag)) for flag in (False, True))
    assert progressive.decode_bytes - plain.decode_bytes >= WIDTH * HEIGHT * 6


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize(
    ("width", "height", "orientation"), [(333, 217, 1), (333, 217, 6), (336, 224, 6), (16, 9, 1)]
)
def test_what_is_made_of_a_base_is_what_decoding_makes(
    photograph: Photograph, suffix: str, width: int, height: int, orientation: int
) -> None:
    image = pyvips.Image.new_from_array(photograph(width, height)).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    data = image.write_to_buffer(suffix)
    for scale in (1, 2, 4, 8, 16, 32):
        base = base_scale(data, scale)
        made = shrink_pixels(decode_whole(data, base), scale // base)
        assert np.array_equal(made, decode_whole(data, scale)), scale
