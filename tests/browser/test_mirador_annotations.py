"""The annotations of a canvas in Mirador 3 and 4, as others would run them: they find them in the manifest."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import pyvips
from PIL import Image

from tests.fixtures.pictures import Picture
from tests.fixtures.viewers import Mirador

pytestmark = [pytest.mark.browser, pytest.mark.integration]

# In pixels of the image; as Annotorious writes them, whole numbers or not.
BOX = (6000.25, 3000.5, 2400.5, 900.25)
TRIANGLE = ((2000, 1000), (4400, 1000), (2000, 2200))
TEXTS = ("A box", "A triangle", "On the whole")


@pytest.fixture
def noted(museum: Any, relief: str) -> Iterator[str]:
    """The relief with an annotation of each kind in the layer that manifests offer; they go with the test."""
    canvas = f"{museum.url}/iiif/presentation/3/{quote(relief, safe='')}/manifest/canvas/1"
    corners = " ".join(f"{x},{y}" for x, y in TRIANGLE)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><polygon points="{corners}"/></svg>'
    targets: tuple[Any, ...] = (
        f"{canvas}#xywh=pixel:{','.join(map(str, BOX))}",
        {"type": "SpecificResource", "source": canvas, "selector": {"type": "SvgSelector", "value": svg}},
        canvas,
    )
    headers = {"authorization": f"Bearer {museum.token()}", "content-type": "application/ld+json"}
    with httpx.Client(headers=headers, trust_env=False) as client:
        made = []
        for text, target in zip(TEXTS, targets, strict=True):
            document = {
                "@context": "http://www.w3.org/ns/anno.jsonld",
                "type": "Annotation",
                "body": {"type": "TextualBody", "value": text},
                "target": target,
            }
            made.append(client.post(f"{museum.url}/annotations/default/", json=document))
            assert made[-1].status_code == 201
        yield relief
        for answer in made:
            client.delete(answer.headers["location"], headers={"if-match": "*"})


@pytest.mark.parametrize("version", ["mirador", "mirador_3"])
def test_mirador_shows_the_annotations_of_a_canvas_where_they_belong(
    version: str,
    request: pytest.FixtureRequest,
    museum: Any,
    noted: str,
    relief_image: pyvips.Image,
    open_page: Callable[..., Any],
) -> None:
    picture = Picture(noted, "Shaded relief of the world", relief_image)
    viewer = Mirador(museum, open_page, picture, request.getfixturevalue(version))
    page = viewer.page
    page.get_by_role("button", name="Toggle sidebar").click()
    page.get_by_role("tab", name="Annotations").click()
    for text in TEXTS:
        page.get_by_text(text, exact=True).first.wait_for()
    page.get_by_text("Showing 3 annotations").wait_for()
    viewer.watched.wait_until_quiet()
    plain = _shot(viewer)
    page.get_by_role("button", name="Highlight all").click()
    page.mouse.move(1, 1)
    viewer.watched.wait_until_quiet()
    changed = np.abs(_shot(viewer).astype(int) - plain).max(axis=2) > 40
    region, scale = viewer.region(), viewer.box()["width"] / viewer.region()[2]

    def drawn(left: float, top: float, right: float, bottom: float) -> Any:
        """What was drawn within two pixels of the screen around a box of the image."""
        x0, x1 = (round((x - region[0]) * scale) for x in (left, right))
        y0, y1 = (round((y - region[1]) * scale) for y in (top, bottom))
        return changed[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3]

    x, y, width, height = BOX
    box = drawn(x, y, x + width, y + height)
    sides = (box[:5], box[-5:], box[:, :5].T, box[:, -5:].T)
    assert all(side.any(axis=0).mean() > 0.95 for side in sides)
    (left, top), (right, _), (_, bottom) = TRIANGLE
    triangle = drawn(left, top, right, bottom)
    assert triangle[:5].any(axis=0).mean() > 0.95
    assert triangle[:, :5].any(axis=1).mean() > 0.95
    assert not triangle[-5:, 20:].any()
    statuses = {answer.status for answer in viewer.watched.responses if answer.url.startswith(museum.url)}
    assert statuses == {200}


def _shot(viewer: Mirador) -> Any:
    """The pixels of its canvas."""
    data = viewer.page.screenshot(clip=viewer.box())
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
