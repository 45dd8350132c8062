"""Arithmetic on kinds of tiles, held against the planner that answers one request at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iiif_server.geometry import Limits, resolve_request
from iiif_server.grammar import parse_request
from iiif_server.grid import ceil_div
from iiif_server.plan import TileCopy, plan_request
from iiif_server.record import Record, Revision
from iiif_server.request import ImageRequest, Version
from iiif_server.tile_kinds import build_tile_kind
from storage.memory import MemoryStore


@pytest.fixture(params=[(1300, 1100), (1024, 512), (513, 1), (40, 1025)])
def revision(
    request: pytest.FixtureRequest, publish: Callable[..., Record], photograph: Callable[..., Any]
) -> Revision:
    revision = publish(MemoryStore(), photograph(*request.param)).revision
    assert revision is not None
    return revision


def plan(revision: Revision, x: int, y: int, rest: str) -> Any:
    request = parse_request(Version.V3, f"a/{x},{y},{rest}/0/default.jpg")
    assert isinstance(request, ImageRequest)
    resolved = resolve_request(request, revision.width, revision.height, Limits())
    return resolved, plan_request(resolved, revision)


def test_every_tile_of_a_kind_has_the_number_that_the_planner_gives_it(revision: Revision) -> None:
    for level in revision.levels:
        step = 512 * level.scale
        places = [(x, y) for y in range(0, revision.height, step) for x in range(0, revision.width, step)]
        sizes = {(x, y): (min(step, revision.width - x), min(step, revision.height - y)) for x, y in places}
        rests = {
            place: f"{w},{h}/{ceil_div(w, level.scale)},{ceil_div(h, level.scale)}" for place, (w, h) in sizes.items()
        }
        for first in places:
            resolved, copy = plan(revision, *first, rests[first])
            assert isinstance(copy, TileCopy)
            kind = build_tile_kind(copy, resolved.region, revision)
            for place in places:
                if sizes[place] == sizes[first]:
                    assert kind.number_at(*place) == plan(revision, *place, rests[place])[1].entry_number
                else:
                    assert kind.number_at(*place) is None


@pytest.mark.parametrize(("x", "y"), [(1, 0), (0, 511), (1024, 0), (0, 1024), (1536, 512), (10**9, 0)])
def test_there_are_no_numbers_between_the_tiles_or_beyond_the_image(
    x: int, y: int, publish: Callable[..., Record], photograph: Callable[..., Any]
) -> None:
    revision = publish(MemoryStore(), photograph(1300, 1100)).revision
    assert revision is not None
    resolved, copy = plan(revision, 0, 0, "512,512/512,512")
    assert build_tile_kind(copy, resolved.region, revision).number_at(x, y) is None
