"""From a request and an image's size to whole pixels. PURE: int and Fraction only, no floats.

Image API 3.0 §4.1-4.3 and 2.1 §4.1-4.3. Everything is decided here, before a byte is read or allocated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from iiif_server.errors import InvalidRequestError, NotImplementedRequestError
from iiif_server.grid import Box as Box
from iiif_server.grid import TileGrid, ceil_div
from iiif_server.request import (
    ExactSize,
    FitSize,
    Format,
    FullRegion,
    FullSize,
    HeightSize,
    ImageRequest,
    MaxSize,
    PercentRegion,
    PercentSize,
    PixelRegion,
    Quality,
    Region,
    Size,
    SquareRegion,
    Version,
    WidthSize,
)

TILE_SIZE = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What a response may measure at the most (Image API 3.0 §5.2), and whether ^ is offered."""

    max_width: int | None = None
    max_height: int | None = None
    max_area: int | None = None
    upscaling: bool = True

    def allow(self, width: int, height: int) -> bool:
        """Whether an image of that size may be sent. Without a max_height, max_width stands for it (§5.2)."""
        max_height = self.max_height or self.max_width
        return (
            (self.max_width is None or width <= self.max_width)
            and (max_height is None or height <= max_height)
            and (self.max_area is None or width * height <= self.max_area)
        )


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """A request made concrete: everything in whole pixels, inside the image and inside the limits.

    `region` lies in the full image; `width` x `height` is the size before rotation.
    """

    region: Box
    width: int
    height: int
    angle_deg: Fraction
    mirrored: bool
    quality: Quality
    format: Format


def round_half_up(number: Fraction) -> int:
    """The nearest whole number; halves go up. The one rounding of region and size."""
    return math.floor(number + Fraction(1, 2))


def _nearest_quotient(dividend: int, divisor: int) -> int:
    """round_half_up of the fraction, which need not be made for it."""
    return (2 * dividend + divisor) // (2 * divisor)


def resolve_request(
    request: ImageRequest,
    width: int,
    height: int,
    limits: Limits,
    tile_width: int = TILE_SIZE,
    tile_height: int = TILE_SIZE,
) -> ResolvedImage:
    """The request for an image of `width` x `height` pixels; its angle is at least 0 and less than 360.

    Raises InvalidRequestError("region" | "size"), and NotImplementedRequestError("size") for an enlargement where
    the server offers none.
    """
    region = resolve_region(request.region, width, height)
    grid = TileGrid(width, height, tile_width, tile_height)
    scaled_width, scaled_height = resolve_size(request.size, region, request.version, limits, grid)
    return ResolvedImage(
        region=region,
        width=scaled_width,
        height=scaled_height,
        angle_deg=request.rotation.angle_deg % 360,
        mirrored=request.rotation.mirrored,
        quality=request.quality,
        format=request.format,
    )


def resolve_region(region: Region, width: int, height: int) -> Box:
    """The part of the image that is meant, clipped at its edges; `square` lies in the middle.

    Raises InvalidRequestError("region") where it is empty or outside (Image API 3.0 §4.1).
    """
    match region:
        case FullRegion():
            return Box(0, 0, width, height)
        case SquareRegion():
            side = min(width, height)
            return Box((width - side) // 2, (height - side) // 2, side, side)
        case PixelRegion(x, y, region_width, region_height):
            box = Box(x, y, region_width, region_height)
        case PercentRegion():
            box = Box(
                round_half_up(region.x * width / 100),
                round_half_up(region.y * height / 100),
                round_half_up(region.width * width / 100),
                round_half_up(region.height * height / 100),
            )
        case _:
            assert_never(region)
    return _clip(box, width, height)


def _clip(box: Box, width: int, height: int) -> Box:
    if box.x >= width or box.y >= height:
        raise InvalidRequestError("region", "The region lies outside the image.")
    if box.width == 0 or box.height == 0:
        raise InvalidRequestError("region", "The region is less than one pixel wide or high.")
    return Box(box.x, box.y, min(box.width, width - box.x), min(box.height, height - box.y))


def resolve_size(size: Size, region: Box, version: Version, limits: Limits, grid: TileGrid) -> tuple[int, int]:
    """Width and height to which the region is scaled, before rotation (§4.2).

    `max` and `!w,h` are held inside the limits, every other size beyond them is refused. `!w,h` never enlarges, in
    2.1 neither: both versions want the best fit, and 2.1 leaves the exact scaling to the server.
    Raises InvalidRequestError("size"), NotImplementedRequestError("size").
    """
    match size:
        case MaxSize(upscale):
            return _resolve_max(region, limits, upscale)
        case FitSize(width, height, upscale):
            scaled = _fit(region, _boxed(limits, width, height), upscale)
        case FullSize():
            scaled, upscale = (region.width, region.height), False
        case WidthSize(width, upscale):
            scaled = width, _height_for(region, width, grid)
        case HeightSize(height, upscale):
            scaled = _width_for(region, height, grid), height
        case PercentSize(percent, upscale):
            scaled = round_half_up(region.width * percent / 100), round_half_up(region.height * percent / 100)
        case ExactSize(width, height, upscale):
            scaled = width, height
        case _:
            assert_never(size)
    _check_enlargement(scaled, region, limits, allowed=upscale or version is Version.V2)
    _check_bounds(scaled, limits)
    return scaled


def max_size(region: Box, limits: Limits, *, upscale: bool = False) -> tuple[int, int]:
    """What `max` (or `^max`) returns of the region: never refused, so no side is less than one pixel."""
    width, height = (max(side, 1) for side in _fit(region, limits, upscale))
    return (width, height) if limits.max_area is None else _cut_to_area(width, height, limits.max_area)


def _resolve_max(region: Box, limits: Limits, upscale: bool) -> tuple[int, int]:
    scaled = max_size(region, limits, upscale=upscale)
    _check_enlargement(scaled, region, limits, allowed=upscale)
    return scaled


def _check_enlargement(scaled: tuple[int, int], region: Box, limits: Limits, *, allowed: bool) -> None:
    if scaled[0] <= region.width and scaled[1] <= region.height:
        return
    if not allowed:
        raise InvalidRequestError("size", "The size is larger than the region; a ^ in front asks for enlarging.")
    if not limits.upscaling:
        raise NotImplementedRequestError("size", "This server does not enlarge images.")


def _check_bounds(scaled: tuple[int, int], limits: Limits) -> None:
    if 0 in scaled:
        raise InvalidRequestError("size", "The resulting image would be less than one pixel wide or high.")
    if not limits.allow(*scaled):
        raise InvalidRequestError("size", "The size is beyond maxWidth, maxHeight or maxArea of info.json.")


def _height_for(region: Box, width: int, grid: TileGrid) -> int:
    """The height that goes with a width. On a grid of tiles it is rounded up as viewers do, so that tiles meet."""
    scale = grid.scale_by_width(region, width)
    if scale is not None:
        return ceil_div(region.height, scale)
    return _nearest_quotient(region.height * width, region.width)


def _width_for(region: Box, height: int, grid: TileGrid) -> int:
    scale = grid.scale_by_height(region, height)
    if scale is not None:
        return ceil_div(region.width, scale)
    return _nearest_quotient(region.width * height, region.height)


def _boxed(limits: Limits, width: int, height: int) -> Limits:
    """The limits, narrowed to a box."""
    if limits.max_width is not None:
        height = min(height, limits.max_height or limits.max_width)
        width = min(width, limits.max_width)
    return Limits(width, height, limits.max_area, limits.upscaling)


def _fit(region: Box, limits: Limits, upscale: bool) -> tuple[int, int]:
    """The largest size of the region's aspect ratio within the limits; a side may round to 0."""
    linear = _linear_scale(region, limits, upscale)
    if linear is None:
        return _fit_area(region, limits.max_area or 1)
    if linear == 1:
        width, height = region.width, region.height
    else:
        width, height = round_half_up(region.width * linear), round_half_up(region.height * linear)
    if limits.max_area is None or width * height <= limits.max_area:
        return width, height
    area_width, area_height = _fit_area(region, limits.max_area)
    return min(width, area_width), min(height, area_height)


def _linear_scale(region: Box, limits: Limits, upscale: bool) -> Fraction | None:
    """The largest scale but for the area; None where the area alone bounds an enlargement."""
    scales = [] if upscale else [Fraction(1)]
    if limits.max_width is not None:
        scales.append(Fraction(limits.max_width, region.width))
        scales.append(Fraction(limits.max_height or limits.max_width, region.height))
    if not scales and limits.max_area is None:
        return Fraction(1)
    return min(scales, default=None)


def _fit_area(region: Box, area: int) -> tuple[int, int]:
    """The largest size of that area: both sides rounded down, so that their product cannot pass it."""
    width = max(math.isqrt(area * region.width // region.height), 1)
    height = max(math.isqrt(area * region.height // region.width), 1)
    return _cut_to_area(width, height, area)


def _cut_to_area(width: int, height: int, area: int) -> tuple[int, int]:
    """Shortens the long side of what is too large, because its short side could not be less than one pixel."""
    return min(width, max(area // height, 1)), min(height, max(area // width, 1))
