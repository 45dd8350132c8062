"""What viewers are for: a gigapixel, a fluorescence image and an adopted file, from the whole to the last pixel.

Each in OpenSeadragon 6 (our page) and in Mirador 4, and each drawing compared with the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.pictures import CELL_COLOURS, CELLS, Picture, composite
from tests.fixtures.viewers import Mirador, OurPage

pytestmark = [pytest.mark.browser, pytest.mark.integration]

TILE = re.compile(r"/(\d+),(\d+),(\d+),(\d+)/(\d+),(\d+)/0/default\.jpg$")
PLACES = {
    "gigapixel": [(700, 900), (28000, 14500)],
    "cells": [(300, 200), (3600, 2300)],
    "adopted": [(400, 300), (6200, 4000)],
}


@pytest.fixture(params=["gigapixel", "cells", "adopted"])
def picture(request: pytest.FixtureRequest) -> Picture:
    if request.param == "cells":
        return request.getfixturevalue("fluorescence")()
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["OpenSeadragon", "Mirador"])
def open_viewer(request: pytest.FixtureRequest, museum: Any, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`open_viewer(picture)`"""
    if request.param == "OpenSeadragon":
        return lambda picture: OurPage(museum, open_page, picture)
    return lambda picture: Mirador(museum, open_page, picture, request.getfixturevalue("mirador"))


def test_the_whole_and_single_pixels_are_drawn_as_they_are(
    picture: Picture, open_viewer: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    viewer = open_viewer(picture)
    places = PLACES[request.node.callspec.params["picture"]]
    _look_everywhere(viewer, picture, places)
    scales = {_scale(tile) for tile in _tiles(viewer)}
    assert 1 in scales, "the last pixel"
    assert max(scales) >= min(picture.pixels.width, picture.pixels.height) / 1600, "the whole"
    corners = [tile for tile in _tiles(viewer) if _scale(tile) == 1 and _ends_at(tile, picture)]
    assert corners, "the tile in the lower right corner"


def test_a_rendering_of_its_own_address_is_zoomed_as_every_image(
    museum: Any, open_page: Callable[..., Any], fluorescence: Callable[..., Picture], cells_values: Any
) -> None:
    looks = [(100, 2000, (255, 0, 255)), None, (0, 4000, (255, 255, 0))]
    picture = replace(
        fluorescence(),
        segment="cells;z=2;c1=100:2000,ff00ff;c3=0:4000,ffff00",
        pixels=composite(cells_values[1], looks),
    )
    viewer = OurPage(museum, open_page, picture)
    _look_everywhere(viewer, picture, PLACES["cells"])
    assert all(";z=2;c1=" in response.url for response in viewer.watched.tiles())


def test_channels_have_their_colours_when_nothing_was_set(fluorescence: Callable[..., Picture]) -> None:
    bars = [fluorescence().pixels(x, CELLS[1] // 2) for x in (700, 2100, 3500)]
    assert [tuple(bar) for bar in bars] == list(CELL_COLOURS), "what viewers are compared with"


def _look_everywhere(viewer: Any, picture: Picture, places: list[tuple[int, int]]) -> None:
    drawings = [viewer.whole()]
    corner = picture.pixels.width - 2, picture.pixels.height - 2
    drawings += [viewer.zoom_to(*place) for place in [*places, corner]]
    for drawn, region in drawings:
        mean, worst = picture.apart(drawn, region)
        assert mean < 3, f"{region}: more than compression and resampling do"
        assert worst < 24, f"{region}: a tile that is black, late or misplaced"
    for _, region in drawings[1:]:
        assert region[2] <= 1280, "at full resolution"
    watched = viewer.watched
    assert {response.status for response in watched.responses} <= {200, 304}
    assert len(watched.tiles()) > 20
    assert watched.origins() == viewer.origins
    # Mirador's own libraries warn of each other's age.
    assert [line for line in watched.problems if "React" not in line] == []


def _tiles(viewer: Any) -> list[tuple[int, ...]]:
    """x, y, width and height of the region of each tile that came, and its width and height."""
    found = [TILE.search(response.url) for response in viewer.watched.tiles()]
    return [tuple(map(int, match.groups())) for match in found if match]


def _scale(tile: tuple[int, ...]) -> float:
    return tile[2] / tile[4]


def _ends_at(tile: tuple[int, ...], picture: Picture) -> bool:
    return tile[0] + tile[2] == picture.pixels.width and tile[1] + tile[3] == picture.pixels.height
