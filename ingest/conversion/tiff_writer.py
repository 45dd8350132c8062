"""Writes a tiled BigTIFF out of tiles that are compressed already (TIFF 6.0 §15, TIFF Technical Note 2, BigTIFF)."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

_HEADER = struct.Struct("<2sHHHQ")
_ENTRY = struct.Struct("<HHQ8s")
_COUNT = struct.Struct("<Q")
_FIRST_DIRECTORY_AT = 8
_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _LONG8 = 2, 3, 4, 5, 7, 16
_FORMATS = {_ASCII: "B", _SHORT: "H", _LONG: "I", _RATIONAL: "I", _UNDEFINED: "B", _LONG8: "Q"}
_JPEG, _ZSTD, _MINISBLACK, _RGB, _YCBCR, _CENTIMETRE, _CONTIGUOUS, _SEPARATE = 7, 50000, 1, 2, 6, 3, 1, 2
_SAMPLE_FORMATS = {"u": 1, "i": 2, "f": 3}
_COLOURS = 3

Tags = dict[int, tuple[int, Sequence[int]]]
"""The type and the values of each tag."""


@dataclass(frozen=True, slots=True)
class Page:
    """One directory. `resolution`: pixels per centimetre, across and down. `reduced`: a smaller copy of the first."""

    width: int
    height: int
    tile: int
    resolution: tuple[float, float]
    reduced: bool


@dataclass(frozen=True, slots=True)
class JpegTiles:
    """Complete JPEGs. `subsampling`: luma samples per chroma sample, across and down; None for one grey band."""

    subsampling: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class SampleTiles:
    """One zstd tile for each channel, one channel's after the other's. `kind`: numpy's (`u`, `i`, `f`).

    With `colours` the first three channels are red, green and blue.
    """

    bands: int
    kind: str
    bits: int
    predictor: int
    colours: bool
    description: str
    icc_profile: bytes


class BigTiffWriter:
    """Appends pages to a file opened for reading and writing; whatever was in it is overwritten."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._link_at = _FIRST_DIRECTORY_AT
        file.seek(0)
        file.write(_HEADER.pack(b"II", 43, 8, 0, 0))

    def write_page(
        self, page: Page, content: JpegTiles | SampleTiles, tiles: Iterable[bytes]
    ) -> tuple[array[int], array[int]]:
        """Writes the tiles, row by row, and their directory. Offsets and lengths, in the order of the tiles."""
        offsets, lengths = array("Q"), array("Q")
        position = self._file.tell()
        for tile in tiles:
            offsets.append(position)
            lengths.append(len(tile))
            self._file.write(tile)
            position += len(tile)
        bands = content.bands if isinstance(content, SampleTiles) else 1
        own = _sample_tags(content) if isinstance(content, SampleTiles) else _jpeg_tags(content)
        places: Tags = {324: (_LONG8, _by_plane(offsets, bands)), 325: (_LONG8, _by_plane(lengths, bands))}
        self._write_directory({**_page_tags(page), **own, **places})
        return offsets, lengths

    def _write_directory(self, tags: Mapping[int, tuple[int, Sequence[int]]]) -> None:
        entries = b"".join(self._entry(tag, *tags[tag]) for tag in sorted(tags))
        self._align()
        directory_at = self._file.tell()
        self._file.write(_COUNT.pack(len(tags)) + entries + _COUNT.pack(0))
        end = self._file.tell()
        self._file.seek(self._link_at)
        self._file.write(_COUNT.pack(directory_at))
        self._file.seek(end)
        self._link_at = end - _COUNT.size

    def _entry(self, tag: int, kind: int, values: Sequence[int]) -> bytes:
        data = struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)
        count = len(values) // 2 if kind == _RATIONAL else len(values)
        if len(data) > 8:
            self._align()
            position = self._file.tell()
            self._file.write(data)
            data = _COUNT.pack(position)
        return _ENTRY.pack(tag, kind, count, data.ljust(8, b"\0"))

    def _align(self) -> None:
        self._file.write(b"\0" * (-self._file.tell() % 8))


def _by_plane(numbers: array[int], bands: int) -> array[int]:
    """As PlanarConfiguration 2 wants them: all tiles of the first channel, then those of the next."""
    if bands == 1:
        return numbers
    ordered = array("Q")
    for band in range(bands):
        ordered += numbers[band::bands]
    return ordered


def _page_tags(page: Page) -> Tags:
    return {
        254: (_LONG, [int(page.reduced)]),
        256: (_LONG, [page.width]),
        257: (_LONG, [page.height]),
        282: (_RATIONAL, _rational(page.resolution[0])),
        283: (_RATIONAL, _rational(page.resolution[1])),
        296: (_SHORT, [_CENTIMETRE]),
        322: (_LONG, [page.tile]),
        323: (_LONG, [page.tile]),
    }


def _jpeg_tags(content: JpegTiles) -> Tags:
    bands = 1 if content.subsampling is None else 3
    tags: Tags = {
        258: (_SHORT, [8] * bands),
        259: (_SHORT, [_JPEG]),
        262: (_SHORT, [_MINISBLACK if bands == 1 else _YCBCR]),
        277: (_SHORT, [bands]),
        284: (_SHORT, [_CONTIGUOUS]),
    }
    if content.subsampling is not None:
        tags[530] = (_SHORT, list(content.subsampling))
    return tags


def _sample_tags(content: SampleTiles) -> Tags:
    bands = content.bands
    tags: Tags = {
        258: (_SHORT, [content.bits] * bands),
        259: (_SHORT, [_ZSTD]),
        262: (_SHORT, [_RGB if content.colours else _MINISBLACK]),
        270: (_ASCII, content.description.encode("ascii", "replace") + b"\0"),
        277: (_SHORT, [bands]),
        284: (_SHORT, [_SEPARATE if bands > 1 else _CONTIGUOUS]),
        317: (_SHORT, [content.predictor]),
        339: (_SHORT, [_SAMPLE_FORMATS[content.kind]] * bands),
    }
    extra = bands - (_COLOURS if content.colours else 1)
    if extra:
        tags[338] = (_SHORT, [0] * extra)
    if content.icc_profile:
        tags[34675] = (_UNDEFINED, content.icc_profile)
    return tags


def _rational(value: float) -> list[int]:
    """A numerator and a denominator in 32 bits."""
    denominator = 1000 if value < 4_000_000 else 1
    return [min(round(value * denominator), 2**32 - 1), denominator]
