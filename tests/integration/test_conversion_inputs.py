"""Every kind of file that is accepted: right size, right colours at known places, and a sentence for every loss."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips
import tifffile
from pyvips import GValue

WIDTH, HEIGHT = 96, 64
COLOURS = np.array([[[200, 60, 50], [60, 170, 80]], [[60, 80, 190], [240, 235, 220]]], np.uint8)
GRAYS = np.array([[[30], [100]], [[170], [240]]], np.uint8)
ALPHA = "Transparency was flattened onto white."
CMYK_PLAIN = "CMYK colours were converted to sRGB by a standard profile, as none is embedded."
CMYK_PROFILE = "CMYK colours were converted to sRGB from the embedded profile"
BROKEN_PROFILE = "The embedded colour profile cannot be used and was ignored."


def quarters(values):
    """A picture of WIDTH×HEIGHT whose quarters have the four values."""
    return np.ascontiguousarray(np.repeat(np.repeat(values, HEIGHT // 2, axis=0), WIDTH // 2, axis=1))


def centres(picture):
    """The values in the middle of the four quarters, as int."""
    height, width = picture.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    return picture[np.ix_(rows, columns)].astype(int)


def vips(values, interpretation=None):
    image = pyvips.Image.new_from_array(quarters(values))
    return image.copy(interpretation=interpretation or ("srgb" if values.shape[2] == 3 else "b-w"))


def with_alpha(values, alpha=255):
    return np.concatenate([values, np.full((2, 2, 1), alpha, values.dtype)], axis=2)


def with_profile(image, data):
    image = image.copy()
    image.set_type(GValue.blob_type, "icc-profile-data", data)
    return image


def profile(name):
    return bytes(pyvips.Operation.call("profile_load", name))


def saved(method, **options):
    """Writes a vips image by one of its save methods."""
    return lambda image, path: getattr(image, method)(str(path), **options)


def written(**options):
    """Writes an array by tifffile."""
    return lambda array, path: tifffile.imwrite(path, array, **options)


def check(conversion, expected, losses=(), tolerance=6):
    picture = conversion.rebuild(0)
    assert picture.shape == (HEIGHT, WIDTH, expected.shape[2])
    assert np.abs(centres(picture) - expected).max() <= tolerance
    assert conversion.converted.losses == losses


SIXTEEN_BIT = COLOURS.astype(np.uint16) * 257
COLOUR_FILES = {
    "baseline-jpeg": (vips(COLOURS), saved("jpegsave", Q=95)),
    "progressive-jpeg": (vips(COLOURS), saved("jpegsave", Q=95, interlace=True)),
    "png": (vips(COLOURS), saved("pngsave")),
    "interlaced-png": (vips(COLOURS), saved("pngsave", interlace=True)),
    "palette-png": (vips(COLOURS), saved("pngsave", palette=True)),
    "lossy-webp": (vips(COLOURS), saved("webpsave", Q=95)),
    "lossless-webp": (vips(COLOURS), saved("webpsave", lossless=True)),
    "striped-tiff": (vips(COLOURS), saved("tiffsave")),
    "tiled-tiff": (vips(COLOURS), saved("tiffsave", tile=True, tile_width=32, tile_height=32)),
    "lzw-tiff": (vips(COLOURS), saved("tiffsave", compression="lzw", predictor="horizontal")),
    "deflate-tiff": (vips(COLOURS), saved("tiffsave", compression="deflate", tile=True)),
    "packbits-tiff": (vips(COLOURS), saved("tiffsave", compression="packbits")),
    "jpeg-tiff": (vips(COLOURS), saved("tiffsave", compression="jpeg", Q=95)),
    "webp-tiff": (vips(COLOURS), saved("tiffsave", compression="webp", lossless=True, tile=True)),
    "big-tiff": (vips(COLOURS), saved("tiffsave", bigtiff=True)),
    "big-endian-tiff": (quarters(COLOURS), written(photometric="rgb", byteorder=">")),
    "one-strip-tiff": (quarters(COLOURS), written(photometric="rgb", rowsperstrip=HEIGHT)),
    "row-strips-tiff": (quarters(COLOURS), written(photometric="rgb", rowsperstrip=1)),
    "planar-tiff": (
        np.ascontiguousarray(quarters(COLOURS).transpose(2, 0, 1)),
        written(photometric="rgb", planarconfig="separate"),
    ),
    "private-tags-tiff": (
        quarters(COLOURS),
        written(photometric="rgb", extratags=[(65001, "s", 0, "own", True), (34999, "I", 1, 7, True)]),
    ),
}
GRAY_FILES = {
    "jpeg": (vips(GRAYS), saved("jpegsave", Q=95)),
    "png": (vips(GRAYS), saved("pngsave")),
    "tiff": (vips(GRAYS), saved("tiffsave")),
    "inverted-tiff": (vips(GRAYS), saved("tiffsave", miniswhite=True)),
}


@pytest.mark.parametrize("kind", COLOUR_FILES)
def test_colours_arrive_from_every_kind_of_file_without_a_loss(convert, tmp_path, kind):
    picture, write = COLOUR_FILES[kind]
    write(picture, tmp_path / "source.misleading-name")
    check(convert(tmp_path / "source.misleading-name"), COLOURS)


@pytest.mark.parametrize("kind", GRAY_FILES)
def test_gray_stays_one_channel(convert, tmp_path, kind):
    picture, write = GRAY_FILES[kind]
    write(picture, tmp_path / "source")
    conversion = convert(tmp_path / "source")
    assert conversion.converted.channels == "gray"
    check(conversion, GRAYS)


@pytest.mark.parametrize("compression", ["none", "ccittfax4", "deflate"])
@pytest.mark.parametrize("inverted", [False, True])
def test_one_bit_becomes_black_and_white(convert, tmp_path, compression, inverted):
    marks = np.array([[[0], [255]], [[255], [0]]], np.uint8)
    path = tmp_path / "source.tif"
    vips(marks).tiffsave(str(path), bitdepth=1, compression=compression, predictor="none", miniswhite=inverted)
    check(convert(path), marks)


def test_one_bit_png_becomes_black_and_white(convert, tmp_path):
    marks = np.array([[[0], [255]], [[255], [0]]], np.uint8)
    vips(marks).pngsave(str(tmp_path / "source.png"), bitdepth=1)
    check(convert(tmp_path / "source.png"), marks)


@pytest.mark.parametrize("write", [saved("pngsave"), saved("tiffsave")])
def test_sixteen_bits_are_shown_in_eight_and_kept(convert, tmp_path, write):
    write(vips(SIXTEEN_BIT, "rgb16"), tmp_path / "colour")
    conversion = convert(tmp_path / "colour")
    check(conversion, COLOURS)
    assert [channel.name for channel in conversion.converted.samples.channels] == ["Red", "Green", "Blue"]
    write(vips(GRAYS.astype(np.uint16) * 257, "grey16"), tmp_path / "gray")
    conversion = convert(tmp_path / "gray")
    check(conversion, stretched(GRAYS))
    assert conversion.converted.samples.type == "uint16"


def stretched(values):
    """From black to white."""
    low, high = int(values.min()), int(values.max())
    return np.round((values.astype(float) - low) / (high - low) * 255)


@pytest.mark.parametrize("dtype", ["float32", "int16", "int32", "uint32"])
def test_other_numbers_are_stretched_linearly(convert, tmp_path, dtype):
    values = np.array([[[0], [50]], [[100], [200]]]).astype(dtype)
    written(photometric="minisblack")(quarters(values)[:, :, 0], tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), np.array([[[0], [64]], [[128], [255]]]))


def test_colours_in_floating_point_are_stretched_together(convert, tmp_path):
    values = quarters(COLOURS).astype(np.float32) / 240
    written(photometric="rgb")(values, tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), np.round((COLOURS.astype(float) - 50) / 190 * 255))


def test_values_that_are_no_numbers_become_the_least_one_or_the_most(convert, tmp_path):
    values = np.array([[[-1.0], [3.0]], [[np.nan], [np.inf]]], np.float32)
    written(photometric="minisblack")(quarters(values)[:, :, 0], tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), np.array([[[0], [255]], [[0], [255]]]))


def test_a_constant_field_is_black(convert, tmp_path):
    written()(np.full((HEIGHT, WIDTH), 7, np.float32), tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), np.zeros((2, 2, 1)))


@pytest.mark.parametrize("write", [saved("pngsave"), saved("tiffsave"), saved("webpsave", lossless=True)])
def test_transparency_is_flattened_onto_white(convert, tmp_path, write):
    write(vips(with_alpha(COLOURS, 128), "srgb"), tmp_path / "source")
    expected = COLOURS * (128 / 255) + 255 * (127 / 255)
    check(convert(tmp_path / "source"), expected, (ALPHA,))


def test_transparent_gray_and_sixteen_bits(convert, tmp_path):
    vips(with_alpha(GRAYS, 0)).pngsave(str(tmp_path / "gray.png"))
    check(convert(tmp_path / "gray.png"), np.full((2, 2, 1), 255), (ALPHA,))
    vips(with_alpha(SIXTEEN_BIT, 128 * 257), "rgb16").pngsave(str(tmp_path / "deep.png"))
    expected = COLOURS * (128 / 255) + 255 * (127 / 255)
    check(convert(tmp_path / "deep.png"), expected, (ALPHA,))


@pytest.mark.parametrize(
    ("kind", "losses"),
    [("unassalpha", (ALPHA,)), ("assocalpha", (ALPHA,)), ("unspecified", ())],
)
def test_a_fourth_channel_is_transparency_only_where_the_tiff_says_so(convert, tmp_path, kind, losses):
    colours = COLOURS // 2 if kind == "assocalpha" else COLOURS
    pixels = quarters(with_alpha(colours, 128))
    written(photometric="rgb", extrasamples=[kind])(pixels, tmp_path / "source.tif")
    flattened = COLOURS * (128 / 255) + 255 * (127 / 255)
    check(convert(tmp_path / "source.tif"), COLOURS if kind == "unspecified" else flattened, losses)


@pytest.mark.parametrize("write", [saved("jpegsave", Q=95), saved("tiffsave")])
def test_cmyk_goes_through_its_profile_or_a_standard_one(convert, tmp_path, write):
    cmyk = vips(COLOURS).icc_transform("cmyk", intent="relative")
    ways = {"input_profile": "cmyk", "intent": "relative", "black_point_compensation": True}
    seen = centres(cmyk.icc_transform("srgb", **ways).numpy())
    write(with_profile(cmyk, profile("cmyk")), tmp_path / "profiled")
    conversion = convert(tmp_path / "profiled")
    (loss,) = conversion.converted.losses
    assert loss.startswith(CMYK_PROFILE)
    check(conversion, seen, (loss,), tolerance=8)
    bare = cmyk.copy()
    bare.remove("icc-profile-data")
    write(bare, tmp_path / "bare")
    check(convert(tmp_path / "bare"), seen, (CMYK_PLAIN,), tolerance=8)


@pytest.mark.parametrize(
    "write", [saved("jpegsave", Q=95), saved("pngsave"), saved("tiffsave"), saved("webpsave", Q=95)]
)
def test_a_wide_gamut_is_converted_through_its_profile(convert, tmp_path, write):
    write(with_profile(vips(COLOURS), profile("p3")), tmp_path / "source")
    conversion = convert(tmp_path / "source")
    seen = centres(with_profile(vips(COLOURS), profile("p3")).icc_transform("srgb").numpy())
    assert np.abs(seen - COLOURS).max() > 15
    (loss,) = conversion.converted.losses
    assert loss.startswith("Colours were converted to sRGB from the embedded profile")
    check(conversion, seen, (loss,), tolerance=8)


def test_an_embedded_srgb_profile_loses_nothing(convert, tmp_path):
    with_profile(vips(COLOURS), profile("srgb")).jpegsave(str(tmp_path / "source.jpg"), Q=95)
    check(convert(tmp_path / "source.jpg"), COLOURS)


@pytest.mark.parametrize(
    "broken",
    [b"x" * 500, profile("p3")[:200] + b"\xff" * 280, profile("p3")[:300], profile("cmyk")],
    ids=["no-profile", "corrupt", "cut", "for-cmyk"],
)
def test_a_broken_profile_is_ignored_and_told(convert, tmp_path, broken):
    written(photometric="rgb", iccprofile=broken)(quarters(COLOURS), tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), COLOURS, (BROKEN_PROFILE,))


def test_palette_tiff(convert, tmp_path):
    indices = quarters(np.array([[[0], [1]], [[2], [3]]], np.uint8))[:, :, 0]
    palette = np.zeros((3, 256), np.uint16)
    palette[:, :4] = COLOURS.reshape(4, 3).T.astype(np.uint16) * 257
    written(photometric="palette", colormap=palette)(indices, tmp_path / "source.tif")
    check(convert(tmp_path / "source.tif"), COLOURS)


@pytest.mark.parametrize("depth", ["lab", "labs"])
def test_lab_tiff(convert, tmp_path, depth):
    vips(COLOURS).colourspace("lab").colourspace(depth).tiffsave(str(tmp_path / "source.tif"))
    check(convert(tmp_path / "source.tif"), COLOURS, ("CIELAB colours were converted to sRGB.",))


def test_reduced_copies_are_no_pages(convert, tmp_path):
    with tifffile.TiffWriter(tmp_path / "pages.tif") as writer:
        writer.write(quarters(COLOURS)[::2, ::2], photometric="rgb", subfiletype=1)
        writer.write(quarters(COLOURS), photometric="rgb")
    check(convert(tmp_path / "pages.tif"), COLOURS)
    vips(COLOURS).tiffsave(str(tmp_path / "pyramid.tif"), tile=True, tile_width=32, tile_height=32, pyramid=True)
    check(convert(tmp_path / "pyramid.tif"), COLOURS)


def test_further_frames_of_a_webp_are_told(convert, tmp_path):
    frames = vips(COLOURS).join(vips(COLOURS[::-1]), "vertical").copy()
    frames.set_type(GValue.gint_type, "page-height", HEIGHT)
    frames.webpsave(str(tmp_path / "source.webp"), lossless=True)
    losses = ("Only the first frame of the animation was converted.",)
    check(convert(tmp_path / "source.webp"), COLOURS, losses)


TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("write", [saved("jpegsave", Q=95), saved("tiffsave"), saved("webpsave", Q=95)])
def test_every_exif_orientation_is_turned_upright(convert, tmp_path, orientation, write):
    image = vips(COLOURS).copy(xres=10, yres=20)
    image.set_type(GValue.gint_type, "orientation", orientation)
    write(image, tmp_path / "source")
    conversion = convert(tmp_path / "source")
    expected = TURNS[orientation](quarters(COLOURS))
    assert (conversion.converted.height, conversion.converted.width) == expected.shape[:2]
    assert np.abs(centres(conversion.rebuild(0)) - centres(expected)).max() <= 6
    assert conversion.converted.losses == ()
    stored = pyvips.Image.tiffload(str(conversion.folder / "pyramid.tif"))
    assert stored.get("orientation") == 1


def test_resolutions_change_places_with_the_axes(convert, tmp_path):
    image = vips(COLOURS).copy(xres=10, yres=20)
    image.set_type(GValue.gint_type, "orientation", 6)
    image.tiffsave(str(tmp_path / "source.tif"))
    stored = pyvips.Image.tiffload(str(convert(tmp_path / "source.tif").folder / "pyramid.tif"))
    assert (round(stored.xres), round(stored.yres)) == (20, 10)
