"""How requests for adopted images are answered: their levels have any scale, any size of tiles, and cut tiles. PURE.

A stored tile is sent as it is where it shows, within a quarter of a pixel, what a viewer asks for.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from iiif_server.errors import TooLargeRequestError
from iiif_server.geometry import Box, ResolvedImage
from iiif_server.grid import ceil_div
from iiif_server.plan import (
    FREE_WINDOW_PIXELS,
    MAX_RENDER_TILES,
    WINDOW_PIXELS_PER_PIXEL,
    Plan,
    Render,
    TileCopy,
    TileRead,
    is_stored_form,
    plan_render,
    plan_request,
    reach_of,
)
from iiif_server.record import Adopted, AdoptedLevel, Revision

_MAX_DRIFT = Fraction(1, 4)
"""How far, in pixels of the level, a stored tile may lie from where its viewer puts it."""

Scale = int | tuple[Fraction, Fraction]
"""How many pixels of the image one pixel of a level covers: in both directions, or across and down."""


@dataclass(frozen=True, slots=True)
class CopyableTiles:
    """The tiles of a level that may be sent as they are: the first `columns` of the first `rows`.

    Each stands for `step_x` x `step_y` pixels of the image.
    """

    step_x: int
    step_y: int
    columns: int
    rows: int


def plan_answer(resolved: ResolvedImage, revision: Revision) -> Plan:
    """What plan_request returns, for adopted revisions too."""
    if revision.adopted is None:
        return plan_request(resolved, revision)
    copy = None if revision.adopted.is_whole else _plan_copy(resolved, revision, revision.adopted)
    return copy if copy is not None else plan_computed(resolved, revision)


def plan_computed(resolved: ResolvedImage, revision: Revision) -> Render:
    """How the request is computed, even where a stored tile shows the same place. Raises TooLargeRequestError."""
    if revision.adopted is None:
        return plan_render(resolved, revision)
    if revision.adopted.is_whole:
        # Its levels are made of the whole file: there are no tiles to be read.
        return dataclasses.replace(plan_render(resolved, revision), tiles=())
    return _plan_render(resolved, revision.adopted)


def scale_of(revision: Revision, level: int) -> Scale:
    """The scale of the level that a Render names."""
    if revision.adopted is None or revision.adopted.is_whole:
        return revision.levels[level].scale
    found = revision.adopted.levels[level]
    return Fraction(*found.scale_x), Fraction(*found.scale_y)


def copyable_tiles(revision: Revision, level: AdoptedLevel) -> CopyableTiles:
    """Those tiles of the level that lie on the grid of a whole scale, and hold nothing but picture."""
    across, down = Fraction(*level.scale_x), Fraction(*level.scale_y)
    scale = round(across)
    if round(down) != scale:
        return CopyableTiles(1, 1, 0, 0)
    columns = _copyable(scale, across, level.tile_width, level.width, revision.width)
    rows = _copyable(scale, down, level.tile_height, level.height, revision.height)
    return CopyableTiles(scale * level.tile_width, scale * level.tile_height, columns, rows)


def _copyable(nominal: int, exact: Fraction, tile: int, level_size: int, image_size: int) -> int:
    """How many tiles from the first on, in one direction."""
    whole = min(level_size // tile, image_size // (nominal * tile))
    drift = tile * abs(nominal - exact) / exact
    return whole if drift == 0 else min(whole, math.floor(_MAX_DRIFT / drift))


def _plan_copy(resolved: ResolvedImage, revision: Revision, adopted: Adopted) -> TileCopy | None:
    if not is_stored_form(resolved, revision.channels):
        return None
    region = resolved.region
    for number, level in enumerate(adopted.levels):
        if level.codec != "jpeg" or (resolved.width, resolved.height) != (level.tile_width, level.tile_height):
            continue
        tiles = copyable_tiles(revision, level)
        if (region.width, region.height) != (tiles.step_x, tiles.step_y):
            continue
        column, left_over_x = divmod(region.x, tiles.step_x)
        row, left_over_y = divmod(region.y, tiles.step_y)
        if left_over_x == left_over_y == 0 and column < tiles.columns and row < tiles.rows:
            entry = level.first_entry + row * ceil_div(level.width, level.tile_width) + column
            return TileCopy(number, column, row, entry)
    return None


def _plan_render(resolved: ResolvedImage, adopted: Adopted) -> Render:
    number = _choose_level(resolved, adopted)
    level = adopted.levels[number]
    window = _window(resolved, level)
    touched = _touched_tiles(window, level)
    if touched.width * touched.height > MAX_RENDER_TILES:
        raise TooLargeRequestError("This request needs more tiles of the image than the server can hold.")
    return Render(number, window, tuple(_tiles(touched, level)), resolved)


def _choose_level(resolved: ResolvedImage, adopted: Adopted) -> int:
    """The coarsest level that is at least as fine as the result, or one that is affordable."""
    levels = adopted.levels
    number = 0
    while number + 1 < len(levels) and _is_fine_enough(resolved, levels[number + 1]):
        number += 1
    affordable = max(FREE_WINDOW_PIXELS, WINDOW_PIXELS_PER_PIXEL * resolved.width * resolved.height)
    while number + 1 < len(levels) and _area(_covered(resolved.region, levels[number])) > affordable:
        number += 1
    return number


def _is_fine_enough(resolved: ResolvedImage, level: AdoptedLevel) -> bool:
    region, across, down = resolved.region, Fraction(*level.scale_x), Fraction(*level.scale_y)
    return (
        math.ceil(region.width / across) >= resolved.width
        and math.ceil(region.height / down) >= resolved.height
        # A level that was rounded down has nothing to show of the image's last columns and rows.
        and region.x / across < level.width
        and region.y / down < level.height
    )


def _covered(region: Box, level: AdoptedLevel) -> Box:
    """The pixels of the level that the region touches; where there are none, those next to it."""
    across, down = Fraction(*level.scale_x), Fraction(*level.scale_y)
    x, right = _span(region.x, region.width, across, level.width)
    y, bottom = _span(region.y, region.height, down, level.height)
    return Box(x, y, right - x, bottom - y)


def _span(start: int, length: int, scale: Fraction, size: int) -> tuple[int, int]:
    first = min(math.floor(start / scale), size - 1)
    return first, max(min(math.ceil((start + length) / scale), size), first + 1)


def _window(resolved: ResolvedImage, level: AdoptedLevel) -> Box:
    """What the region touches, and around it what the resampling kernel reaches, inside the level."""
    region, covered = resolved.region, _covered(resolved.region, level)
    across, down = Fraction(*level.scale_x), Fraction(*level.scale_y)
    if (
        region.x == covered.x * across
        and region.y == covered.y * down
        and math.ceil(region.width / across) == resolved.width
        and math.ceil(region.height / down) == resolved.height
    ):
        return covered
    reach_x, reach_y = reach_of(covered.width, resolved.width), reach_of(covered.height, resolved.height)
    x, y = max(covered.x - reach_x, 0), max(covered.y - reach_y, 0)
    right = min(covered.x + covered.width + reach_x, level.width)
    bottom = min(covered.y + covered.height + reach_y, level.height)
    return Box(x, y, right - x, bottom - y)


def _tiles(touched: Box, level: AdoptedLevel) -> Iterator[TileRead]:
    columns = ceil_div(level.width, level.tile_width)
    for row in range(touched.y, touched.y + touched.height):
        for column in range(touched.x, touched.x + touched.width):
            x, y = column * level.tile_width, row * level.tile_height
            box = Box(x, y, min(level.tile_width, level.width - x), min(level.tile_height, level.height - y))
            yield TileRead(level.first_entry + row * columns + column, box)


def _touched_tiles(window: Box, level: AdoptedLevel) -> Box:
    """The columns and rows of the tiles that the window touches."""
    column, row = window.x // level.tile_width, window.y // level.tile_height
    right = ceil_div(window.x + window.width, level.tile_width)
    bottom = ceil_div(window.y + window.height, level.tile_height)
    return Box(column, row, right - column, bottom - row)


def _area(box: Box) -> int:
    return box.width * box.height
