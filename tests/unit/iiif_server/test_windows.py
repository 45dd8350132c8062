"""Windows: the ends, what lies beyond them, and what is no number."""

from __future__ import annotations

import numpy as np
import pytest

from iiif_server.windows import share_of_window

LARGEST = float(np.finfo(np.float64).max)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
def test_the_ends_are_dark_and_full_and_half_way_is_half(dtype: str) -> None:
    values = np.array([[0, 20, 30], [40, 60, 100]], dtype)
    assert share_of_window(values, 20, 60).tolist() == [[0, 0, 0.25], [0.5, 1, 1]]


def test_infinities_are_the_ends_and_what_is_no_number_is_dark() -> None:
    assert share_of_window(np.array([-np.inf, np.inf, np.nan], "f4"), 1, 3).tolist() == [0, 1, 0]


def test_a_window_wider_than_numbers_go_is_dark_and_warns_nobody() -> None:
    assert share_of_window(np.array([0.0, 1.0]), -LARGEST, LARGEST).tolist() == [0, 0]


def test_the_values_stay_as_they_are() -> None:
    values = np.array([1.0, 2.0])
    share_of_window(values, 0, 1)
    assert values.tolist() == [1, 2]
