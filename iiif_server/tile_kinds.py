"""From a tile's place to its number in the index, by arithmetic alone. PURE.

A viewer asks for thousands of tiles of an image, and between most of them only x and y differ: those inside a level
are of one kind, those of its right column of another. What was found out about one tile holds for all of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from iiif_server.adopted_plan import copyable_tiles
from iiif_server.geometry import Box
from iiif_server.grid import ceil_div
from iiif_server.plan import TileCopy
from iiif_server.record import AdoptedLevel, Revision


@dataclass(frozen=True, slots=True)
class TileKind:
    """Tiles of one level whose regions are equally large, in pixels of the full image as all numbers here.

    Their left edges lie from `first_x` to `last_x`, both included, `step_x` apart; their upper edges likewise.
    """

    first_entry: int
    columns: int
    step_x: int
    step_y: int
    first_x: int
    first_y: int
    last_x: int
    last_y: int

    def number_at(self, x: int, y: int) -> int | None:
        """The index entry of the tile whose region begins at (x, y); None where none of this kind does."""
        if (
            self.first_x <= x <= self.last_x
            and self.first_y <= y <= self.last_y
            and x % self.step_x == 0
            and y % self.step_y == 0
        ):
            return self.first_entry + y // self.step_y * self.columns + x // self.step_x
        return None


def build_tile_kind(plan: TileCopy, region: Box, revision: Revision) -> TileKind:
    """The kind that the tile with this region belongs to."""
    if revision.adopted is not None:
        return _build_adopted_kind(revision, revision.adopted.levels[plan.level])
    level = revision.levels[plan.level]
    step_x, step_y = level.scale * revision.tile_width, level.scale * revision.tile_height
    # A region that is smaller than a step is cut by the image's edge, and can lie only there.
    last_x, last_y = revision.width - region.width, revision.height - region.height
    return TileKind(
        first_entry=level.first_entry,
        columns=ceil_div(level.width, revision.tile_width),
        step_x=step_x,
        step_y=step_y,
        first_x=0 if region.width == step_x else last_x,
        first_y=0 if region.height == step_y else last_y,
        last_x=last_x,
        last_y=last_y,
    )


def _build_adopted_kind(revision: Revision, level: AdoptedLevel) -> TileKind:
    """All tiles of the level that may be sent as they are: none of them is cut."""
    tiles = copyable_tiles(revision, level)
    return TileKind(
        first_entry=level.first_entry,
        columns=ceil_div(level.width, level.tile_width),
        step_x=tiles.step_x,
        step_y=tiles.step_y,
        first_x=0,
        first_y=0,
        last_x=(tiles.columns - 1) * tiles.step_x,
        last_y=(tiles.rows - 1) * tiles.step_y,
    )
