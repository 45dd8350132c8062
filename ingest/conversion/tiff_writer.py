"""Writes a tiled BigTIFF out of tiles that are JPEGs already (TIFF 6.0 §15, TIFF Technical Note 2, BigTIFF)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

_HEADER = struct.Struct("<2sHHHQ")
_ENTRY = struct.Struct("<HHQ8s")
_COUNT = struct.Struct("<Q")
_FIRST_DIRECTORY_AT = 8
_SHORT, _LONG, _RATIONAL, _LONG8 = 3, 4, 5, 16
_FORMATS = {_SHORT: "H", _LONG: "I", _RATIONAL: "I", _LONG8: "Q"}
_JPEG, _MINISBLACK, _YCBCR, _CENTIMETRE = 7, 1, 6, 3


@dataclass(frozen=True, slots=True)
class Page:
    """One directory. `subsampling`: luma samples per chroma sample, across and down; None for one grey band.
    `resolution`: pixels per centimetre, across and down. `reduced`: a smaller copy of the first page."""

    width: int
    height: int
    tile: int
    subsampling: tuple[int, int] | None
    resolution: tuple[float, float]
    reduced: bool


class BigTiffWriter:
    """Appends pages to a file opened for reading and writing; whatever was in it is overwritten."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._link_at = _FIRST_DIRECTORY_AT
        file.seek(0)
        file.write(_HEADER.pack(b"II", 43, 8, 0, 0))

    def write_page(self, page: Page, tiles: Iterable[bytes]) -> None:
        """Writes the tiles, complete JPEGs row by row, and their directory."""
        offsets, lengths = [], []
        for tile in tiles:
            offsets.append(self._file.tell())
            lengths.append(len(tile))
            self._file.write(tile)
        self._write_directory({**_tags(page), 324: (_LONG8, offsets), 325: (_LONG8, lengths)})

    def _write_directory(self, tags: dict[int, tuple[int, list[int]]]) -> None:
        entries = b"".join(self._entry(tag, *tags[tag]) for tag in sorted(tags))
        self._align()
        directory_at = self._file.tell()
        self._file.write(_COUNT.pack(len(tags)) + entries + _COUNT.pack(0))
        end = self._file.tell()
        self._file.seek(self._link_at)
        self._file.write(_COUNT.pack(directory_at))
        self._file.seek(end)
        self._link_at = end - _COUNT.size

    def _entry(self, tag: int, kind: int, values: list[int]) -> bytes:
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


def _tags(page: Page) -> dict[int, tuple[int, list[int]]]:
    bands = 1 if page.subsampling is None else 3
    tags = {
        254: (_LONG, [int(page.reduced)]),
        256: (_LONG, [page.width]),
        257: (_LONG, [page.height]),
        258: (_SHORT, [8] * bands),
        259: (_SHORT, [_JPEG]),
        262: (_SHORT, [_MINISBLACK if bands == 1 else _YCBCR]),
        277: (_SHORT, [bands]),
        282: (_RATIONAL, _rational(page.resolution[0])),
        283: (_RATIONAL, _rational(page.resolution[1])),
        284: (_SHORT, [1]),
        296: (_SHORT, [_CENTIMETRE]),
        322: (_LONG, [page.tile]),
        323: (_LONG, [page.tile]),
    }
    if page.subsampling is not None:
        tags[530] = (_SHORT, list(page.subsampling))
    return tags


def _rational(value: float) -> list[int]:
    """A numerator and a denominator in 32 bits."""
    denominator = 1000 if value < 4_000_000 else 1
    return [min(round(value * denominator), 2**32 - 1), denominator]
