"""What indexing finds out about a file that stays where it is: all that a revision says of it. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from iiif_server.grid import TileGrid, ceil_div
from iiif_server.record import Adopted, Level, Revision

COMPUTED_TILE_SIDE = 512
"""Of the tiles that viewers are offered of a picture that has none."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is known of the file: everything that a revision says of it. The index lies where it was asked for."""

    width: int
    height: int
    components: int
    adopted: Adopted
    size_bytes: int
    losses: tuple[str, ...]
    index_head: bytes

    def revision(self, *, name: str, created: datetime) -> Revision:
        """This as a revision of an image. Its viewers are offered scales of powers of two, as they expect."""
        first = self.adopted.levels[0]
        if self.adopted.is_whole:
            tile_width = tile_height = COMPUTED_TILE_SIDE
        else:
            tile_width, tile_height = first.tile_width, first.tile_height
        return Revision(
            name=name,
            width=self.width,
            height=self.height,
            tile_width=tile_width,
            tile_height=tile_height,
            channels="gray" if self.components == 1 else "rgb",
            levels=offered_levels(self.width, self.height, tile_width, tile_height),
            jpeg_prefix=first.jpeg_prefix,
            created=created,
            master_sha256="",
            pyramid_sha256="",
            pyramid_size_bytes=self.size_bytes,
            losses=self.losses,
            adopted=self.adopted,
            index_head=self.index_head,
        )


def offered_levels(width: int, height: int, tile_width: int, tile_height: int) -> tuple[Level, ...]:
    """Levels at 1, 2, 4 and so on, until the image fits into one tile."""
    levels: list[Level] = []
    entry = 0
    for scale in reversed(list(TileGrid(width, height, tile_width, tile_height).scales())):
        level = Level(scale, ceil_div(width, scale), ceil_div(height, scale), entry)
        levels.insert(0, level)
        entry += ceil_div(level.width, tile_width) * ceil_div(level.height, tile_height)
    return tuple(levels)
