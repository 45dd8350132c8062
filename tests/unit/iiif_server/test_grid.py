import pytest

from iiif_server.grid import Box, TileGrid, ceil_div


@pytest.mark.parametrize(("dividend", "divisor", "quotient"), [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2)])
def test_quotients_are_rounded_up(dividend, divisor, quotient):
    assert ceil_div(dividend, divisor) == quotient


@pytest.mark.parametrize(
    ("width", "height", "scales"), [(1, 1, [1]), (512, 512, [1]), (513, 1, [1, 2]), (4003, 2999, [1, 2, 4, 8])]
)
def test_scales_end_with_one_tile(width, height, scales):
    assert list(TileGrid(width, height, 512, 512).scales()) == scales


@pytest.mark.parametrize(
    ("region", "width", "scale"),
    [
        (Box(0, 0, 4003, 2999), 4003, 1),
        (Box(0, 0, 4003, 2999), 2002, 2),
        (Box(0, 0, 4003, 2999), 2001, None),
        (Box(0, 0, 4003, 2999), 4004, None),
        (Box(8, 8, 64, 64), 8, 8),
        (Box(8, 4, 64, 64), 8, None),
        (Box(8, 8, 63, 64), 8, None),
        (Box(8, 8, 64, 63), 8, None),
        (Box(4000, 8, 3, 64), 2, 2),
        (Box(8, 2992, 64, 7), 8, 8),
        (Box(10, 10, 1, 9), 1, None),
    ],
)
def test_the_scale_that_a_width_means(region, width, scale):
    assert TileGrid(4003, 2999, 512, 512).scale_by_width(region, width) == scale


def test_a_strip_one_pixel_wide_is_told_by_the_place_of_its_tile():
    grid = TileGrid(1025, 3000, 512, 512)
    assert grid.scale_by_width(Box(1024, 0, 1, 512), 1) == 1
    assert grid.scale_by_width(Box(1024, 0, 1, 1024), 1) == 2
    assert grid.scale_by_width(Box(1024, 0, 1, 2048), 1) is None
    assert grid.scale_by_height(Box(0, 0, 512, 1), 1) is None
