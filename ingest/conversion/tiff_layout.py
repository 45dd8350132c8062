"""The directories of a TIFF file (TIFF 6.0 §2, BigTIFF): sizes, kinds, and where its strips or tiles lie.

Reads hostile files: counts and offsets are held against the file's size before anything is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

IMAGE_WIDTH, IMAGE_LENGTH, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES_PER_PIXEL, ROWS_PER_STRIP, STRIP_BYTE_COUNTS, PLANAR = 273, 277, 278, 279, 284
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTE_COUNTS = 322, 323, 324, 325
SUBFILE_TYPE, EXTRA_SAMPLES, JPEG_TABLES, ICC_PROFILE, DNG_VERSION = 254, 338, 347, 34675, 50706
ORIENTATION, PREDICTOR, SUB_DIRECTORIES, SAMPLE_FORMAT = 274, 317, 330, 339
DESCRIPTION, X_RESOLUTION, Y_RESOLUTION = 270, 282, 283
LSM_INFO, IMAGEJ_COUNTS, IMAGEJ_METADATA = 34412, 50838, 50839
_SHAPE = (IMAGE_WIDTH, IMAGE_LENGTH, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC, SAMPLES_PER_PIXEL, PLANAR)
_STRIPS = (STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_BYTE_COUNTS)
_TILES = (TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTE_COUNTS)
_REST = (SUBFILE_TYPE, EXTRA_SAMPLES, JPEG_TABLES, ICC_PROFILE, DNG_VERSION, ORIENTATION, PREDICTOR, SUB_DIRECTORIES)
_WANTED = frozenset((*_SHAPE, *_STRIPS, *_TILES, *_REST, SAMPLE_FORMAT))
_ON_DEMAND = frozenset((DESCRIPTION, X_RESOLUTION, Y_RESOLUTION, LSM_INFO, IMAGEJ_COUNTS, IMAGEJ_METADATA))
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_DTYPES = {1: "u1", 3: "u2", 4: "u4", 7: "u1", 13: "u4", 16: "u8", 18: "u8"}
_MAX_SUB_DIRECTORIES = 256
_MAX_DIRECTORIES = _MAX_ENTRIES = 65_536
_MAX_VALUES, _VALUES_PER_ENTRY = 32 * 1024 * 1024, 8
"""What all directories of a file may hold together: a hundred times what the largest images need."""

Numbers = npt.NDArray[np.uint64]


class MalformedTiffError(ValueError):
    """The file's directories make no sense. `cut_off`: because they point behind its end."""

    def __init__(self, detail: str, *, cut_off: bool = False) -> None:
        super().__init__(detail)
        self.cut_off = cut_off


@dataclass(frozen=True, slots=True)
class Directory:
    """One IFD: the values of the tags named in this module, those of other tags are left out.

    Long ones are read on demand only (read_bytes): `places` has their offsets and lengths in the file. `order` is
    that of the file's bytes, as the struct module writes it.
    """

    fields: Mapping[int, Numbers]
    places: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    order: str = "<"

    def number(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        values = self.fields.get(tag)
        return default if values is None or not len(values) else int(values[0])

    def numbers(self, tag: int) -> Numbers:
        """All values of a tag; none where it is missing."""
        return self.fields.get(tag, np.empty(0, np.uint64))

    @property
    def tiled(self) -> bool:
        """Tiles, not strips."""
        return TILE_WIDTH in self.fields

    @property
    def offsets(self) -> Numbers:
        """Where each strip or tile begins."""
        return self.numbers(TILE_OFFSETS if self.tiled else STRIP_OFFSETS)

    @property
    def lengths(self) -> Numbers:
        """How many bytes each strip or tile has in the file."""
        return self.numbers(TILE_BYTE_COUNTS if self.tiled else STRIP_BYTE_COUNTS)


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are written: byte order, and the widths that differ between TIFF and BigTIFF."""

    order: str
    first: int
    count_bytes: int
    entry_bytes: int
    value_bytes: int

    def parse(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "<" else "big")


def read_directories(file: BinaryIO) -> list[Directory]:
    """The IFDs of the main chain, in order. Raises MalformedTiffError."""
    size = file.seek(0, os.SEEK_END)
    form = _read_form(file)
    offset, seen, found, budget = form.first, set[int](), list[Directory](), _Budget()
    while offset:
        if offset in seen or len(found) >= _MAX_DIRECTORIES:
            raise MalformedTiffError("the chain of directories never ends")
        seen.add(offset)
        directory, offset = _read_directory(file, form, offset, size, budget)
        found.append(directory)
    if not found:
        raise MalformedTiffError("there is no directory")
    return found


def read_sub_directories(file: BinaryIO, parent: Directory) -> list[Directory]:
    """The IFDs that the tag SubIFDs of another one points to (TIFF Technical Note 1). Raises MalformedTiffError."""
    size = file.seek(0, os.SEEK_END)
    form = _read_form(file)
    offsets = parent.numbers(SUB_DIRECTORIES).tolist()
    if len(offsets) > _MAX_SUB_DIRECTORIES:
        raise MalformedTiffError("a directory has impossibly many below it")
    budget = _Budget()
    return [_read_directory(file, form, offset, size, budget)[0] for offset in offsets]


def read_bytes(file: BinaryIO, directory: Directory, tag: int, limit: int) -> bytes:
    """The bytes of a tag's values; none where it is missing or longer than `limit`. Raises MalformedTiffError."""
    offset, length = directory.places.get(tag, (0, 0))
    return _read_at(file, offset, length) if length <= limit else b""


def _read_form(file: BinaryIO) -> _Form:
    head = _read_at(file, 0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        raise MalformedTiffError("no TIFF header")
    classic = _Form(order, 0, 2, 12, 4)
    match classic.parse(head[2:4]):
        case 42:
            return _Form(order, classic.parse(head[4:8]), 2, 12, 4)
        case 43:
            return _Form(order, classic.parse(_read_at(file, 8, 8)), 8, 20, 8)
        case _:
            raise MalformedTiffError("no TIFF header")


class _Budget:
    """Many directories may point to the same long list, so that a small file could fill any memory."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def spend(self, count: int) -> None:
        """Raises MalformedTiffError where it is used up."""
        self._left -= count
        if self._left < 0:
            raise MalformedTiffError("its directories hold impossibly many values")


def _read_directory(file: BinaryIO, form: _Form, offset: int, size: int, budget: _Budget) -> tuple[Directory, int]:
    count = form.parse(_read_at(file, offset, form.count_bytes))
    if count > _MAX_ENTRIES:
        raise MalformedTiffError("a directory has impossibly many entries")
    start, length = offset + form.count_bytes, count * form.entry_bytes
    budget.spend(count * _VALUES_PER_ENTRY)
    if start + length > size:
        raise MalformedTiffError("a directory ends behind the end of the file", cut_off=True)
    entries = _read_at(file, start, length)
    fields, places = {}, {}
    for position in range(0, length, form.entry_bytes):
        entry = entries[position : position + form.entry_bytes]
        tag = form.parse(entry[:2])
        if tag in _WANTED:
            fields[tag] = _read_values(file, form, entry, size, budget)
        elif tag in _ON_DEMAND:
            places[tag] = _find_values(form, entry, start + position)
    return Directory(fields, places, form.order), form.parse(_read_at(file, start + length, form.value_bytes))


def _find_values(form: _Form, entry: bytes, entry_at: int) -> tuple[int, int]:
    kind, count = form.parse(entry[2:4]), form.parse(entry[4 : 4 + form.value_bytes])
    length = count * _VALUE_BYTES.get(kind, 0)
    inline_at = entry_at + 4 + form.value_bytes
    return (inline_at if length <= form.value_bytes else form.parse(entry[4 + form.value_bytes :])), length


def _read_values(file: BinaryIO, form: _Form, entry: bytes, size: int, budget: _Budget) -> Numbers:
    kind, count = form.parse(entry[2:4]), form.parse(entry[4 : 4 + form.value_bytes])
    if kind not in _DTYPES:
        raise MalformedTiffError(f"a directory entry is of the unusual type {kind}")
    dtype = np.dtype(form.order + _DTYPES[kind])
    length, inline = count * dtype.itemsize, entry[4 + form.value_bytes :]
    if length <= form.value_bytes:
        return np.frombuffer(inline[:length], dtype).astype(np.uint64)
    offset = form.parse(inline)
    if offset + length > size:
        raise MalformedTiffError("values lie behind the end of the file", cut_off=True)
    budget.spend(count)
    return np.frombuffer(_read_at(file, offset, length), dtype).astype(np.uint64)


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    try:
        file.seek(offset)
    except (OverflowError, OSError, ValueError) as exc:
        raise MalformedTiffError("an offset is impossible") from exc
    data = file.read(length)
    if len(data) < length:
        raise MalformedTiffError("a directory lies behind the end of the file", cut_off=True)
    return data
