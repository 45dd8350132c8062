"""The canonical URI of a resolved request. PURE.

Image API 3.0 §4.8 and 2.1 §4.7. A canonical path, resolved again, gives the same image.
"""

from __future__ import annotations

from typing import Literal

from iiif_server.errors import InvalidRequestError
from iiif_server.geometry import TILE_SIZE, Limits, ResolvedImage, max_size, resolve_size
from iiif_server.grid import Box, TileGrid
from iiif_server.parameters import format_rotation
from iiif_server.request import Quality, Rotation, Version, WidthSize

UNLIMITED = Limits()


def canonical_path(
    resolved: ResolvedImage,
    version: Version,
    width: int,
    height: int,
    limits: Limits = UNLIMITED,
    *,
    channels: Literal["gray", "rgb"] = "rgb",
    tile_width: int = TILE_SIZE,
    tile_height: int = TILE_SIZE,
) -> str:
    """`{region}/{size}/{rotation}/{quality}.{format}` for an image of `width` x `height` pixels."""
    grid = TileGrid(width, height, tile_width, tile_height)
    region = _region(resolved.region, width, height)
    size = _size_2(resolved, limits, grid) if version is Version.V2 else _size_3(resolved, limits)
    rotation = format_rotation(Rotation(resolved.angle_deg, resolved.mirrored))
    return f"{region}/{size}/{rotation}/{_quality(resolved.quality, channels)}.{resolved.format}"


def _region(box: Box, width: int, height: int) -> str:
    if box == Box(0, 0, width, height):
        return "full"
    return f"{box.x},{box.y},{box.width},{box.height}"


def _size_3(resolved: ResolvedImage, limits: Limits) -> str:
    region, size = resolved.region, (resolved.width, resolved.height)
    if size == max_size(region, limits):
        return "max"
    if resolved.width <= region.width and resolved.height <= region.height:
        return f"{resolved.width},{resolved.height}"
    if size == max_size(region, limits, upscale=True):
        return "^max"
    return f"^{resolved.width},{resolved.height}"


def _size_2(resolved: ResolvedImage, limits: Limits, grid: TileGrid) -> str:
    if (resolved.width, resolved.height) == (resolved.region.width, resolved.region.height):
        return "full"
    try:
        by_width = resolve_size(WidthSize(resolved.width), resolved.region, Version.V2, limits, grid)
    except InvalidRequestError:
        # A height that rounds to 0, say: only both numbers together name this size.
        by_width = None
    if by_width == (resolved.width, resolved.height):
        return f"{resolved.width},"
    return f"{resolved.width},{resolved.height}"


def _quality(quality: Quality, channels: Literal["gray", "rgb"]) -> Quality:
    """`default` for every name of the image's own quality; `color` gives no more than a gray image has."""
    own = {Quality.COLOR, Quality.GRAY} if channels == "gray" else {Quality.COLOR}
    return Quality.DEFAULT if quality in own else quality
