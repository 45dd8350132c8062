from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.conversion.levels import LevelSize, build_levels, padded_size, pads_cheaply

SIDES = st.integers(1, 300_000)


def test_levels_round_up_and_end_with_the_first_that_fits_in_a_tile():
    assert build_levels(4003, 2999) == (
        LevelSize(1, 4003, 2999),
        LevelSize(2, 2002, 1500),
        LevelSize(4, 1001, 750),
        LevelSize(8, 501, 375),
    )


@pytest.mark.parametrize(("width", "height", "count"), [(1, 1, 1), (512, 512, 1), (513, 1, 2), (1, 1025, 3)])
def test_how_many_levels(width, height, count):
    assert len(build_levels(width, height)) == count


def test_tiles_of_a_level_are_counted_by_its_true_size():
    level = LevelSize(1, 1025, 512)
    assert (level.columns, level.rows) == (3, 1)


@given(SIDES, SIDES)
def test_padding_makes_every_level_whole_blocks_that_cover_the_picture(width, height):
    levels = build_levels(width, height)
    padded = padded_size(levels)
    for level in levels:
        for side, true_side in zip(padded, (level.width, level.height), strict=True):
            assert side % (16 * level.scale) == 0
            assert side // level.scale >= true_side
    # libvips stops halving by the padded size; it must come to the same number of levels.
    assert max(padded) <= 512 * levels[-1].scale


def test_a_tiny_picture_is_padded_until_libvips_opens_its_tiff():
    assert padded_size(build_levels(1, 1)) == (144, 16)
    assert padded_size(build_levels(20, 200)) == (32, 208)


@pytest.mark.parametrize(
    ("width", "height", "cheap"),
    [(24495, 12247, True), (1, 1, True), (512, 1, True), (1, 200_000, False), (513, 40_001, False)],
)
def test_thin_pictures_do_not_pad_cheaply(width, height, cheap):
    assert pads_cheaply(build_levels(width, height)) is cheap
