"""TIFF and BigTIFF of any layout: which page is the picture, and what decoding it holds in memory."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyvips

from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.problems import SourceProblemError, damaged_header, truncated, unsupported_kind
from ingest.conversion.readers.source import Source
from ingest.conversion.tiff_layout import (
    BITS_PER_SAMPLE,
    COMPRESSION,
    DNG_VERSION,
    EXTRA_SAMPLES,
    ICC_PROFILE,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    PLANAR,
    ROWS_PER_STRIP,
    SAMPLES_PER_PIXEL,
    SUBFILE_TYPE,
    TILE_LENGTH,
    TILE_WIDTH,
    Directory,
    MalformedTiffError,
    read_directories,
)

_NOT_A_PAGE = 0x1 | 0x4
"""NewSubfileType: a reduced copy of another image, or a transparency mask (TIFF 6.0 §8)."""
_PLANAR_SEPARATE = 2
_SCANLINE_ROWS = 128
"""libvips reads strips of more rows than this row by row."""
_TILE_ROWS_HELD = 2
_NONE, _CCITT, _LZW, _JPEG, _DEFLATE, _PACKBITS, _WEBP = 1, (2, 3, 4, 32771), 5, (6, 7), (8, 32946), 32773, 50001
_COMPRESSIONS = frozenset((_NONE, *_CCITT, _LZW, *_JPEG, *_DEFLATE, _PACKBITS, _WEBP))
"""Those that the libtiff in pyvips-binary decodes."""
_UNSUPPORTED_TIFF = "is a TIFF of a kind of samples or compression that is not supported"
_UNSUPPORTED = ("compression", "not configured", "samples out of range", "unsupported")


def read_tiff(path: Path) -> Source:
    """The picture of the TIFF at `path`: its first page that is no reduced copy. Raises SourceProblemError."""
    directories = _read(path)
    if any(DNG_VERSION in directory.fields for directory in directories):
        raise unsupported_kind("a camera's raw file (DNG)")
    pages = [n for n, directory in enumerate(directories) if not directory.number(SUBFILE_TYPE) & _NOT_A_PAGE] or [0]
    page = directories[pages[0]]
    if page.number(COMPRESSION, _NONE) not in _COMPRESSIONS:
        raise SourceProblemError(_UNSUPPORTED_TIFF)
    if page.number(IMAGE_WIDTH) < 1 or page.number(IMAGE_LENGTH) < 1:
        raise damaged_header("TIFF")
    _check_inside(page, path.stat().st_size)
    held, because = _held_bytes(page)
    return Source(
        Kind.TIFF,
        path,
        page.number(IMAGE_WIDTH),
        page.number(IMAGE_LENGTH),
        partial(_open, path, pages[0]),
        held_bytes=held,
        held_because=because,
        extra_is_alpha=any(page.numbers(EXTRA_SAMPLES) > 0),
        has_profile=ICC_PROFILE in page.fields,
        losses=(f"Only the first of {len(pages)} pages was converted.",) if len(pages) > 1 else (),
    )


def _read(path: Path) -> list[Directory]:
    with path.open("rb") as file:
        try:
            return read_directories(file)
        except MalformedTiffError as exc:
            raise (truncated() if exc.cut_off else damaged_header("TIFF")) from exc


def _open(path: Path, page: int) -> pyvips.Image:
    options = {"page": page, "access": "sequential", "unlimited": True}
    try:
        return pyvips.Image.tiffload(str(path), fail_on="warning", **options)
    except pyvips.Error:
        pass  # many sound files have odd tags, which libtiff warns of while it opens them
    try:
        return pyvips.Image.tiffload(str(path), fail_on="error", **options)
    except pyvips.Error as exc:
        if any(phrase in str(exc).lower() for phrase in _UNSUPPORTED):
            raise SourceProblemError(_UNSUPPORTED_TIFF) from exc
        raise damaged_header("TIFF") from exc


def _check_inside(page: Directory, size: int) -> None:
    """Raises SourceProblemError unless every strip or tile lies in the file (an empty one lies nowhere)."""
    if not len(page.offsets) or (len(page.lengths) and len(page.lengths) != len(page.offsets)):
        raise damaged_header("TIFF")
    if not len(page.lengths):  # very old writers leave the lengths of strips away
        return
    # Compared without a sum: a hostile offset plus its length may pass 64 bits.
    outside = (page.lengths > 0) & ((page.offsets > size) | (page.lengths > size - np.minimum(page.offsets, size)))
    if outside.any():
        raise truncated()


def _held_bytes(page: Directory) -> tuple[int, str]:
    """What libvips and libtiff hold beside the usual strips, and why."""
    width, height = page.number(IMAGE_WIDTH), page.number(IMAGE_LENGTH)
    samples = page.number(SAMPLES_PER_PIXEL, 1)
    pixel_bytes = samples * page.number(BITS_PER_SAMPLE, 1) / 8
    stored = int(page.lengths.max()) if len(page.lengths) else 0
    if page.tiled:
        columns = -(-width // max(1, page.number(TILE_WIDTH)))
        row_bytes = columns * page.number(TILE_WIDTH) * page.number(TILE_LENGTH) * pixel_bytes
        return int(_TILE_ROWS_HELD * row_bytes) + stored, "its tiles are large"
    rows = min(page.number(ROWS_PER_STRIP, height) or height, height)
    if page.number(PLANAR, 1) == _PLANAR_SEPARATE:
        plane = width * rows * pixel_bytes / max(1, samples)
        return int((samples + 1) * plane) + stored, "its colour planes are stored apart in large strips"
    compressed = page.number(COMPRESSION, _NONE) != _NONE
    decoded = int(width * min(rows, _SCANLINE_ROWS) * pixel_bytes)
    return decoded + (stored if compressed else 0), "its strips are large"
