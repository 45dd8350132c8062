"""Annotorious 3 and Mirador 4 with its annotation editor, which draw on a running server from another origin."""

from __future__ import annotations

import functools
import http.server
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PAGES = Path(__file__).parent / "annotators" / "dist"
# In pixels of the image, from the upper left corner to the lower right one.
REGION = ((3000, 1500), (4800, 2700))
REFUSALS = ("status of 410", "status of 412")
LD_JSON = "application/ld+json"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Studio:
    """Pages of an origin of their own, and the container that they write to."""

    origin: str
    server: str
    image: str
    container: str
    token: str

    def page(self, name: str, **more: object) -> str:
        """The address of one of the pages."""
        container = self.container.rstrip("/").rpartition("/")[2]
        about = {"server": self.server, "image": self.image, "container": container, "token": self.token}
        return f"{self.origin}/{name}.html?{urlencode(about | more)}"

    def kept(self) -> list[dict[str, Any]]:
        """All annotations of the container, as they are kept."""
        page = self._request("GET", self.container).json()["first"]
        items: list[dict[str, Any]] = page["items"]
        return items

    def change(self, **members: Any) -> None:
        """What somebody else does to the one annotation."""
        answer = self._request("GET", self.kept()[0]["id"])
        changed = {**answer.json(), **members}
        self._request("PUT", changed["id"], json=changed, headers={"if-match": answer.headers["etag"]})

    def _request(self, method: str, url: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token}", "content-type": LD_JSON, **(headers or {})}
        answer = httpx.request(method, url, headers=sent, trust_env=False, **more)
        answer.raise_for_status()
        return answer


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    if not (PAGES / "mirador.html").is_file():
        pytest.fail("The pages are not built: make install-test does it")
    handler = functools.partial(_Quiet, directory=str(PAGES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def studio(museum: Any, relief: str, origin: str) -> Studio:
    token = museum.token()
    container = f"{museum.url}/annotations/{uuid.uuid4().hex}/"
    headers = {"authorization": f"Bearer {token}", "content-type": LD_JSON, "if-none-match": "*"}
    made = httpx.put(container, json={"label": "Drawings"}, headers=headers, trust_env=False)
    assert made.status_code == 201, made.text
    return Studio(origin, museum.url, quote(relief, safe=""), container, token)


@pytest.fixture
def open_annotorious(studio: Studio, open_page: Callable[..., Any]) -> Callable[[], Any]:
    """Opens a page that is ready to be drawn on."""

    def open_() -> Any:
        seen = open_page(studio.page("annotorious"))
        seen.page.wait_for_function("() => window.binding")
        seen.page.wait_for_load_state("load")
        return seen

    return open_


def _screen(page: Any, point: tuple[float, float]) -> tuple[float, float]:
    """Where on the screen a point of the image is."""
    script = """([x, y]) => {
        const { x: left, y: top } = viewer.viewport.imageToWindowCoordinates(new OpenSeadragon.Point(x, y));
        return [left, top];
    }"""
    left, top = page.evaluate(script, point)
    return left, top


def _drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*_screen(page, start))
    page.mouse.down()
    page.mouse.move(*_screen(page, end), steps=8)
    page.mouse.up()


def _draw(page: Any) -> None:
    page.get_by_role("button", name="Draw").click()
    for point in REGION:
        page.mouse.move(*_screen(page, point), steps=4)
        page.mouse.click(*_screen(page, point))
    page.wait_for_function("() => anno.getSelected().length === 1")
    page.get_by_text("saved").wait_for()


def _comment(page: Any, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.get_by_role("button", name="Save").click()
    page.wait_for_function("(text) => anno.getAnnotations()[0]?.body[0]?.value === text", arg=text)
    page.wait_for_timeout(20)  # Annotorious tells of an edit a moment later
    page.evaluate("() => binding.settled()")


def _select(page: Any) -> None:
    (left, top), (right, bottom) = REGION
    page.mouse.click(*_screen(page, ((left + right) / 2, (top + bottom) / 2)))
    page.wait_for_function("() => anno.getSelected().length === 1")


def _box(annotation: dict[str, Any]) -> list[float]:
    value: str = annotation["target"]["selector"]["value"]
    return [float(number) for number in value.removeprefix("xywh=pixel:").split(",")]


def _problems(seen: Any) -> list[str]:
    # The browser tells of refusals by itself: 412, and 410 where one is asked for what was just deleted.
    return [line for line in seen.problems if "React" not in line and not any(map(line.count, REFUSALS))]


def test_annotorious_draws_comments_moves_and_deletes(studio: Studio, open_annotorious: Callable[[], Any]) -> None:
    seen = open_annotorious()
    page = seen.page
    _draw(page)
    _comment(page, "Гренландия?")
    (kept,) = studio.kept()
    (left, top), (right, bottom) = REGION
    assert _box(kept) == pytest.approx([left, top, right - left, bottom - top], abs=10)
    assert kept["target"]["source"] == f"{studio.server}/iiif/presentation/3/{studio.image}/manifest/canvas/1"
    assert kept["body"] == [{"type": "TextualBody", "purpose": "commenting", "value": "Гренландия?"}]
    assert not kept["via"].startswith("http")  # as Annotorious calls it

    _drag(page, ((left + right) / 2, (top + bottom) / 2), ((left + right) / 2 + 600, (top + bottom) / 2 + 300))
    page.keyboard.press("Escape")
    page.mouse.click(*_screen(page, (9000, 4800)))
    page.wait_for_function("() => anno.getSelected().length === 0")
    page.wait_for_timeout(20)
    page.evaluate("() => binding.settled()")
    (moved,) = studio.kept()
    assert _box(moved) == pytest.approx([left + 600, top + 300, right - left, bottom - top], abs=15)
    assert moved["id"] == kept["id"]
    assert moved["body"] == kept["body"]

    _select(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("gone").wait_for()
    assert studio.kept() == []
    assert seen.origins() == {studio.server, studio.origin}
    assert _problems(seen) == []


def test_what_one_page_draws_appears_on_another(studio: Studio, open_annotorious: Callable[[], Any]) -> None:
    here, there = open_annotorious(), open_annotorious()
    _draw(here.page)
    there.page.wait_for_function("() => anno.getAnnotations().length === 1")
    _comment(here.page, "Hello")
    there.page.wait_for_function("() => anno.getAnnotations()[0].body[0]?.value === 'Hello'")
    assert here.page.evaluate("() => anno.getAnnotations().length") == 1
    _select(there.page)
    _comment(there.page, "Hello yourself")
    assert studio.kept()[0]["body"][0]["value"] == "Hello yourself"
    # It is selected here since it was drawn, and so it is still the one before.
    here.page.get_by_role("button", name="Delete").click()
    here.page.get_by_text("Changed meanwhile: Hello yourself").wait_for()
    here.page.get_by_role("button", name="Keep mine").click()
    there.page.get_by_role("button", name="Draw").focus()
    there.page.mouse.click(*_screen(there.page, (9000, 4800)))
    there.page.wait_for_function("() => anno.getAnnotations().length === 0")
    assert studio.kept() == []
    assert _problems(here) == _problems(there) == []


@pytest.mark.parametrize(("choice", "left"), [("Take theirs", "Theirs"), ("Keep mine", "Mine")])
def test_an_edit_that_comes_too_late_is_shown(
    choice: str, left: str, studio: Studio, open_annotorious: Callable[[], Any]
) -> None:
    seen = open_annotorious()
    page = seen.page
    _draw(page)
    _comment(page, "First")
    studio.change(body={"type": "TextualBody", "value": "Theirs"})
    _comment(page, "Mine")  # it is selected, and so stays as it was until now
    page.get_by_text("Changed meanwhile: Theirs").wait_for()
    assert studio.kept()[0]["body"]["value"] == "Theirs"
    page.get_by_role("button", name=choice).click()
    page.wait_for_function("(left) => anno.getAnnotations()[0].body[0].value === left", arg=left)
    page.evaluate("() => binding.settled()")
    body = studio.kept()[0]["body"]
    assert (body[0] if isinstance(body, list) else body)["value"] == left
    assert _problems(seen) == []


def test_mirador_with_its_annotation_editor_creates_edits_and_deletes(
    studio: Studio, open_page: Callable[..., Any]
) -> None:
    seen = open_page(studio.page("mirador"))
    page = seen.page
    page.get_by_text("Showing 0 annotations").wait_for()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Create annotation").click()
    page.locator("#multiple_body").click()
    page.locator(".ql-editor").fill("Note of a region")
    box = page.locator(".openseadragon-canvas").first.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 300, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Save").click()
    item = page.get_by_test_id("mirador-annotation-list-item").filter(has_text="Note of a region")
    item.wait_for()
    (kept,) = studio.kept()
    assert kept["body"][0]["value"] == "<p>Note of a region</p>"
    assert kept["target"]["selector"]["type"] == "SvgSelector"
    assert kept["target"]["source"] == f"{studio.server}/iiif/presentation/3/{studio.image}/manifest/canvas/1"
    assert "/annotation/" in kept["via"]  # as the editor calls it

    item.hover(position={"x": 8, "y": 8})
    item.get_by_role("button", name="Edit").click()
    page.locator(".ql-editor").fill("Another note")
    page.get_by_role("button", name="Save").click()
    item = page.get_by_test_id("mirador-annotation-list-item").filter(has_text="Another note")
    item.wait_for()
    (edited,) = studio.kept()
    assert edited["id"] == kept["id"]
    assert edited["body"][0]["value"] == "<p>Another note</p>"
    assert edited["target"] == kept["target"]

    page.reload()
    item.wait_for()
    item.hover(position={"x": 8, "y": 8})
    item.get_by_role("button", name="Delete").click()
    page.get_by_text("Showing 0 annotations").wait_for()
    assert studio.kept() == []
    assert seen.origins() == {studio.server, studio.origin}
    assert _problems(seen) == []
