from __future__ import annotations

import numpy as np
import pytest
import pyvips

from ingest.conversion.flat import fill_up, flat_picture, halved_picture
from ingest.conversion.means import halve_pixels


@pytest.fixture
def pixels():
    return np.random.default_rng(7).integers(0, 256, (37, 211, 3), np.uint8)


@pytest.fixture
def picture(pixels, tmp_path):
    with flat_picture(pyvips.Image.new_from_array(pixels), tmp_path / "flat", lambda done: None) as flat:
        yield flat


def test_a_halved_picture_is_the_same_in_chunks(picture, pixels, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.conversion.flat._CHUNK_BYTES", 211 * 3 * 5)
    with halved_picture(picture, tmp_path / "half") as half:
        assert np.array_equal(half.read_rows(0, half.height), halve_pixels(pixels))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (16, 8), (200, 30), (208, 36)])
@pytest.mark.parametrize("side", [16, 64])
def test_a_window_is_filled_up_by_copies_of_the_edge(picture, pixels, left, top, side):
    expected = np.pad(pixels, ((0, 100), (0, 100), (0, 0)), mode="edge")[top : top + side, left : left + side]
    assert np.array_equal(fill_up(picture.read_window(left, top, side), side), expected)


def test_its_files_are_removed(picture, tmp_path):
    with halved_picture(picture, tmp_path / "half"):
        assert (tmp_path / "half").exists()
    assert not (tmp_path / "half").exists()
