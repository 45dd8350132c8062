"""The page at the root."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pyvips

pytestmark = [pytest.mark.browser, pytest.mark.integration]

THUMBNAILS = """() => [...document.querySelectorAll('.card[data-state="live"] img')].map((image) =>
    image.complete && image.naturalWidth > 0 && image.naturalHeight > 0)"""
ALL_LOADED = f"() => {{ const all = ({THUMBNAILS})(); return all.length >= 3 && all.every(Boolean); }}"


def _count(museum: Any) -> int:
    """How many images it holds: other tests add theirs."""
    return len(museum.get("/images").json()["items"])


def _sign_in(museum: Any, watched: Any) -> None:
    cookie = {"name": "pigture_session", "value": museum.token(), "url": museum.url}
    watched.page.context.add_cookies([cookie])
    watched.page.reload()


@pytest.mark.parametrize(
    ("locale", "heading", "plural"), [("en", "Images", "images"), ("ru", "Изображения", "изображени[яй]")]
)
def test_every_image_is_shown_with_its_thumbnail(
    locale: str, heading: str, plural: str, museum: Any, relief: str, open_page: Callable[..., Any]
) -> None:
    seen = open_page(museum.url, locale=locale)
    page = seen.page
    page.wait_for_function(ALL_LOADED)
    assert page.get_by_role("heading", level=1).inner_text() == heading
    assert re.fullmatch(rf"{_count(museum)} {plural}", page.get_by_role("status").inner_text())
    assert page.evaluate("document.documentElement.lang") == locale
    card = page.locator(f'[data-identifier="{relief}"]')
    assert card.get_by_role("link").first.get_attribute("href") == f"{museum.url}/view/{quote(relief, safe='')}"
    assert {response.status for response in seen.responses} == {200}
    assert seen.origins() == {museum.url}
    assert seen.problems == []


def test_the_language_is_switched_and_remembered(museum: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(museum.url, locale="de").page
    page.get_by_role("heading", name="Images", exact=True).wait_for()
    page.get_by_role("button", name="Русский").click()
    page.get_by_role("heading", name="Изображения").wait_for()
    page.reload()
    page.get_by_role("heading", name="Изображения").wait_for()


def test_search_narrows_the_list(museum: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(museum.url).page
    page.get_by_role("searchbox").fill("retina")
    page.get_by_text("1 image", exact=True).wait_for()
    assert page.locator(".card[data-identifier]").count() == 1
    page.get_by_role("searchbox").fill("no such thing")
    page.get_by_text("Nothing matches “no such thing”.").wait_for()
    page.get_by_role("button", name="Show all images").click()
    page.get_by_text(f"{_count(museum)} images").wait_for()


def test_visitors_are_offered_nothing_that_they_may_not_do(museum: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(museum.url).page
    page.wait_for_function(ALL_LOADED)
    page.get_by_text("Not signed in").wait_for()
    assert page.locator("input[type=file]").count() == 0
    assert page.get_by_role("button", name="Delete").count() == 0


def test_a_curator_adds_an_image_sees_it_appear_and_deletes_it(
    museum: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    picture = tmp_path / "Новая картина.png"
    (pyvips.Image.gaussnoise(300, 200, mean=128, sigma=40).cast("uchar")).write_to_file(str(picture))
    seen = open_page(museum.url)
    _sign_in(museum, seen)
    page = seen.page
    page.locator("input[type=file]").set_input_files(picture)
    card = page.locator('.card[data-identifier="Новая картина"]')
    card.and_(page.locator('[data-state="live"]')).wait_for()
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
    assert seen.problems == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Not signed in").wait_for()
    page.goto(f"{museum.url}/view/{quote('Новая картина')}")
    page.get_by_role("heading", name="This image was deleted").wait_for()


def test_a_file_that_is_no_image_is_shown_with_the_reason(
    museum: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "letter.tif").write_text("Dear Sir or Madam")
    assert museum.command("ingest", tmp_path / "letter.tif").returncode == 1
    seen = open_page(museum.url)
    page = seen.page
    page.wait_for_function(ALL_LOADED)
    assert page.locator('[data-identifier="letter"]').count() == 0
    _sign_in(museum, seen)
    card = page.locator('[data-identifier="letter"]')
    card.get_by_text("Could not be converted").wait_for()
    assert "letter.tif" in card.inner_text()
    assert museum.command("delete", "letter").returncode == 0


def test_an_image_that_could_not_be_replaced_stays_and_says_so(
    museum: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    picture, letter = tmp_path / "stamp.png", tmp_path / "stamp.tif"
    pyvips.Image.gaussnoise(300, 200, mean=128, sigma=40).cast("uchar").write_to_file(str(picture))
    letter.write_text("Dear Sir or Madam")
    assert museum.command("ingest", picture).returncode == 0
    assert museum.command("ingest", letter, "--id", "stamp", "--replace").returncode == 1
    seen = open_page(museum.url)
    _sign_in(museum, seen)
    card = seen.page.locator('.card[data-identifier="stamp"][data-state="live"]')
    card.get_by_text("could not be replaced").wait_for()
    assert "stamp.tif" in card.inner_text()
    assert card.locator("img").count() == 1
    assert museum.command("delete", "stamp").returncode == 0
