"""Which directories of somebody else's TIFF are the levels of one pyramid, and how they lie upon each other. PURE.

Levels may be the pages that follow (vips, GDAL, SVS) or hang below the first as SubIFDs (OME-TIFF, vips). Thumbnails,
labels and masks between them are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from iiif_server.grid import ceil_div
from iiif_server.record import MAX_SIDE
from ingest.conversion.tiff_layout import (
    BITS_PER_SAMPLE,
    COMPRESSION,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    JPEG_TABLES,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    SAMPLES_PER_PIXEL,
    SUBFILE_TYPE,
    TILE_LENGTH,
    TILE_WIDTH,
    Directory,
)

JPEG = 7
DECODABLE = (1, 5, 8, 32946, 32773, 50001)
"""Compressions that are decoded when a picture is computed: none, LZW, Deflate (twice), PackBits, WebP."""

WHITE_IS_ZERO, GRAY, RGB, YCBCR = 0, 1, 2, 6
MAX_SMALLEST_PIXELS = 4096 * 4096
"""What the smallest level may have: whole views are computed from it."""

_MASK = 4
_TILE_SIDES = range(16, 4097)
_MAX_TABLES_BYTES = 40_000
_MAX_BYTES_PER_PIXEL, _MAX_HEADER_BYTES = 12, 128 * 1024


class NotAdoptableError(ValueError):
    """The file is no pyramid that can be served as it lies; the text is the end of a sentence that says why."""


class NoPyramidError(NotAdoptableError):
    """It is sound, for all that is known, but no pyramid with tiles that can be sent or decoded one by one."""


@dataclass(frozen=True, slots=True)
class ForeignLevel:
    """A level, `width` x `height` pixels; one of them covers `scale_x` x `scale_y` pixels of the first level."""

    directory: Directory
    width: int
    height: int
    tile_width: int
    tile_height: int
    scale_x: Fraction
    scale_y: Fraction

    @property
    def tile_count(self) -> int:
        """How many tiles it has."""
        return ceil_div(self.width, self.tile_width) * ceil_div(self.height, self.tile_height)

    @property
    def components(self) -> int:
        """Colours per pixel: 1 or 3."""
        return self.directory.number(SAMPLES_PER_PIXEL, 1)

    @property
    def is_jpeg(self) -> bool:
        """Its tiles are JPEGs, which a browser understands."""
        return self.directory.number(COMPRESSION) == JPEG


def find_levels(pages: Sequence[Directory], below_first: Sequence[Directory], size_bytes: int) -> list[ForeignLevel]:
    """The levels, from the largest to the smallest. Raises NoPyramidError, NotAdoptableError."""
    first = pages[0]
    if first.number(SUBFILE_TYPE) & _MASK:
        raise NotAdoptableError("its first picture is a mask")
    reason = _fault(first)
    if reason is not None:
        raise NoPyramidError(reason)
    levels = [_level(first, first)]
    for directory in below_first or pages[1:]:
        is_mask = directory.number(SUBFILE_TYPE) & _MASK
        level = _level(directory, first) if not is_mask and _fault(directory) is None else None
        if level is not None and level.components == levels[0].components and _continues(levels, level):
            levels.append(level)
    _check_smallest(levels)
    for level in levels:
        _check_tiles(level, size_bytes)
    return levels


def count_further_pages(pages: Sequence[Directory]) -> int:
    """How many other pictures of the first one's size the file holds."""
    size = _size(pages[0])
    return sum(_size(page) == size and not page.number(SUBFILE_TYPE) & _MASK for page in pages[1:])


def _fault(directory: Directory) -> str | None:
    """Why its tiles can be neither sent as they are nor decoded on demand."""
    samples, compression = directory.number(SAMPLES_PER_PIXEL, 1), directory.number(COMPRESSION, 1)
    if compression == JPEG:
        kinds = {1: (GRAY,), 3: (RGB, YCBCR)}.get(samples, ())
    else:
        kinds = {1: (WHITE_IS_ZERO, GRAY), 3: (RGB,)}.get(samples, ())
    if not directory.tiled:
        return "its pixels do not lie in tiles"
    if compression not in (JPEG, *DECODABLE):
        return f"its compression, number {compression}, is not among those that can be decoded on demand"
    if set(directory.numbers(BITS_PER_SAMPLE).tolist()) != {8} or directory.number(PHOTOMETRIC) not in kinds:
        return "its tiles are neither gray nor RGB with 8 bits"
    if samples > 1 and directory.number(PLANAR, 1) != 1:
        return "its colours lie apart from each other"
    if directory.number(ORIENTATION, 1) != 1:
        return "it is to be turned before it is shown"
    if len(directory.numbers(JPEG_TABLES)) > _MAX_TABLES_BYTES:
        return "its shared tables are too long"
    if not all(side in _TILE_SIDES for side in (directory.number(TILE_WIDTH), directory.number(TILE_LENGTH))):
        return "its tiles have an unusual size"
    return None if all(0 < side <= MAX_SIDE for side in _size(directory)) else "its size is impossible"


def _level(directory: Directory, first: Directory) -> ForeignLevel:
    (width, height), (full_width, full_height) = _size(directory), _size(first)
    return ForeignLevel(
        directory=directory,
        width=width,
        height=height,
        tile_width=directory.number(TILE_WIDTH),
        tile_height=directory.number(TILE_LENGTH),
        scale_x=find_scale(full_width, width),
        scale_y=find_scale(full_height, height),
    )


def find_scale(full: int, size: int) -> Fraction:
    """How many pixels of the `full` side one of the `size` pixels of the smaller one covers.

    A whole number where the smaller side is the full one divided by it and rounded down: that is how halving with
    a rest works (vips, scanners). Otherwise both sides are the same length (GDAL, which rounds up).
    """
    whole = max(round(Fraction(full, size)), 1)
    return Fraction(whole) if full // whole == size else Fraction(full, size)


def _continues(levels: Sequence[ForeignLevel], level: ForeignLevel) -> bool:
    """Whether it shows the same picture, smaller than the last one."""
    first, last = levels[0], levels[-1]
    sizes = (level.width, level.height), (last.width, last.height)
    if level.width > last.width or level.height > last.height or sizes[0] == sizes[1]:
        return False
    # Some number that both sides, give or take a pixel of rounding, are divided by.
    least = max(Fraction(first.width, level.width + 1), Fraction(first.height, level.height + 1))
    most = min(_quotient(first.width, level.width - 1), _quotient(first.height, level.height - 1))
    return least < most


def _quotient(dividend: int, divisor: int) -> Fraction:
    return Fraction(dividend, divisor) if divisor else Fraction(1 << 40)


def _check_smallest(levels: Sequence[ForeignLevel]) -> None:
    smallest = levels[-1]
    if len(levels) == 1 and smallest.tile_count > 1:
        raise NoPyramidError("it has no smaller levels")
    if smallest.width * smallest.height > MAX_SMALLEST_PIXELS:
        raise NoPyramidError(f"its smallest level still measures {smallest.width} x {smallest.height} pixels")


def _check_tiles(level: ForeignLevel, size_bytes: int) -> None:
    count, directory = level.tile_count, level.directory
    if len(directory.offsets) < count or len(directory.lengths) < count:
        raise NotAdoptableError("it does not say where all of its tiles lie")
    offsets, lengths = directory.offsets[:count], directory.lengths[:count]
    if int(lengths.min()) < 4 or int(offsets.min()) == 0:
        raise NotAdoptableError("some of its tiles were never written")
    if int(offsets.max()) > size_bytes or int((offsets + lengths).max()) > size_bytes:
        raise NotAdoptableError("it is cut off")
    if int(lengths.max()) > _MAX_BYTES_PER_PIXEL * level.tile_width * level.tile_height + _MAX_HEADER_BYTES:
        raise NotAdoptableError("some of its tiles are impossibly long")


def _size(directory: Directory) -> tuple[int, int]:
    return directory.number(IMAGE_WIDTH), directory.number(IMAGE_LENGTH)
