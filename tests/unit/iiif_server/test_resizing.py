from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from iiif_server import resizing
from iiif_server.errors import RenderCancelledError
from iiif_server.geometry import Box, ResolvedImage
from iiif_server.plan import Render
from iiif_server.request import Format, Quality
from iiif_server.resizing import resize_window


def render_of(region: Box, size: tuple[int, int], window: Box) -> Render:
    return Render(0, window, (), ResolvedImage(region, *size, Fraction(0), False, Quality.DEFAULT, Format.PNG))


@pytest.fixture
def pixels(photograph: Callable[..., Any]) -> Any:
    return photograph(301, 203, 3)


def test_the_pixels_of_the_level_are_taken_one_for_one_where_they_are_what_is_asked_for(pixels: Any) -> None:
    made = resize_window(pixels, render_of(Box(0, 0, 602, 406), (301, 203), Box(0, 0, 301, 203)), 2, lambda: False)
    assert np.array_equal(made, pixels)


@pytest.mark.parametrize("size", [(150, 101), (90, 70), (301, 40), (600, 50), (3, 2)])
def test_bands_meet_without_a_seam(pixels: Any, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    render = render_of(Box(0, 0, 301, 203), size, Box(0, 0, 301, 203))
    whole = resize_window(pixels, render, 1, lambda: False).astype(int)
    monkeypatch.setattr(resizing, "rows_at_once", lambda *_: 50)
    assert whole.shape == (size[1], size[0], 3)
    assert np.abs(resize_window(pixels, render, 1, lambda: False) - whole).max() <= 1


@pytest.mark.parametrize("size", [(300, 202), (150, 101)])
def test_a_last_column_and_row_that_are_missing_are_repeated(pixels: Any, size: tuple[int, int]) -> None:
    render = render_of(Box(0, 0, 301, 203), size, Box(0, 0, 290, 190))
    made = resize_window(pixels[:190, :290], render, (Fraction(1), Fraction(1)), lambda: False)
    padded = np.pad(pixels[:190, :290], ((0, 13), (0, 11), (0, 0)), "edge")
    expected = resize_window(padded, render_of(Box(0, 0, 301, 203), size, Box(0, 0, 301, 203)), 1, lambda: False)
    assert np.array_equal(made, expected)


def test_a_region_up_to_the_edge_fits_in_spite_of_rounding(pixels: Any) -> None:
    scale = Fraction(301, 903 - 1)
    for start in range(0, 800, 37):
        region = Box(start, start // 4, 902 - start, 608 - start // 4)
        made = resize_window(pixels, render_of(region, (50, 40), Box(0, 0, 301, 203)), (1 / scale, 1 / scale), bool)
        assert made.shape == (40, 50, 3)


def test_gray_stays_one_band(pixels: Any) -> None:
    gray = np.ascontiguousarray(pixels[:, :, :1])
    render = render_of(Box(0, 0, 301, 203), (100, 67), Box(0, 0, 301, 203))
    assert resize_window(gray, render, 1, lambda: False).shape == (67, 100, 1)


def test_a_large_resize_ends_between_two_bands(pixels: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resizing, "rows_at_once", lambda *_: 50)
    render = render_of(Box(0, 0, 301, 203), (150, 101), Box(0, 0, 301, 203))
    with pytest.raises(RenderCancelledError):
        resize_window(pixels, render, 1, lambda: True)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(150, 101), (600, 406)])
def test_every_number_of_channels_gives_the_same_samples_whether_or_not_the_window_lies_together(
    pixels: Any, channels: int, size: tuple[int, int]
) -> None:
    window = np.ascontiguousarray(np.concatenate([pixels, pixels[:, :, :1]], axis=2)[:, :, :channels])
    render = render_of(Box(0, 0, 301, 203), size, Box(0, 0, 301, 203))
    made = resize_window(window, render, 1, lambda: False)
    wider = np.pad(window, ((2, 2), (3, 3), (0, 0)))[2:-2, 3:-3]
    assert made.shape == (size[1], size[0], channels)
    assert np.array_equal(made, resize_window(wider, render, 1, lambda: False))
    for channel in range(channels):
        alone = resize_window(window[:, :, channel : channel + 1], render, 1, lambda: False)
        assert np.abs(made[:, :, channel].astype(int) - alone[:, :, 0]).max() <= 1


def test_only_a_side_of_more_than_two_pixels_for_each_of_the_result_is_resized_from_far(
    pixels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resize(region: Box, size: tuple[int, int]) -> Any:
        return resize_window(pixels, render_of(region, size, Box(0, 0, 301, 203)), 1, lambda: False)

    near, far = Box(0, 0, 300, 202), Box(0, 0, 300, 203)
    made = [resize(near, (150, 101)), resize(far, (150, 101))]
    monkeypatch.setattr(resizing, "_CUBIC", resizing._LANCZOS)
    assert not np.array_equal(resize(near, (150, 101)), made[0])
    assert np.array_equal(resize(far, (150, 101)), made[1])
