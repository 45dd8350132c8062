"""Renderings: the samples of the channels that are seen, read, decoded, painted, and encoded as any other render.

Where an image has no samples, its channels are the bands of its JPEG tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import imagecodecs
import numpy as np

from iiif_server.adopted_plan import Scale
from iiif_server.composite import Composite
from iiif_server.errors import DamagedImageError, TooLargeRequestError
from iiif_server.geometry import Box
from iiif_server.painting import Painter, Pixels, Values, build_painters, paint
from iiif_server.pixels import assemble_window, encode_window
from iiif_server.plan import MAX_RENDER_TILES, Render
from iiif_server.published import PublishedImage
from iiif_server.samples_record import Samples, entry_number
from iiif_server.source import ImageSource
from iiif_server.tiles import TileLocation

# While a tile is painted its values exist as they are, restored, and as floating-point numbers of 64 bits.
_FLOAT_COPIES = 4
# The light that is added, what is left to white, and the lesser of both.
_LIGHT_COPIES = 3
# What zstd makes of bytes that cannot be compressed is hardly longer than they are.
_ZSTD_OVERHEAD_BYTES = 1024


async def locate_samples(source: ImageSource, image: PublishedImage, plan: Render) -> list[TileLocation]:
    """Where the render's tiles of samples lie, the channels that are seen one after the other for each tile.

    Nothing where it needs no samples. Raises TooLargeRequestError, DamagedImageError, and what the store raises.
    """
    samples, composite = image.revision.samples, image.composite
    if samples is None or composite is None:
        return []
    if len(plan.tiles) * len(composite.channels) > MAX_RENDER_TILES:
        raise TooLargeRequestError("This request needs more tiles of the image than the server can hold.")
    return [
        await _locate(source, image, samples, entry_number(samples, read.entry_number, channel.number))
        for read in plan.tiles
        for channel in composite.channels
    ]


async def _locate(source: ImageSource, image: PublishedImage, samples: Samples, number: int) -> TileLocation:
    entry = await source.load_samples_entry(image, number)
    end = entry.offset + entry.length
    most = _tile_bytes(image, samples) * 257 // 256 + _ZSTD_OVERHEAD_BYTES
    if not 0 < entry.length <= most or end > samples.size_bytes:
        raise DamagedImageError(f"{image.samples_key}: no tile has the bytes {entry.offset} to {end}")
    return TileLocation(image.samples_key, entry.offset, end, entry.crc32c, b"")


def weigh_composite(image: PublishedImage, plan: Render, locations: Sequence[TileLocation]) -> int:
    """How many bytes reading, decoding and painting take, beside the window that is painted into."""
    samples, composite = image.revision.samples, image.composite
    if composite is None:
        return 0
    if samples is None:
        return plan.window.width * plan.window.height * (composite.count + _LIGHT_COPIES)
    encoded = sum(location.size_bytes for location in locations)
    pixels = image.revision.tile_width * image.revision.tile_height
    return encoded + 3 * _tile_bytes(image, samples) + pixels * _FLOAT_COPIES * np.dtype(np.float64).itemsize


def render_samples(
    render: Render,
    scale: Scale,
    composite: Composite,
    tile_shape: tuple[int, int],
    tiles: Sequence[bytes],
    is_cancelled: Callable[[], bool],
) -> bytes:
    """The encoded image. `tiles` are as locate_samples orders them, each of (height, width) `tile_shape`.

    Raises DamagedImageError, RenderFailedError, RenderCancelledError.
    """
    window = np.zeros((render.window.height, render.window.width, composite.bands), np.uint8)
    painters, dtype = build_painters(composite), np.dtype(composite.type).newbyteorder("<")
    for number, data in enumerate(tiles):
        if is_cancelled():
            break  # as encode_window finds out, too
        read, painter = divmod(number, len(painters))
        box = render.tiles[read].box
        _add_tile(window, render.window, box, painters[painter], decode_samples(data, dtype, tile_shape))
    return encode_window(window, render, scale, is_cancelled, composite.profile)


def render_bands(
    render: Render,
    scale: Scale,
    composite: Composite,
    tiles: Sequence[bytes],
    is_cancelled: Callable[[], bool],
) -> bytes:
    """The same of the stored tiles of an image without samples."""
    window = assemble_window(render, composite.count, tiles, is_cancelled)
    return encode_window(paint(composite, window), render, scale, is_cancelled, composite.profile)


def render_level_bands(
    level: Pixels, render: Render, scale: Scale, composite: Composite, is_cancelled: Callable[[], bool]
) -> bytes:
    """The same of all pixels of a level."""
    place = render.window
    window = level[place.y : place.y + place.height, place.x : place.x + place.width]
    return encode_window(paint(composite, window), render, scale, is_cancelled, composite.profile)


def decode_samples(data: bytes, dtype: np.dtype[Any], shape: tuple[int, int]) -> Values:
    """The values of one tile (see iiif_server.samples_record). Raises DamagedImageError."""
    size_bytes = shape[0] * shape[1] * dtype.itemsize
    try:
        raw = imagecodecs.zstd_decode(data, out=size_bytes)
        predicted = np.frombuffer(raw, dtype, shape[0] * shape[1]).reshape(shape)
        restore = imagecodecs.floatpred_decode if dtype.kind == "f" else imagecodecs.delta_decode
        values: Values = restore(predicted, axis=-1)
    except (imagecodecs.ZstdError, ValueError) as exc:
        raise DamagedImageError(f"a tile of samples cannot be decoded: {exc}") from exc
    return values


def _add_tile(window: Pixels, place: Box, box: Box, painter: Painter, values: Values) -> None:
    """Paints the part of the tile's picture that the window shows."""
    left, top = max(box.x, place.x), max(box.y, place.y)
    right = min(box.x + box.width, place.x + place.width)
    bottom = min(box.y + box.height, place.y + place.height)
    painter.add(
        window[top - place.y : bottom - place.y, left - place.x : right - place.x],
        values[top - box.y : bottom - box.y, left - box.x : right - box.x],
    )


def _tile_bytes(image: PublishedImage, samples: Samples) -> int:
    return image.revision.tile_width * image.revision.tile_height * np.dtype(samples.type).itemsize
