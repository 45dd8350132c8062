"""Boxes of whole pixels and the grids of tiles that viewers derive from info.json. PURE.

Image API 2.1 appendix A and the 3.0 implementation notes: a viewer divides the image by a scale factor, rounds
sizes up, and cuts the last tiles at the image's edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels, its origin at the top left; x and y inclusive, x+width and y+height exclusive."""

    x: int
    y: int
    width: int
    height: int


def ceil_div(dividend: int, divisor: int) -> int:
    """The quotient, rounded up."""
    return -(-dividend // divisor)


@dataclass(frozen=True, slots=True)
class TileGrid:
    """An image's size and that of its tiles: all grids of tiles, one for each scale 1, 2, 4 and so on."""

    width: int
    height: int
    tile_width: int
    tile_height: int

    def scales(self) -> Iterator[int]:
        """The scales of the pyramid: 1, 2, 4 ... until the image fits into one tile."""
        scale = 1
        yield scale
        while ceil_div(self.width, scale) > self.tile_width or ceil_div(self.height, scale) > self.tile_height:
            scale *= 2
            yield scale

    def scale_by_width(self, region: Box, width: int) -> int | None:
        """The scale of the grid at which `region` is `width` wide, rounded up; None where it lies on no such grid."""
        return self._scale(region, region.width, width)

    def scale_by_height(self, region: Box, height: int) -> int | None:
        """The same by the height."""
        return self._scale(region, region.height, height)

    def _scale(self, region: Box, full: int, scaled: int) -> int | None:
        if scaled > full:
            return None
        if scaled == 1:
            # One pixel is what every scale from `full` up leaves: only the tiles' own places tell them apart.
            found = (s for s in self.scales() if s >= full and (self._is_tile(region, s) or self._is_whole(region)))
            return next(found, None)
        scale = 1 << (ceil_div(full, scaled) - 1).bit_length()
        return scale if ceil_div(full, scale) == scaled and self._is_aligned(region, scale) else None

    def _is_aligned(self, region: Box, scale: int) -> bool:
        right, bottom = region.x + region.width, region.y + region.height
        return (
            region.x % scale == 0
            and region.y % scale == 0
            and (right % scale == 0 or right == self.width)
            and (bottom % scale == 0 or bottom == self.height)
        )

    def _is_tile(self, region: Box, scale: int) -> bool:
        step_x, step_y = scale * self.tile_width, scale * self.tile_height
        return (
            region.x % step_x == 0
            and region.y % step_y == 0
            and region.width == min(step_x, self.width - region.x)
            and region.height == min(step_y, self.height - region.y)
        )

    def _is_whole(self, region: Box) -> bool:
        return region.width == self.width and region.height == self.height
