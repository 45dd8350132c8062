"""How a resolved request is answered: by copying a stored tile, or by rendering from one level. PURE."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_server.geometry import Box, ResolvedImage


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
    `image.region` divided by the level's scale lies inside the window, in general between whole pixels.
    """

    level: int
    window: Box
    tiles: tuple[TileRead, ...]
    image: ResolvedImage


Plan = TileCopy | Render
