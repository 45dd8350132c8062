"""Mirador 4, as others would run it: from another origin, with nothing but a manifest's address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pyvips

from tests.fixtures.pictures import Picture
from tests.fixtures.viewers import Mirador

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def test_mirador_zooms_into_the_image_of_a_manifest(
    museum: Any, relief: str, relief_image: pyvips.Image, mirador: str, open_page: Callable[..., Any]
) -> None:
    picture = Picture(relief, "Shaded relief of the world", relief_image)
    viewer = Mirador(museum, open_page, picture, mirador)
    viewer.show_whole()
    before = viewer.region()[2]
    for _ in range(3):
        viewer.page.get_by_role("button", name="Zoom in", exact=True).click()
    viewer.watched.wait_until_quiet()
    assert viewer.region()[2] < before / 4

    drawn, region = viewer.zoom_to(6600, 2300)
    mean, worst = picture.apart(drawn, region)
    assert mean < 3, region
    assert worst < 20, region


def test_a_channel_alone_and_another_plane_are_shown_by_its_own_controls(
    museum: Any, fluorescence: Callable[..., Picture], mirador: str, open_page: Callable[..., Any]
) -> None:
    viewer = Mirador(museum, open_page, fluorescence(), mirador)
    page = viewer.page
    page.get_by_role("button", name="Next item").click()
    drawn, region = viewer.whole()
    assert fluorescence(plane=1).apart(drawn, region)[1] < 20, "all channels of the second plane"

    page.get_by_role("button", name="Toggle sidebar").click()
    page.get_by_role("tab", name="Layers").click()
    for name in ("one", "two", "three"):
        page.get_by_text(name, exact=True).wait_for()
    page.get_by_role("button", name="Hide layer").click()
    page.get_by_role("button", name="Show layer").nth(2).click()
    drawn, region = viewer.whole()
    assert fluorescence(plane=1, channels=(1,)).apart(drawn, region)[1] < 20, "the second channel of the second plane"
    assert {response.status for response in viewer.watched.responses if response.url.startswith(museum.url)} == {200}
