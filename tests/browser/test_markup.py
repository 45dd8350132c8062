"""Notes on an image in the viewer, for those who may write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.integration]

CONTEXT = {"@context": "http://www.w3.org/ns/anno.jsonld"}
# On the screen, beside the panel of notes.
RECTANGLE = ((600, 300), (760, 420))
CORNERS = ((900, 200), (1000, 300), (900, 400), (820, 300))


@pytest.fixture
def default_container(museum: Any) -> Iterator[httpx.Client]:
    """A client of the container that the viewer writes to; what a test leaves in it goes."""
    headers = {"authorization": f"Bearer {museum.token()}", "content-type": "application/ld+json"}
    with httpx.Client(base_url=f"{museum.url}/annotations/default/", headers=headers, trust_env=False) as client:
        yield client
        for note in _kept(client):
            etag = client.get(note["id"]).headers["etag"]
            client.delete(note["id"], headers={"if-match": etag})


def _kept(client: httpx.Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("").json()["first"]["items"]
    return items


@pytest.fixture
def open_notes(museum: Any, relief: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the relief, or another image, with the panel of notes, signed in."""

    def open_(name: str = "Notes", image: str = relief, **options: Any) -> Any:
        seen = open_page(f"{museum.url}/view/{quote(image, safe='')}", **options)
        cookie = {"name": "pigture_session", "value": museum.token(), "url": museum.url}
        seen.page.context.add_cookies([cookie])
        seen.page.reload()
        seen.page.get_by_role("button", name=name, exact=True).click()
        seen.page.locator("#notes").wait_for()
        seen.page.wait_for_selector('.stage[data-settled="true"]')
        return seen

    return open_


def _draw_rectangle(page: Any, text: str) -> None:
    page.get_by_role("button", name="Mark a rectangle").click()
    page.mouse.move(*RECTANGLE[0])
    page.mouse.down()
    page.mouse.move(*RECTANGLE[1], steps=6)
    page.mouse.up()
    _write(page, text)


def _write(page: Any, text: str) -> None:
    page.get_by_role("textbox", name="Text of the note").fill(text)
    page.get_by_role("button", name="Save", exact=True).click()


def _note(page: Any, text: str) -> Any:
    return page.locator(".note-text").filter(has_text=text)


def test_a_curator_marks_writes_edits_and_deletes(
    museum: Any, relief: str, open_notes: Callable[..., Any], default_container: httpx.Client
) -> None:
    seen = open_notes()
    page = seen.page
    page.get_by_text("No notes yet.").wait_for()
    _draw_rectangle(page, "Sahara")
    _note(page, "Sahara").wait_for()
    page.get_by_role("button", name="Mark a shape").click()
    for x, y in CORNERS[:-1]:
        page.mouse.click(x, y)
        page.wait_for_timeout(300)  # or two of them would be a double click
    page.mouse.dblclick(*CORNERS[-1])
    _write(page, "India\nand what is beside it")
    _note(page, "India").click()
    assert page.locator(".markup rect").count() == 1
    assert page.locator(".markup path").count() == 1

    notes = {note["body"]["value"]: note for note in _kept(default_container)}
    canvas = f"{museum.url}/iiif/presentation/3/{quote(relief, safe='')}/manifest/canvas/1"
    assert {note["target"]["source"] for note in notes.values()} == {canvas}
    revision = museum.get(f"/images/{quote(relief, safe='')}").json()["revision"]
    pinned = canvas.replace("/manifest", f"@{revision}/manifest")
    assert {note["target"]["state"]["cached"] for note in notes.values()} == {pinned}
    assert page.locator(".note-size").count() == 0  # a photograph does not know its scale
    x, y, w, h = map(int, notes["Sahara"]["target"]["selector"]["value"].removeprefix("xywh=").split(","))
    assert (w / h) == pytest.approx(160 / 120, rel=0.01)
    assert 0 < x < 10800 - w
    assert 0 < y < 5400 - h
    assert notes["India\nand what is beside it"]["target"]["selector"]["value"].count(",") == len(CORNERS)

    page.get_by_role("button", name="Edit").click()
    _write(page, "Hindustan")
    _note(page, "Hindustan").wait_for()
    page.get_by_role("button", name="Delete").click()
    _note(page, "Hindustan").wait_for(state="detached")
    page.mouse.click(*(sum(ends) / 2 for ends in zip(*RECTANGLE, strict=True)))
    page.locator('.note[data-chosen="true"]').get_by_text("Sahara").wait_for()
    assert [note["body"]["value"] for note in _kept(default_container)] == ["Sahara"]
    assert {response.status for response in seen.responses} <= {200, 201, 204}
    assert seen.origins() == {museum.url}
    assert seen.problems == []


def test_what_others_write_appears_and_an_edit_that_comes_too_late_is_asked_about(
    open_notes: Callable[..., Any], default_container: httpx.Client
) -> None:
    page = open_notes().page
    _draw_rectangle(page, "First")
    _note(page, "First").click()
    page.get_by_role("button", name="Edit").click()
    (note,) = _kept(default_container)
    etag = default_container.get(note["id"]).headers["etag"]
    body = {"type": "TextualBody", "value": "Theirs"}
    changed = CONTEXT | note | {"body": body}
    default_container.put(note["id"], json=changed, headers={"if-match": etag}).raise_for_status()
    another = CONTEXT | {"type": "Annotation", "body": body, "target": note["target"]["source"]}
    default_container.post("", json=another).raise_for_status()
    page.get_by_text("On the whole image").wait_for()
    _write(page, "Mine")
    page.get_by_text("Somebody changed this note meanwhile.").wait_for()
    page.get_by_role("button", name="Save mine over it").click()
    _note(page, "Mine").wait_for()
    assert {note["body"]["value"] for note in _kept(default_container)} == {"Mine", "Theirs"}


def test_notes_have_a_size_where_the_scale_is_known(
    museum: Any, cells: str, open_notes: Callable[..., Any], default_container: httpx.Client
) -> None:
    canvas = f"{museum.url}/iiif/presentation/3/{cells}/manifest/canvas/1"
    triangle = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0,0 L 400,0 L 0,200 Z"/></svg>'
    for text, selector in {
        "box": {"type": "FragmentSelector", "value": "xywh=10,10,6000,4500"},
        "triangle": {"type": "SvgSelector", "value": triangle},
        "point": {"type": "FragmentSelector", "value": "xywh=10,10,0,0"},
    }.items():
        body = {"type": "TextualBody", "value": text}
        target = {"type": "SpecificResource", "source": canvas, "selector": selector}
        note = CONTEXT | {"type": "Annotation", "body": body, "target": target}
        default_container.post("", json=note).raise_for_status()
    seen = open_notes(image=cells)
    page = seen.page
    # A pixel measures 0.2 µm.
    _note(page, "box").get_by_text("1.2 × 0.9 mm", exact=True).wait_for()
    _note(page, "triangle").get_by_text("80 × 40 µm, 1,600 µm²", exact=True).wait_for()
    assert _note(page, "point").locator(".note-size").count() == 0
    _draw_rectangle(page, "drawn")
    _note(page, "drawn").locator(".note-size").wait_for()
    page.get_by_role("button", name="Русский").click()
    _note(page, "triangle").get_by_text("80 × 40 мкм, 1 600 мкм²", exact=True).wait_for()
    assert seen.problems == []


def test_the_notes_speak_russian(open_notes: Callable[..., Any]) -> None:
    page = open_notes("Заметки", locale="ru-RU").page
    page.get_by_role("button", name="Выделить прямоугольник").wait_for()


def test_visitors_load_nothing_of_it(museum: Any, relief: str, open_page: Callable[..., Any]) -> None:
    seen = open_page(f"{museum.url}/view/{quote(relief, safe='')}")
    seen.page.wait_for_selector('.stage[data-settled="true"]')
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.get_by_role("button", name="Notes", exact=True).count() == 0
    asked = [request.url for request in seen.requests]
    assert [url for url in asked if "Markup" in url or "/annotations/" in url] == []
