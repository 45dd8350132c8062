"""The levels of a pyramid and how far their pixels are padded. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

TILE = 512
_BLOCK = 16
"""Largest JPEG block with subsampled chroma: no block may mix the picture with the black of a tile's rest."""
_LEAST_SIDE = 144
"""libvips refuses to open a TIFF whose tiles have more than about twice the length of its longer side."""
_MAX_PADDED_AREA = Fraction(13, 10)
_ALWAYS_CHEAP_AREA = 512 * 512


@dataclass(frozen=True, slots=True)
class LevelSize:
    """A level's scale denominator and the size of its picture: ceil(image / scale)."""

    scale: int
    width: int
    height: int

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return -(-self.width // TILE)

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.height // TILE)

    @property
    def fits_in_a_tile(self) -> bool:
        """This is the last level."""
        return max(self.width, self.height) <= TILE


def build_levels(width: int, height: int) -> tuple[LevelSize, ...]:
    """From the full size down to the first level that fits in one tile."""
    levels = [LevelSize(1, width, height)]
    while not levels[-1].fits_in_a_tile:
        scale = levels[-1].scale * 2
        levels.append(LevelSize(scale, -(-width // scale), -(-height // scale)))
    return tuple(levels)


def padded_size(levels: tuple[LevelSize, ...]) -> tuple[int, int]:
    """The full size rounded up so that halving it never rounds, and every level is whole blocks."""
    multiple = _BLOCK * levels[-1].scale
    width, height = (-(-side // multiple) * multiple for side in (levels[0].width, levels[0].height))
    return (width, height) if max(width, height) >= _LEAST_SIDE else (_LEAST_SIDE, height)


def pads_cheaply(levels: tuple[LevelSize, ...]) -> bool:
    """Padding enlarges the area by at most 30 %, or the result is small anyway; thin images gain more."""
    width, height = padded_size(levels)
    area = width * height
    return area <= _ALWAYS_CHEAP_AREA or area <= _MAX_PADDED_AREA * levels[0].width * levels[0].height
