"""How a resolved request is answered: by copying a stored tile, or by rendering from one level. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from iiif_server.errors import TooLargeRequestError
from iiif_server.geometry import Box, ResolvedImage
from iiif_server.grid import ceil_div
from iiif_server.record import Level, Revision
from iiif_server.request import Format, Quality

# A Lanczos kernel reaches three output pixels to each side.
_KERNEL_RADIUS = 3
# What a render may assemble at the least, and how many pixels of a level one pixel of the result may cost. Sizes
# that keep the aspect ratio need 4; one that squeezes a side hard is taken from a coarser level instead.
FREE_WINDOW_PIXELS = 8192 * 8192
WINDOW_PIXELS_PER_PIXEL = 8
# A picture that is put together from more tiles fits no server's memory; not even their list should be made.
MAX_RENDER_TILES = 65_536


@dataclass(frozen=True, slots=True)
class TileCopy:
    """The stored JPEG of one tile is the answer, byte for byte (the shared tables put in front)."""

    level: int
    column: int
    row: int
    entry_number: int


@dataclass(frozen=True, slots=True)
class TileRead:
    """One stored tile that a render needs, and where its picture lies in pixels of the level."""

    entry_number: int
    box: Box


@dataclass(frozen=True, slots=True)
class Render:
    """Decode `tiles` of level number `level`, cut out, resize, rotate, encode.

    `window` is the part of the level that the tiles cover and that is assembled first, in level pixels.
    `image.region` divided by the level's scale lies inside the window, in general between whole pixels. Where the
    window measures just `image.width` x `image.height`, it is the result and nothing is to be resized.
    """

    level: int
    window: Box
    tiles: tuple[TileRead, ...]
    image: ResolvedImage


Plan = TileCopy | Render


def plan_request(resolved: ResolvedImage, revision: Revision) -> Plan:
    """A TileCopy where the stored tile is exactly what was asked for; else a Render.

    Raises TooLargeRequestError for a Render of more tiles than can ever be held.
    """
    return _plan_copy(resolved, revision) or plan_render(resolved, revision)


def _plan_copy(resolved: ResolvedImage, revision: Revision) -> TileCopy | None:
    if not is_stored_form(resolved, revision.channels):
        return None
    region, tile_width, tile_height = resolved.region, revision.tile_width, revision.tile_height
    for number, level in enumerate(revision.levels):
        scale = level.scale
        if ceil_div(region.width, scale) != resolved.width or ceil_div(region.height, scale) != resolved.height:
            continue
        column, left_over_x = divmod(region.x, scale * tile_width)
        row, left_over_y = divmod(region.y, scale * tile_height)
        if (
            left_over_x == left_over_y == 0
            and region.width == min(scale * tile_width, revision.width - region.x)
            and region.height == min(scale * tile_height, revision.height - region.y)
        ):
            entry = level.first_entry + row * ceil_div(level.width, tile_width) + column
            return TileCopy(number, column, row, entry)
    return None


def is_stored_form(resolved: ResolvedImage, channels: Literal["gray", "rgb"]) -> bool:
    """Whether format, quality and rotation are those of the stored tiles of a picture with these channels."""
    return (
        resolved.format is Format.JPG
        and not resolved.mirrored
        and resolved.angle_deg == 0
        and (
            resolved.quality is Quality.DEFAULT
            or resolved.quality is Quality.COLOR
            or (resolved.quality is Quality.GRAY and channels == "gray")
        )
    )


def plan_render(resolved: ResolvedImage, revision: Revision) -> Render:
    """The Render that makes it of the revision's levels. Raises TooLargeRequestError."""
    number = _choose_level(resolved, revision)
    level = revision.levels[number]
    window = _window(resolved, level)
    if _area(_covered_tiles(window, revision)) > MAX_RENDER_TILES:
        raise TooLargeRequestError("This request needs more tiles of the image than the server can hold.")
    return Render(number, window, tuple(_tiles(window, level, revision)), resolved)


def _choose_level(resolved: ResolvedImage, revision: Revision) -> int:
    """The coarsest level that is at least as fine as the result in both directions, or one that is affordable."""
    levels = revision.levels
    number = 0
    while number + 1 < len(levels) and _is_fine_enough(resolved, levels[number + 1].scale):
        number += 1
    affordable = max(FREE_WINDOW_PIXELS, WINDOW_PIXELS_PER_PIXEL * resolved.width * resolved.height)
    while number + 1 < len(levels) and _area(_covered(resolved.region, levels[number].scale)) > affordable:
        number += 1
    return number


def _is_fine_enough(resolved: ResolvedImage, scale: int) -> bool:
    # Rounded up as the level itself is, so that a cut tile comes from its own level.
    region = resolved.region
    return ceil_div(region.width, scale) >= resolved.width and ceil_div(region.height, scale) >= resolved.height


def _covered(region: Box, scale: int) -> Box:
    """The pixels of a level that the region touches."""
    x, y = region.x // scale, region.y // scale
    right, bottom = ceil_div(region.x + region.width, scale), ceil_div(region.y + region.height, scale)
    return Box(x, y, right - x, bottom - y)


def _window(resolved: ResolvedImage, level: Level) -> Box:
    """What the region touches, and around it what the resampling kernel reaches, inside the level."""
    region, covered = resolved.region, _covered(resolved.region, level.scale)
    if (
        (covered.width, covered.height) == (resolved.width, resolved.height)
        and region.x % level.scale == 0
        and region.y % level.scale == 0
    ):
        return covered
    margin_x = reach_of(covered.width, resolved.width)
    margin_y = reach_of(covered.height, resolved.height)
    x, y = max(covered.x - margin_x, 0), max(covered.y - margin_y, 0)
    right = min(covered.x + covered.width + margin_x, level.width)
    bottom = min(covered.y + covered.height + margin_y, level.height)
    return Box(x, y, right - x, bottom - y)


def reach_of(covered: int, result: int) -> int:
    """How many pixels around `covered` ones take part in making `result` of them."""
    return _KERNEL_RADIUS * max(ceil_div(covered, result), 1) + 1


def _tiles(window: Box, level: Level, revision: Revision) -> Iterator[TileRead]:
    tile_width, tile_height = revision.tile_width, revision.tile_height
    columns = ceil_div(level.width, tile_width)
    covered = _covered_tiles(window, revision)
    for row in range(covered.y, covered.y + covered.height):
        for column in range(covered.x, covered.x + covered.width):
            x, y = column * tile_width, row * tile_height
            box = Box(x, y, min(tile_width, level.width - x), min(tile_height, level.height - y))
            yield TileRead(level.first_entry + row * columns + column, box)


def _covered_tiles(window: Box, revision: Revision) -> Box:
    """The columns and rows of the tiles that the window touches."""
    column, row = window.x // revision.tile_width, window.y // revision.tile_height
    right = ceil_div(window.x + window.width, revision.tile_width)
    bottom = ceil_div(window.y + window.height, revision.tile_height)
    return Box(column, row, right - column, bottom - row)


def _area(box: Box) -> int:
    return box.width * box.height
