"""One page of a TIFF or BigTIFF of any layout: how it is opened, and what decoding it holds in memory."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyvips
from pyvips import GValue

from ingest.conversion.formats import TYPES
from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.problems import SourceProblemError, damaged_header, truncated
from ingest.conversion.readers.source import RawSamples, Source
from ingest.conversion.tiff_layout import (
    BITS_PER_SAMPLE,
    COMPRESSION,
    EXTRA_SAMPLES,
    ICC_PROFILE,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    PREDICTOR,
    ROWS_PER_STRIP,
    SAMPLE_FORMAT,
    SAMPLES_PER_PIXEL,
    TILE_LENGTH,
    TILE_WIDTH,
    Directory,
)

_MINISWHITE, _MINISBLACK, _RGB, _COLOURS, _EIGHT_BITS = 0, 1, 2, 3, 8
_FORMATS = {
    (1, 8): "uchar",
    (2, 8): "char",
    (1, 16): "ushort",
    (2, 16): "short",
    (1, 32): "uint",
    (2, 32): "int",
    (3, 32): "float",
    (3, 64): "double",
}
"""By SampleFormat and BitsPerSample."""
_MAPPED = "its samples are mapped as a whole"
_FAR = 64
"""Directories before one."""
_MOST_BITS, _COMPLEX = 32, (5, 6)
"""Of what libvips reads in TIFFs."""
_INVERTED = "Values were turned round, since the least one is white in the file."
_PLANAR_SEPARATE = 2
_SCANLINE_ROWS = 128
"""libvips reads strips of more rows than this row by row."""
_TILE_ROWS_HELD = 2
_NONE, _CCITT, _LZW, _JPEG, _DEFLATE, _PACKBITS, _WEBP = 1, (2, 3, 4, 32771), 5, (6, 7), (8, 32946), 32773, 50001
_COMPRESSIONS = frozenset((_NONE, *_CCITT, _LZW, *_JPEG, *_DEFLATE, _PACKBITS, _WEBP))
"""Those that the libtiff in pyvips-binary decodes."""
_UNSUPPORTED_TIFF = "is a TIFF of a kind of samples or compression that is not supported"


class UnsupportedPageError(SourceProblemError):
    """It is sound, but of a kind that is not read."""


_UNSUPPORTED = ("compression", "not configured", "samples out of range", "unsupported")


def read_page(path: Path, page: Directory, number: int) -> Source:
    """The picture of one directory of the TIFF at `path`; `number` counts from 0. Raises SourceProblemError."""
    if page.number(IMAGE_WIDTH) < 1 or page.number(IMAGE_LENGTH) < 1:
        raise damaged_header("TIFF")
    doubles = _holds_doubles(page)
    carried = page.number(BITS_PER_SAMPLE, 1) <= _MOST_BITS and page.number(SAMPLE_FORMAT, 1) not in _COMPLEX
    known = page.number(COMPRESSION, _NONE) in _COMPRESSIONS
    if not known or not (_is_contiguous(page) if doubles else carried):
        raise UnsupportedPageError(_UNSUPPORTED_TIFF)
    _check_inside(page, path.stat().st_size)
    # libtiff goes through all directories before the one that it opens: a stack of thousands would take minutes.
    raw = doubles or (number > _FAR and _is_plain(page))
    held, because = (_mapped_bytes(page), _MAPPED) if raw else _held_bytes(page)
    return Source(
        Kind.TIFF,
        path,
        page.number(IMAGE_WIDTH),
        page.number(IMAGE_LENGTH),
        partial(open_raw, path, page, int(page.offsets[0])) if raw else partial(_open, path, number),
        held_bytes=held,
        held_because=because,
        extra_is_alpha=any(page.numbers(EXTRA_SAMPLES) > 0),
        has_profile=ICC_PROFILE in page.fields,
        losses=(_INVERTED,) if _is_inverted(page) else (),
        raw=raw_samples(page, int(page.offsets[0])) if raw else None,
    )


def raw_samples(page: Directory, offset: int) -> RawSamples | None:
    """What lies uncompressed at `offset`, as the page describes it; None where it must be turned."""
    kind = TYPES.get(sample_type(page) or "")
    if kind is None or page.number(ORIENTATION, 1) != 1:
        return None
    dtype = np.dtype(kind).newbyteorder("<" if page.order == "<" else ">")
    return RawSamples((offset,), dtype.str, page.number(SAMPLES_PER_PIXEL, 1))


def _mapped_bytes(page: Directory) -> int:
    """Of what goes through libvips."""
    turned = page.number(ORIENTATION, 1) != 1
    return plane_bytes(page) if turned or page.number(BITS_PER_SAMPLE, 1) == _EIGHT_BITS else 0


def open_raw(path: Path, page: Directory, offset: int) -> pyvips.Image:
    """Samples that lie uncompressed at `offset` as the page describes them. Raises SourceProblemError."""
    bands = page.number(SAMPLES_PER_PIXEL, 1)
    form = sample_type(page)
    if form is None:
        raise UnsupportedPageError(_UNSUPPORTED_TIFF)
    size = page.number(IMAGE_WIDTH), page.number(IMAGE_LENGTH)
    if offset + plane_bytes(page) > path.stat().st_size:
        raise truncated()
    image = pyvips.Image.rawload(str(path), *size, bands, offset=offset, format=form)
    if page.order != ("<" if sys.byteorder == "little" else ">"):
        image = image.byteswap()
    colours = bands >= _COLOURS and page.number(PHOTOMETRIC) == _RGB
    image = image.copy(interpretation={"ushort": "rgb16"}.get(form, "srgb") if colours else "b-w")
    image.set_type(GValue.gint_type, "orientation", page.number(ORIENTATION, 1))
    return image


def plane_bytes(page: Directory) -> int:
    """What the samples of a page take in memory."""
    pixels = page.number(IMAGE_WIDTH) * page.number(IMAGE_LENGTH)
    return pixels * page.number(SAMPLES_PER_PIXEL, 1) * page.number(BITS_PER_SAMPLE, 1) // 8


def sample_type(page: Directory) -> str | None:
    """libvips' name for the format of the page's samples; None where it has none."""
    kind = page.number(SAMPLE_FORMAT, 1), page.number(BITS_PER_SAMPLE, 1)
    return _FORMATS.get(kind)


def _holds_doubles(page: Directory) -> bool:
    """libvips reads no TIFF of those, but their bytes."""
    return sample_type(page) == "double"


def _is_contiguous(page: Directory) -> bool:
    """The samples lie in the file as in memory."""
    if not 0 < len(page.offsets) == len(page.lengths):
        return False
    follows = (page.offsets[:-1] + page.lengths[:-1] == page.offsets[1:]).all()
    plain = page.number(COMPRESSION, _NONE) == _NONE and page.number(PREDICTOR, 1) == 1 and not page.tiled
    interleaved = page.number(PLANAR, 1) != _PLANAR_SEPARATE or page.number(SAMPLES_PER_PIXEL, 1) == 1
    return plain and interleaved and bool(follows)


def _is_plain(page: Directory) -> bool:
    """Its bytes can be read without libtiff, to the same values."""
    known = sample_type(page) is not None and page.number(PHOTOMETRIC) == _MINISBLACK
    return known and _is_contiguous(page) and ICC_PROFILE not in page.fields


def _is_inverted(page: Directory) -> bool:
    deep = page.number(SAMPLE_FORMAT, 1) == 1 and page.number(BITS_PER_SAMPLE, 1) > _EIGHT_BITS
    return deep and page.number(PHOTOMETRIC, _MINISBLACK) == _MINISWHITE


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
            raise UnsupportedPageError(_UNSUPPORTED_TIFF) from exc
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
