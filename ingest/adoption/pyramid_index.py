"""Making the index of a pyramid of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from iiif_server.index import TileEntry, build_index, take_head
from iiif_server.profile_names import names_srgb
from iiif_server.record import Adopted, AdoptedLevel
from ingest.adoption.foreign_file import ForeignFile
from ingest.adoption.foreign_layout import ForeignLevel, count_further_pages
from ingest.adoption.indexed import Indexed
from ingest.adoption.jpeg_header import JpegHeader, parse_jpeg_header
from ingest.adoption.tile_prefix import SOI, applied_profile, build_prefix, embedded_profile
from ingest.adoption.tile_sums import ForeignTile, check_header, read_checksums
from ingest.conversion.tiff_layout import Directory

_HEADER_BYTES = 4096


def index_pyramid(
    file: ForeignFile, *, checksums: bool, on_progress: Callable[[float], None]
) -> tuple[Indexed, bytes]:
    """What is known of the pyramid, and its index. Without `checksums` only the first tile of each level is read.

    Raises MalformedTiffError, MalformedJpegError, NotAdoptableError, and what reading raises.
    """
    pages, levels = file.read_levels()
    headers = [_read_first_header(file, level) if level.is_jpeg else None for level in levels]
    profile = applied_profile(levels[0])
    prefixes = [build_prefix(level, header, profile) for level, header in zip(levels, headers, strict=True)]
    tiles = [tile for number in reversed(range(len(levels))) for tile in _tiles(levels[number], number)]
    sums = read_checksums(file, tiles, levels, headers, on_progress) if checksums else [None] * len(tiles)
    index = build_index(
        TileEntry(tile.offset + tile.skipped, tile.length - tile.skipped, crc32c, complete=False)
        for tile, crc32c in zip(tiles, sums, strict=True)
    )
    first = levels[0]
    adopted = Adopted(file.location, file.etag, tuple(_adopted_levels(levels, prefixes)), profile)
    losses = tuple(_losses(pages, levels))
    shape = first.width, first.height, first.components
    return Indexed(*shape, adopted, file.size_bytes, losses, take_head(index)), index


def _read_first_header(file: ForeignFile, level: ForeignLevel) -> JpegHeader:
    offset, length = int(level.directory.offsets[0]), int(level.directory.lengths[0])
    header = parse_jpeg_header(file.read(offset, offset + min(length, _HEADER_BYTES)))
    check_header(header, level)
    return header


def _tiles(level: ForeignLevel, number: int) -> Iterator[ForeignTile]:
    count, directory = level.tile_count, level.directory
    for offset, length in zip(directory.offsets[:count].tolist(), directory.lengths[:count].tolist(), strict=True):
        yield ForeignTile(offset, length, number, len(SOI) if level.is_jpeg else 0)


def _adopted_levels(levels: Sequence[ForeignLevel], prefixes: Sequence[bytes]) -> list[AdoptedLevel]:
    found: list[AdoptedLevel] = []
    entry = 0
    for level, prefix in zip(reversed(levels), reversed(prefixes), strict=True):
        scale_x, scale_y = level.scale_x.as_integer_ratio(), level.scale_y.as_integer_ratio()
        sizes = level.width, level.height, scale_x, scale_y, level.tile_width, level.tile_height
        found.insert(0, AdoptedLevel(*sizes, entry, prefix, "jpeg" if level.is_jpeg else "tiff"))
        entry += level.tile_count
    return found


def _losses(pages: Sequence[Directory], levels: Sequence[ForeignLevel]) -> Iterator[str]:
    further = count_further_pages(pages)
    if further:
        yield f"Only the first of {further + 1} pages is shown."
    profile = embedded_profile(levels[0])
    if profile and not names_srgb(profile) and not applied_profile(levels[0]):
        yield "The embedded colour profile is not applied; the colours are shown as if they were sRGB."
