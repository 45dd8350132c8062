"""Which directories are levels, and at which scales."""

from fractions import Fraction

import numpy as np
import pytest

from ingest.adoption.foreign_layout import NotAdoptableError, count_further_pages, find_levels, find_scale
from ingest.adoption.jpeg_header import JpegHeader, MalformedJpegError, parse_jpeg_header
from ingest.conversion.tiff_layout import Directory

SIZE = 1 << 30


def page(width, height, tile=256, **changes):
    count = -(-width // tile) * -(-height // tile)
    fields = {
        256: [width], 257: [height], 258: [8, 8, 8], 259: [7], 262: [6], 277: [3], 322: [tile], 323: [tile],
        324: list(range(8, 8 + 100 * count, 100)), 325: [100] * count,
    }  # fmt: skip
    fields |= {int(tag.removeprefix("tag")): value for tag, value in changes.items()}
    return Directory({tag: np.array(value, np.uint64) for tag, value in fields.items() if value is not None})


def sizes(levels):
    return [(level.width, level.height) for level in levels]


@pytest.mark.parametrize(
    ("full", "size", "scale"),
    [
        (1501, 750, Fraction(2)),
        (1501, 751, Fraction(1501, 751)),
        (1500, 750, Fraction(2)),
        (46_000, 11_500, Fraction(4)),
        (46_003, 2875, Fraction(16)),
        (1000, 370, Fraction(1000, 370)),
        (7, 7, Fraction(1)),
        (1, 1, Fraction(1)),
    ],
)
def test_scales(full, size, scale):
    assert find_scale(full, size) == scale


def test_levels_are_the_pages_that_show_the_same_picture_smaller():
    thumbnail, label, macro = page(1024, 700, **{"tag322": None}), page(600, 600), page(1600, 500)
    pages = [page(46_000, 32_914), thumbnail, page(11_500, 8228), page(2875, 2057), label, macro]
    assert sizes(find_levels(pages, [], SIZE)) == [(46_000, 32_914), (11_500, 8228), (2875, 2057)]


def test_levels_below_the_first_page_come_before_pages():
    pages = [page(1000, 800), page(1000, 800), page(500, 400)]
    assert sizes(find_levels(pages, [page(500, 400), page(250, 200)], SIZE)) == [(1000, 800), (500, 400), (250, 200)]
    assert count_further_pages(pages) == 1


def test_masks_and_levels_of_other_bands_are_left_out():
    mask = page(500, 400, tag254=[5], tag258=[8], tag277=[1], tag262=[4])
    gray = page(500, 400, tag258=[8], tag277=[1], tag262=[1])
    assert sizes(find_levels([page(1000, 800), mask, gray, page(250, 200)], [], SIZE)) == [(1000, 800), (250, 200)]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (page(500, 400, tag259=[33003]), "number 33003"),
        (page(500, 400, tag259=[8]), "8 bits"),
        (page(500, 400, tag322=None), "in tiles"),
        (page(500, 400, tag258=[16, 16, 16]), "8 bits"),
        (page(500, 400, tag277=[4]), "8 bits"),
        (page(500, 400, tag262=[5]), "8 bits"),
        (page(500, 400, tag284=[2]), "apart"),
        (page(500, 400, tag274=[6]), "turned"),
        (page(500, 400, tag347=[0] * 70_000), "tables"),
        (page(500, 400, tag322=[8]), "unusual size"),
        (page(500, 400, tag256=[2**31]), "impossible"),
        (page(500, 400, tag257=[0]), "impossible"),
        (page(500, 400, tag325=[0] * 4), "never written"),
        (page(500, 400, tag325=[100] * 3), "where all of its tiles"),
        (page(500, 400, tag324=[SIZE] * 4), "cut off"),
        (page(500, 400, tag325=[SIZE - 1000] * 4), "impossibly long"),
    ],
)
def test_what_cannot_be_served_as_it_lies(first, words):
    with pytest.raises(NotAdoptableError, match=words):
        find_levels([first, page(200, 160)], [], SIZE)


def test_without_smaller_levels_only_a_single_tile_is_taken():
    assert len(find_levels([page(200, 160)], [], SIZE)) == 1
    with pytest.raises(NotAdoptableError, match="no smaller levels"):
        find_levels([page(500, 400)], [], SIZE)
    with pytest.raises(NotAdoptableError, match="smallest level"):
        find_levels([page(10_000, 10_000), page(5000, 5000)], [], SIZE)


def test_the_header_of_a_jpeg():
    frame = b"\xff\xc0\x00\x11\x08\x01\x00\x02\x00\x03" + bytes(9)
    adobe = b"\xff\xee\x00\x0eAdobe" + bytes(7)
    assert parse_jpeg_header(b"\xff\xd8" + frame) == JpegHeader(512, 256, 3, adobe=False)
    assert parse_jpeg_header(b"\xff\xd8\xff" + adobe + frame + b"\xff\xda") == JpegHeader(512, 256, 3, adobe=True)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"GIF89a", b"\xff\xd8\xff\xda\x00\x08", b"\xff\xd8\xff\xc0\x00\x00"]
)
def test_what_is_no_jpeg_or_does_not_say_what_it_measures(data):
    with pytest.raises(MalformedJpegError):
        parse_jpeg_header(data)
