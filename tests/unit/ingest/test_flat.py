from __future__ import annotations

import numpy as np
import pytest
import pyvips

from ingest.conversion.flat import flat_picture, halve_pixels, halved_picture


@pytest.fixture
def pixels():
    return np.random.default_rng(7).integers(0, 256, (37, 211, 3), np.uint8)


@pytest.fixture
def picture(pixels, tmp_path):
    with flat_picture(pyvips.Image.new_from_array(pixels), tmp_path / "flat", lambda done: None) as flat:
        yield flat


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


def test_a_halved_picture_is_the_same_in_chunks(picture, pixels, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.conversion.flat._CHUNK_BYTES", 211 * 3 * 5)
    with halved_picture(picture, tmp_path / "half") as half:
        assert np.array_equal(half.read_rows(0, half.height), halve_pixels(pixels))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (16, 8), (200, 30), (208, 36)])
@pytest.mark.parametrize("side", [16, 64])
def test_a_window_is_filled_up_by_copies_of_the_edge(picture, pixels, left, top, side):
    expected = np.pad(pixels, ((0, 100), (0, 100), (0, 0)), mode="edge")[top : top + side, left : left + side]
    assert np.array_equal(picture.read_window(left, top, side), expected)


def test_its_files_are_removed(picture, tmp_path):
    with halved_picture(picture, tmp_path / "half"):
        assert (tmp_path / "half").exists()
    assert not (tmp_path / "half").exists()
