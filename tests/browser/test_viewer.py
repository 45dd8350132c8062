"""OpenSeadragon on the page /view/{identifier}, compared with the source by pixels."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.integration]

READ_CANVAS = "() => document.querySelector('.stage canvas').toDataURL('image/png')"
IS_SETTLED = "() => document.querySelector('.stage')?.dataset.settled === 'true'"
IS_DEEP = """() => {
    const region = /#xywh=-?\\d+,-?\\d+,(\\d+),/.exec(location.hash);
    return region && Number(region[1]) <= 330 && document.querySelector('.stage').dataset.settled === 'true';
}"""
REGIONS = {
    "an eighth": (1000, 300, 8000, 5000),
    "half": (5200, 1200, 2560, 1600),
    "all pixels": (6000, 1800, 1280, 800),
    "doubled": (9000, 3500, 640, 400),
    "the lower right corner": (10160, 5000, 640, 400),
}


def _canvas(page: Any) -> bytes:
    page.wait_for_function(IS_SETTLED)
    return base64.b64decode(page.evaluate(READ_CANVAS).partition(",")[2])


def _address(museum: Any, identifier: str, fragment: str = "") -> str:
    return f"{museum.url}/view/{quote(identifier, safe='')}{fragment}"


@pytest.mark.parametrize("name", REGIONS)
def test_what_is_drawn_is_the_source(
    name: str, museum: Any, relief: str, open_page: Callable[..., Any], difference: Callable[..., tuple[float, float]]
) -> None:
    x, y, w, h = REGIONS[name]
    seen = open_page(_address(museum, relief, f"#xywh={x},{y},{w},{h}"))
    mean, worst = difference(_canvas(seen.page), (x, y, w, h))
    assert mean < 2, "a thing of compression and resampling"
    assert worst < 20, "a tile that is black, late or misplaced"


def test_the_wheel_zooms_to_the_last_pixel_and_every_request_is_answered(
    museum: Any, relief: str, open_page: Callable[..., Any], difference: Callable[..., tuple[float, float]]
) -> None:
    seen = open_page(_address(museum, relief))
    page = seen.page
    page.wait_for_function(IS_SETTLED)
    assert page.get_by_role("heading").inner_text() == "Shaded relief of the world"
    page.mouse.move(820, 290)
    for _ in range(16):
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(40)
    page.wait_for_function(IS_DEEP)
    region = tuple(map(int, re.findall(r"-?\d+", page.evaluate("location.hash"))))
    assert page.get_by_label("Zoom", exact=True).inner_text() == "400%"
    assert difference(_canvas(page), region)[0] < 3
    assert len(seen.tiles()) > 10
    assert {response.status for response in seen.responses} == {200}
    assert seen.origins() == {museum.url}
    assert seen.problems == []


def test_buttons_and_keys_move_the_picture(museum: Any, relief: str, open_page: Callable[..., Any]) -> None:
    page = open_page(_address(museum, relief)).page
    page.wait_for_function(IS_SETTLED)
    zoom = page.get_by_label("Zoom", exact=True)
    whole = zoom.inner_text()
    page.get_by_role("button", name="Zoom in").press("Enter")
    page.wait_for_function("() => location.hash.startsWith('#xywh=')")
    assert zoom.inner_text() != whole
    page.get_by_role("button", name="Whole image").press("Enter")
    page.wait_for_function("() => location.hash === ''")
    assert zoom.inner_text() == whole
    page.locator(".openseadragon-canvas").first.focus()
    page.keyboard.press("+")
    page.wait_for_function("() => location.hash.startsWith('#xywh=')")


def test_the_panel_hands_out_the_addresses_for_other_viewers(
    museum: Any, relief: str, open_page: Callable[..., Any]
) -> None:
    seen = open_page(_address(museum, relief), permissions=["clipboard-read", "clipboard-write"])
    page = seen.page
    page.get_by_role("button", name="About this image").click()
    name = quote(relief, safe="")
    manifest = f"{museum.url}/iiif/presentation/3/{name}/manifest"
    assert page.get_by_role("textbox", name="IIIF manifest").input_value() == manifest
    info = page.get_by_role("textbox", name="IIIF image service").input_value()
    assert info == f"{museum.url}/iiif/3/{name}/info.json"
    page.get_by_role("button", name="Copy the address: IIIF manifest").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == manifest
    assert seen.problems == []


@pytest.mark.parametrize(("locale", "sentence"), [("en", "There is no such image"), ("ru", "Такого изображения нет")])
def test_an_unknown_image_gets_a_page_that_says_so(
    locale: str, sentence: str, museum: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page(_address(museum, "nothing/here"), locale=locale).page
    page.get_by_role("heading", name=sentence).wait_for()
    assert page.evaluate("document.documentElement.lang") == locale


def test_files_are_offered_to_those_who_may_have_them(
    museum: Any, relief: str, open_page: Callable[..., Any]
) -> None:
    stranger = open_page(_address(museum, relief)).page
    stranger.get_by_role("button", name="About this image").click()
    stranger.get_by_role("link", name="Download as JPEG").wait_for()
    assert stranger.get_by_role("link", name="Download the").count() == 0

    page = open_page(_address(museum, relief)).page
    page.context.add_cookies([{"name": "pigture_session", "value": museum.token(), "url": museum.url}])
    page.reload()
    page.get_by_role("button", name="About this image").click()
    page.get_by_role("link", name="Download the original").wait_for()
    with page.expect_download() as pending:
        page.get_by_role("link", name="Download the pyramid").click()
    assert pending.value.suggested_filename.endswith(".tif")
    assert Path(pending.value.path()).read_bytes()[:2] in (b"II", b"MM")
