"""The viewer on a fluorescence image: what is set for its channels is seen, and stands in the address."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import pyvips

from tests.fixtures.pictures import CELL_COLOURS, CELLS

pytestmark = [pytest.mark.browser, pytest.mark.integration]

READ_CANVAS = "() => document.querySelector('.stage canvas').toDataURL('image/png')"
WIDTH, HEIGHT = CELLS


def _bars(page: Any) -> list[tuple[int, ...]]:
    """The colour in the middle of each bar, as it is drawn."""
    page.wait_for_function("() => document.querySelector('.stage')?.dataset.settled === 'true'")
    png = base64.b64decode(page.evaluate(READ_CANVAS).partition(",")[2])
    shown = pyvips.Image.new_from_buffer(png, "").numpy()
    scale = min(shown.shape[1] / WIDTH, shown.shape[0] / HEIGHT)
    left = (shown.shape[1] - WIDTH * scale) / 2
    row = shown.shape[0] // 2
    return [tuple(int(v) for v in shown[row, round(left + x * scale)][:3]) for x in (700, 2100, 3500)]


def _like(colour: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(colour, wanted, strict=True))


def _wait_for_path(page: Any, end: str) -> None:
    page.wait_for_function("end => location.pathname.endsWith(end)", arg=end)
    page.wait_for_timeout(300)


def test_channels_are_switched_coloured_and_windowed(museum: Any, cells: str, open_page: Callable[..., Any]) -> None:
    seen = open_page(f"{museum.url}/view/{cells}")
    page = seen.page
    bars = _bars(page)
    assert all(_like(bar, rgb) for bar, rgb in zip(bars, CELL_COLOURS, strict=True))
    page.get_by_role("button", name="How it is shown").click()
    page.get_by_role("checkbox", name="two").uncheck()
    _wait_for_path(page, "/view/cells;c1;c3")
    assert _like(_bars(page)[1], (0, 0, 0))
    page.get_by_label("Colour of one").fill("#ffff00")
    _wait_for_path(page, "/view/cells;c1=ffff00;c3")
    assert _like(_bars(page)[0], (255, 255, 0))
    white = page.get_by_role("group", name="three").get_by_role("spinbutton", name="Shown at full")
    white.fill("6000")
    white.press("Enter")
    page.wait_for_function("() => /;c3=[\\d.]+:6000$/.test(location.pathname)")
    page.wait_for_timeout(300)
    assert _like(_bars(page)[2], (125, 0, 0))
    page.get_by_role("button", name="Reset").click()
    _wait_for_path(page, "/view/cells")
    assert _like(_bars(page)[1], (0, 255, 0))
    assert seen.problems == []


def test_the_address_of_a_rendering_shows_it_again(museum: Any, cells: str, open_page: Callable[..., Any]) -> None:
    seen = open_page(f"{museum.url}/view/{cells};z=2;c2=0:1000,ff00ff", locale="ru")
    bars = _bars(seen.page)
    assert _like(bars[1], (255, 0, 255))
    assert _like(bars[0], (25, 0, 25)), "where the channel has 100 of 1000"
    seen.page.get_by_role("button", name="Как показано").click()
    assert not seen.page.get_by_role("checkbox", name="one").is_checked()
    assert (
        seen.page.get_by_role("group", name="two")
        .get_by_role("spinbutton", name="В полную силу показано")
        .input_value()
        == "1000"
    )
    assert seen.problems == []


def test_planes_are_walked_through_and_a_bar_tells_the_scale(
    museum: Any, cells: str, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"{museum.url}/view/{cells}").page
    bright = _bars(page)[0]
    page.get_by_label("Depth (z)").fill("2")
    _wait_for_path(page, "/view/cells;z=2")
    assert _bars(page)[0][2] < bright[2] / 2
    bar = page.get_by_role("img", name="Scale: the bar is")
    assert bar.locator("span").inner_text() == "100 µm"
