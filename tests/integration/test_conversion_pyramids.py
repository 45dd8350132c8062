"""Pyramids put together from the tiles that a server would send, against a box filter of the source."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import pyvips
import tifffile

from iiif_server.index import ENTRY_BYTES, FIRST_ENTRIES, HEADER_BYTES

SIZES = [
    (4003, 2999),
    (3001, 17),
    (513, 40001),
    (1, 1),
    (16, 16),
    (512, 512),
    (513, 513),
    (1024, 1536),
    (1, 5000),
    (1025, 1),
]
LIGHT = (250, 240, 228)


def box_filtered(source, scale):
    """Means over scale×scale pixels; where the source ends within one, its last row or column is repeated."""
    height, width, bands = source.shape
    padded = np.pad(source, ((0, -height % scale), (0, -width % scale), (0, 0)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // scale, scale, padded.shape[1] // scale, scale, bands)
    return blocks.sum(axis=(1, 3), dtype=np.uint32) / scale**2


def photograph_of(relief, width, height):
    part = relief.crop(3000, 800, min(width, 5400), min(height, 4600))
    return part.resize(width / part.width, vscale=height / part.height, kernel="linear")


def write_source(tmp_path, image):
    path = tmp_path / "source.tif"
    image.tiffsave(str(path), compression="none")
    return path, image.numpy().reshape(image.height, image.width, image.bands)


def assert_levels_halve_down_to_one_tile(converted, width, height):
    assert (converted.width, converted.height) == (width, height)
    for number, level in enumerate(converted.levels):
        assert level.scale == 2**number
        assert (level.width, level.height) == (-(-width // level.scale), -(-height // level.scale))
    assert max(converted.levels[-1].width, converted.levels[-1].height) <= 512
    assert all(max(level.width, level.height) > 512 for level in converted.levels[:-1])


def assert_shows(picture, reference):
    """Close on the whole, and no row or column at an edge or a seam is farther off, or darker, than others are."""
    deviation = picture - reference
    assert np.abs(deviation).mean() < 6
    assert abs(deviation.mean()) < 1.5
    for axis in (0, 1):
        across = (1 - axis, 2)
        count = deviation.shape[axis]
        edges = [line for line in range(count) if line in (0, count - 1) or line % 512 in (0, 511)]
        inner = sorted(set(range(count)) - set(edges)) or edges
        for lines in (np.abs(deviation).mean(axis=across), np.abs(deviation.mean(axis=across))):
            assert lines[edges].max() <= lines[inner].max() + 1.5


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_level_of_a_photograph_shows_the_picture_without_seam_or_rim(convert, relief, tmp_path, width, height):
    path, source = write_source(tmp_path, photograph_of(relief, width, height))
    conversion = convert(path)
    assert conversion.converted.channels == "rgb"
    assert_levels_halve_down_to_one_tile(conversion.converted, width, height)
    for number, level in enumerate(conversion.converted.levels):
        assert_shows(conversion.rebuild(number), box_filtered(source, level.scale))


def test_tiles_are_found_where_the_padded_file_has_more_columns_than_the_picture(convert, relief, tmp_path):
    # 3584 pixels are 7 tiles; padded to a multiple of 1024 they are stored as 8.
    path, source = write_source(tmp_path, photograph_of(relief.colourspace("b-w"), 3584, 17_000))
    conversion = convert(path)
    for number in (0, 6):
        level = conversion.converted.levels[number]
        assert_shows(conversion.rebuild(number), box_filtered(source, level.scale))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_solid_light_colour_stays_the_same_in_every_pixel_of_every_level(convert, tmp_path, width, height):
    image = pyvips.Image.black(width, height, bands=3) + list(LIGHT)
    path, _ = write_source(tmp_path, image.cast("uchar").copy(interpretation="srgb"))
    conversion = convert(path)
    for number in range(len(conversion.converted.levels)):
        picture = conversion.rebuild(number).astype(int)
        assert np.abs(picture - np.array(LIGHT)).max() <= 2


@pytest.mark.parametrize(("width", "height"), [(1403, 999), (3001, 17), (1, 1)])
@pytest.mark.parametrize("quality", [75, 95])
@pytest.mark.parametrize("bands", [1, 3])
def test_gray_and_colour_at_low_and_high_quality_show_the_picture(
    convert, relief, tmp_path, width, height, quality, bands
):
    image = photograph_of(relief, width, height)
    path, source = write_source(tmp_path, image if bands == 3 else image.colourspace("b-w"))
    conversion = convert(path, jpeg_quality=quality)
    assert conversion.converted.channels == ("gray" if bands == 1 else "rgb")
    for number, level in enumerate(conversion.converted.levels):
        assert_shows(conversion.rebuild(number), box_filtered(source, level.scale))


@pytest.mark.parametrize("quality", [88, 95])
@pytest.mark.parametrize(("width", "height"), [(1403, 999), (3001, 17)])
def test_the_file_is_a_tiff_that_others_open_level_by_level(convert, relief, tmp_path, width, height, quality):
    path, source = write_source(tmp_path, photograph_of(relief, width, height).copy(xres=20, yres=10))
    conversion = convert(path, jpeg_quality=quality)
    pyramid = conversion.folder / "pyramid.tif"
    with tifffile.TiffFile(pyramid) as file:
        assert len(file.pages) == len(conversion.converted.levels)
        assert all(page.is_tiled and page.tilewidth == page.tilelength == 512 for page in file.pages)
        assert [page.is_reduced for page in file.pages] == [False] + [True] * (len(file.pages) - 1)
    for number, level in enumerate(conversion.converted.levels):
        image = pyvips.Image.tiffload(str(pyramid), page=number, fail_on="warning")
        assert image.width >= level.width
        assert image.height >= level.height
        stored = image.crop(0, 0, level.width, level.height).numpy()
        assert_shows(stored, box_filtered(source, level.scale))
    first = pyvips.Image.tiffload(str(pyramid))
    assert first.xres == pytest.approx(20, rel=0.01)
    assert first.yres == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(("quality", "bands", "transforms"), [(88, 3, [1]), (95, 3, [0]), (88, 1, []), (95, 1, [])])
def test_an_inner_tile_carries_the_adobe_marker_exactly_once_where_it_is_due(
    convert, relief, tmp_path, quality, bands, transforms
):
    image = photograph_of(relief, 1100, 1100)
    path, _ = write_source(tmp_path, image if bands == 3 else image.colourspace("b-w"))
    conversion = convert(path, jpeg_quality=quality)
    tile = conversion.tile_bytes(conversion.converted.levels[0].first_entry)
    marker = b"\xff\xee\x00\x0eAdobe"
    assert [part[6] for part in tile.split(marker)[1:]] == transforms
    assert tile.startswith(b"\xff\xd8\xff")
    assert tile.endswith(b"\xff\xd9")
    assert tile.count(b"\xff\xd8") == 1


def test_inner_tiles_are_the_stored_ones_and_cut_tiles_lie_behind_the_tiff(convert, relief, tmp_path):
    path, _ = write_source(tmp_path, photograph_of(relief, 1403, 999))
    conversion = convert(path)
    # 1403×999 is 3×2 tiles, of which the last column and the last row are cut; 702×500 is 2×1; 351×250 is 1.
    assert conversion.tile_count() == 6 + 2 + 1
    data = (conversion.folder / "pyramid.tif").read_bytes()
    assert conversion.converted.pyramid_size_bytes == len(data)
    assert conversion.converted.pyramid_sha256 == hashlib.sha256(data).hexdigest()
    first = conversion.converted.levels[0].first_entry
    assert conversion.tile_bytes(first)[len(conversion.converted.jpeg_prefix) :] in data
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        end = max(max(map(sum, zip(p.dataoffsets, p.databytecounts, strict=True))) for p in file.pages)
    assert data.index(conversion.tile_bytes(first + 5)) >= end


def test_the_revision_carries_the_head_of_its_index(convert, relief, tmp_path):
    for width, height, entries in ((1403, 999, 9), (2900, 2100, FIRST_ENTRIES)):
        path, _ = write_source(tmp_path, photograph_of(relief, width, height))
        conversion = convert(path)
        head = conversion.converted.index_head
        assert len(head) == HEADER_BYTES + entries * ENTRY_BYTES
        assert (conversion.folder / "index").read_bytes().startswith(head)


def test_nothing_else_is_left_in_the_output_folder(convert, relief, tmp_path):
    for image in (photograph_of(relief, 600, 20), photograph_of(relief, 600, 600)):
        path, _ = write_source(tmp_path, image)
        conversion = convert(path)
        assert sorted(file.name for file in conversion.folder.iterdir()) == ["index", "pyramid.tif"]
