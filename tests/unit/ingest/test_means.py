from __future__ import annotations

import numpy as np
import pytest

from ingest.conversion.means import halve_pixels


def test_halving_takes_means_and_doubles_an_odd_last_row_and_column():
    pixels = np.array([[[0], [4], [9]], [[8], [12], [11]], [[1], [3], [7]]], np.uint8)
    assert halve_pixels(pixels)[:, :, 0].tolist() == [[6, 10], [2, 7]]


def test_halving_rounds_halves_to_even_so_that_nothing_brightens():
    pixels = np.array([[[0], [0], [1], [1]], [[1], [1], [2], [2]]], np.uint8)
    assert halve_pixels(pixels)[:, :, 0].tolist() == [[0, 2]]
    noise = np.random.default_rng(1).integers(0, 256, (1024, 1024, 1), np.uint8)
    small = noise
    for _ in range(5):
        small = halve_pixels(small)
    assert abs(small.mean() - noise.mean()) < 0.15


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
def test_extreme_whole_numbers_keep_their_type_and_value(dtype):
    limits = np.iinfo(dtype)
    for value in (limits.min, limits.max):
        halved = halve_pixels(np.full((5, 4, 2), value, dtype))
        assert halved.dtype == dtype
        assert halved.tolist() == np.full((3, 2, 2), value, dtype).tolist()


def test_negative_halves_are_rounded_to_even():
    pixels = np.array([[[-1], [0], [-3], [-2]], [[-1], [0], [-1], [0]]], np.int16)
    assert halve_pixels(pixels)[:, :, 0].tolist() == [[0, -2]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_no_number_does_not_count(dtype):
    nan = np.nan
    pixels = np.array([[[1], [nan], [nan], [nan]], [[3], [5], [nan], [nan]]], dtype)
    halved = halve_pixels(pixels)[:, :, 0]
    assert halved.dtype == dtype
    assert halved[0, 0] == 3
    assert np.isnan(halved[0, 1])


def test_the_largest_floating_point_values_do_not_overflow():
    largest = np.finfo(np.float64).max
    assert halve_pixels(np.full((2, 2, 1), largest)).item() == largest
