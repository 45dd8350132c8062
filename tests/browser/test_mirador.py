"""Mirador 4, as others would run it: from another origin, with nothing but a manifest's address."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SCRIPT = Path(__file__).parent / "mirador" / "node_modules" / "mirador" / "dist" / "mirador.min.js"
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<div id="mirador" style="position:absolute;inset:0"></div><script src="mirador.min.js"></script>
<script>
  const id = "mirador", manifestId = new URLSearchParams(location.search).get("manifest");
  window.mirador = Mirador.viewer({id, windows: [{id: "one", manifestId, imageToolsEnabled: false}]});
</script>"""
VIEW = "() => window.mirador.store.getState().viewers?.one"
CENTRE, SIZE = (6600, 2300), (512, 320)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def mirador(tmp_path: Path) -> Iterator[str]:
    """Its origin."""
    if not SCRIPT.is_file():
        pytest.fail("Mirador is not installed: make install-test does it")
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / SCRIPT.name).symlink_to(SCRIPT)
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_mirador_zooms_into_the_image_of_a_manifest(
    museum: Any,
    relief: str,
    mirador: str,
    open_page: Callable[..., Any],
    difference: Callable[..., tuple[float, float]],
) -> None:
    manifest = f"{museum.url}/iiif/presentation/3/{quote(relief, safe='')}/manifest"
    seen = open_page(f"{mirador}/?manifest={quote(manifest, safe='')}")
    page = seen.page
    page.get_by_role("heading", name="Shaded relief of the world").first.wait_for()
    page.wait_for_function(f"() => ({VIEW})()?.zoom > 0")
    page.wait_for_load_state("networkidle")
    before = page.evaluate(VIEW)["zoom"]

    for _ in range(3):
        page.get_by_role("button", name="Zoom in", exact=True).click()
    page.wait_for_function(f"() => ({VIEW})().zoom > {before} * 4")
    _go_to(page, *CENTRE, zoom=1 / 1600)
    page.wait_for_load_state("networkidle")
    picture, region = _middle(page)
    mean, worst = difference(picture, region)
    assert mean < 3, region
    assert worst < 20, region

    assert len(seen.tiles()) > 10
    assert {response.status for response in seen.responses if response.url.startswith(museum.url)} == {200}
    assert seen.origins() == {museum.url, mirador}
    # Mirador's own libraries warn of each other's age.
    assert [line for line in seen.problems if "React" not in line] == []


def _go_to(page: Any, x: int, y: int, *, zoom: float) -> None:
    update = {"type": "mirador/UPDATE_VIEWPORT", "windowId": "one", "payload": {"x": x, "y": y, "zoom": zoom}}
    page.evaluate(f"window.mirador.store.dispatch({json.dumps(update)})")
    page.wait_for_timeout(1500)  # the springs of OpenSeadragon, which Mirador hides


def _middle(page: Any) -> tuple[bytes, tuple[float, float, float, float]]:
    """A picture of the window's middle, where nothing lies over the image, and the region that it shows."""
    view = page.evaluate(VIEW)
    box = page.locator(".openseadragon-canvas").first.bounding_box()
    scale = box["width"] * view["zoom"]  # screen pixels per image pixel
    width, height = SIZE
    left, top = box["x"] + (box["width"] - width) / 2, box["y"] + (box["height"] - height) / 2
    clip = {"x": round(left), "y": round(top), "width": width, "height": height}
    x = view["x"] + (clip["x"] - box["x"] - box["width"] / 2) / scale
    y = view["y"] + (clip["y"] - box["y"] - box["height"] / 2) / scale
    return page.screenshot(clip=clip), (x, y, width / scale, height / scale)
