"""The lossless pyramid: every value as in the source, halved levels in the same type, and the default look."""

from __future__ import annotations

import hashlib

import crc32c
import numpy as np
import pytest
import pyvips
import tifffile

from iiif_server.index import HEADER_BYTES, parse_index_header, read_entry
from iiif_server.samples_record import SAMPLES, SAMPLES_INDEX, entry_number, find_fault
from ingest.conversion.means import halve_pixels
from ingest.conversion.readers.problems import SourceProblemError
from ingest.conversion.sample_codec import decode_samples

HEIGHT, WIDTH = 700, 1301
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]


def field(dtype, channels=3, height=HEIGHT, width=WIDTH):
    """Noise over the whole range of the type (floats with gaps), as (height, width, channels)."""
    random = np.random.default_rng(3)
    if np.dtype(dtype).kind == "f":
        values = random.normal(0, 1e4, (height, width, channels)).astype(dtype)
        values[random.random(values.shape) < 0.02] = np.nan
        return values
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, (height, width, channels), dtype, endpoint=True)


def write(path, values, **options):
    options = {"photometric": "minisblack", "planarconfig": "contig", **options}
    tifffile.imwrite(path, values if values.shape[2] > 1 else values[:, :, 0], **options)
    return path


def levels_of(values):
    yield values
    while max(values.shape[:2]) > 512:
        values = halve_pixels(values)
        yield values


def read_level(folder, number):
    with tifffile.TiffFile(folder / SAMPLES) as file:
        page = file.pages[number].asarray()
    return page[:, :, None] if page.ndim == 2 else page.transpose(1, 2, 0)


@pytest.mark.parametrize(
    ("dtype", "channels"),
    # 8-bit grey is whole in the first pyramid.
    [(dtype, channels) for dtype in TYPES for channels in (1, 3) if (dtype, channels) != ("uint8", 1)],
)
def test_every_level_holds_the_values_bit_for_bit(convert, tmp_path, dtype, channels):
    values = field(dtype, channels)
    conversion = convert(write(tmp_path / "source.tif", values))
    revision = conversion.converted
    assert (revision.samples.type, len(revision.samples.channels)) == (dtype, channels)
    assert find_fault(revision.samples) is None
    for number, expected in enumerate(levels_of(values)):
        stored = read_level(conversion.folder, number)
        assert stored.dtype == dtype
        assert stored.tobytes() == np.ascontiguousarray(expected).tobytes()
    data = (conversion.folder / SAMPLES).read_bytes()
    assert revision.samples.size_bytes == len(data)
    assert revision.samples.sha256 == hashlib.sha256(data).hexdigest()
    assert revision.losses == ()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_the_index_leads_to_every_channel_of_every_tile(convert, tmp_path, dtype):
    values = field(dtype, 2)
    conversion = convert(write(tmp_path / "source.tif", values))
    revision, folder = conversion.converted, conversion.folder
    index, data = (folder / SAMPLES_INDEX).read_bytes(), (folder / SAMPLES).read_bytes()
    assert parse_index_header(index[:HEADER_BYTES]) == 2 * conversion.tile_count()
    ends = []
    for level, pixels in zip(revision.levels, levels_of(values), strict=True):
        columns = -(-level.width // 512)
        for row in range(-(-level.height // 512)):
            for column in range(columns):
                for channel in range(2):
                    number = entry_number(revision.samples, level.first_entry + row * columns + column, channel)
                    entry = read_entry(index, number)
                    stored = data[entry.offset : entry.offset + entry.length]
                    assert crc32c.crc32c(stored) == entry.crc32c
                    assert channel == 0 or entry.offset == ends[-1]
                    ends.append(entry.offset + entry.length)
                    tile = decode_samples(stored, np.dtype(dtype), 512)
                    part = pixels[row * 512 : (row + 1) * 512, column * 512 : (column + 1) * 512, channel]
                    padded = np.pad(part, ((0, 512 - part.shape[0]), (0, 512 - part.shape[1])), mode="edge")
                    assert tile.tobytes() == padded.tobytes()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3001, 17), (1, 5000), (513, 513)])
def test_odd_shapes(convert, tmp_path, width, height):
    values = field("uint16", 1, height, width)
    conversion = convert(write(tmp_path / "source.tif", values))
    for number, expected in enumerate(levels_of(values)):
        assert np.array_equal(read_level(conversion.folder, number), expected)
        assert conversion.rebuild(number).shape == expected.shape


def test_a_single_channel_is_gray_between_its_percentiles(convert, tmp_path):
    values = np.random.default_rng(1).normal(3000, 200, (600, 600, 1)).astype(np.uint16)
    values[:2, :2] = 60_000
    revision = (conversion := convert(write(tmp_path / "source.tif", values))).converted
    (channel,) = revision.samples.channels
    assert (channel.name, channel.color, channel.visible) == ("Gray", "ffffff", True)
    assert (channel.minimum, channel.maximum) == (values.min(), 60_000)
    assert [channel.low, channel.high] == pytest.approx(np.quantile(values, [0.001, 0.999]), abs=1)
    assert revision.channels == "gray"
    wanted = np.clip((values.astype(float) - channel.low) / (channel.high - channel.low), 0, 1) * 255
    assert np.abs(conversion.rebuild(0)[:, :, 0] - wanted[:, :, 0]).mean() < 5  # noise is what JPEG keeps worst


def test_channels_are_added_as_light_in_colours_of_the_palette(convert, tmp_path):
    values = np.zeros((300, 300, 2), np.uint16)
    values[:200, :, 0] = 1000
    values[100:, :, 1] = 500
    conversion = convert(write(tmp_path / "source.tif", values))
    assert [channel.color for channel in conversion.converted.samples.channels] == ["00ff00", "ff00ff"]
    shown = conversion.rebuild(0)[[50, 150, 250], 150].astype(int)
    assert np.abs(shown - [[0, 255, 0], [255, 255, 255], [255, 0, 255]]).max() <= 3


def test_of_many_channels_the_first_four_are_seen(convert, tmp_path):
    conversion = convert(write(tmp_path / "source.tif", field("uint8", 9, 40, 50)))
    assert [channel.visible for channel in conversion.converted.samples.channels] == [True] * 4 + [False] * 5
    assert conversion.converted.samples.type == "uint8"


@pytest.mark.parametrize(("maximum", "top"), [(200, 255), (4000, 4095), (65_535, 65_535)])
def test_colours_are_shown_by_the_bits_in_use(convert, tmp_path, maximum, top):
    values = np.linspace(0, maximum, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint16)
    conversion = convert(write(tmp_path / "source.tif", values, photometric="rgb"))
    assert {(channel.low, channel.high) for channel in conversion.converted.samples.channels} == {(0, top)}
    assert np.abs(conversion.rebuild(0) - values * (255 / top)).mean() < 3


def test_a_profile_is_applied_and_kept_with_the_samples(convert, tmp_path):
    profile = bytes(pyvips.Operation.call("profile_load", "p3"))
    values = np.empty((64, 64, 3), np.uint16)
    values[:] = np.array([200, 60, 50], np.uint16) * 257
    conversion = convert(write(tmp_path / "source.tif", values, photometric="rgb", iccprofile=profile))
    assert conversion.converted.samples.icc_profile == profile
    (loss,) = conversion.converted.losses
    assert loss.startswith("Colours were converted to sRGB from the embedded profile")
    assert np.abs(conversion.rebuild(0)[32, 32].astype(int) - [200, 60, 50]).max() > 10


def test_the_least_value_may_be_white(convert, tmp_path):
    values = np.full((40, 50, 1), 1000, np.uint16)
    values[:20] = 3000
    conversion = convert(write(tmp_path / "source.tif", values, photometric="miniswhite"))
    assert conversion.rebuild(0)[[5, 35], 25, 0].tolist() == [0, 255]
    assert np.array_equal(read_level(conversion.folder, 0), 65_535 - values)
    assert conversion.converted.losses == ("Values were turned round, since the least one is white in the file.",)


def test_the_second_pyramid_of_a_turned_picture_is_turned_too(convert, tmp_path):
    values = field("uint16", 1, 90, 130)
    path = write(tmp_path / "source.tif", values, extratags=[(274, "H", 1, 6, True)])
    conversion = convert(path)
    assert np.array_equal(read_level(conversion.folder, 0)[:, :, 0], np.rot90(values[:, :, 0], -1))


@pytest.mark.parametrize("dtype", ["uint16", "int32", "float64"])
def test_big_endian_values_and_turned_ones(convert, tmp_path, dtype):
    values = field(dtype, 2, 90, 130)
    path = write(tmp_path / "source.tif", values, byteorder=">", extratags=[(274, "H", 1, 3, True)])
    stored = read_level(convert(path).folder, 0)
    assert stored.tobytes() == np.ascontiguousarray(np.rot90(values, 2)).tobytes()
    path = write(tmp_path / "upright.tif", values, byteorder=">")
    assert read_level(convert(path).folder, 0).tobytes() == values.tobytes()


def test_what_holds_no_finite_value_is_refused(convert, tmp_path):
    with pytest.raises(SourceProblemError, match="holds no finite value"):
        convert(write(tmp_path / "source.tif", np.full((30, 30, 1), np.nan, np.float32)))


def test_nothing_else_is_left_in_the_output_folder(convert, tmp_path):
    conversion = convert(write(tmp_path / "source.tif", field("uint16", 2, 600, 20)))
    names = ["index", "pyramid.tif", "samples.index", "samples.tif"]
    assert sorted(file.name for file in conversion.folder.iterdir()) == names
