"""Where every tile of a pyramid lies: fixed-width entries behind a short header. PURE.

Object `index` of a revision: 16 bytes of header, then one 16-byte entry per tile, all little-endian. Because the
record already tells levels and sizes, any entry's place is known beforehand, and a server reads only the
chunk of CHUNK_ENTRIES (64 KiB) that it needs: three reads from nothing to the first tile. The record carries the head
of the index besides, so that for tiles of the smallest levels it is two.

Header:  8 bytes magic `PIGTINDX`, u32 version, u32 number of entries
Entry:   u64 offset, u32 length, u32 check. The offset's top bit: the stored bytes are a complete JPEG; the bit
         below: their checksum is unknown, and 0 stands for it.

The check is the CRC-32C of the stored bytes, XORed with the CRC-32 of the entry's own number, offset and length: an
entry that was damaged, or stands in another's place, leads to bytes that fail it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

MAGIC = b"PIGTINDX"
INDEX_VERSION = 2
HEADER_BYTES = 16
ENTRY_BYTES = 16
CHUNK_ENTRIES = 4096
FIRST_ENTRIES = 21
"""How many entries the head holds at the most: 1 + 4 + 16, a square picture's three smallest levels."""

_COMPLETE = 1 << 63
_UNCHECKED = 1 << 62
_OFFSET = _UNCHECKED - 1
_HEADER = struct.Struct("<8sII")
_HEADER_START = struct.pack("<8sI", MAGIC, INDEX_VERSION)
_HEAD_SIZES = range(HEADER_BYTES, HEADER_BYTES + FIRST_ENTRIES * ENTRY_BYTES + 1, ENTRY_BYTES)
_ENTRY = struct.Struct("<QII")
_pack_place = struct.Struct("<QQI").pack
_unpack_entry = _ENTRY.unpack_from


class MalformedIndexError(ValueError):
    """The bytes are no index, or not this part of one."""


EntryFields = tuple[int, int, int | None, bool]
"""The fields of a TileEntry in their order."""


class TileEntry(NamedTuple):
    """Where a tile's bytes lie in `pyramid.tif`, or in the adopted file.

    A `complete` tile is a JPEG of its own; another begins behind its SOI marker and wants the revision's
    jpeg_prefix in front. `crc32c` is None where nobody has read the bytes yet.
    """

    offset: int
    length: int
    crc32c: int | None
    complete: bool


def build_index(entries: Iterable[TileEntry]) -> bytes:
    """The whole index object for tiles in their order."""
    body = b"".join(_pack(number, entry) for number, entry in enumerate(entries))
    return _HEADER.pack(MAGIC, INDEX_VERSION, len(body) // ENTRY_BYTES) + body


def parse_index_header(data: bytes) -> int:
    """The number of entries. Raises MalformedIndexError."""
    if len(data) < HEADER_BYTES:
        raise MalformedIndexError("the index is shorter than its header")
    magic, version, count = _HEADER.unpack_from(data)
    if magic != MAGIC or version != INDEX_VERSION:
        raise MalformedIndexError("not an index of a known version")
    return int(count)


def take_head(index: bytes) -> bytes:
    """What the record carries of the index object: its header and first entries, as they stand in it."""
    return index[: _HEAD_SIZES[-1]]


def is_head(data: bytes) -> bool:
    """Whether `data` may be the head of an index: a known header and whole entries, at most FIRST_ENTRIES."""
    return data.startswith(_HEADER_START) and len(data) in _HEAD_SIZES


def holds_entry(head: bytes, entry_number: int) -> bool:
    """Whether read_entry finds the entry in the head, which may be empty, as in the first chunk."""
    return HEADER_BYTES + (entry_number + 1) * ENTRY_BYTES <= len(head)


def chunk_number(entry_number: int) -> int:
    """Which chunk holds the entry."""
    return entry_number // CHUNK_ENTRIES


def chunk_range(chunk: int) -> tuple[int, int]:
    """The half-open byte range of a chunk; the first one includes the header. The last may be shorter."""
    start = 0 if chunk == 0 else HEADER_BYTES + chunk * CHUNK_ENTRIES * ENTRY_BYTES
    return start, HEADER_BYTES + (chunk + 1) * CHUNK_ENTRIES * ENTRY_BYTES


def read_entry(chunk_bytes: bytes, entry_number: int) -> TileEntry:
    """The entry, out of the bytes of its chunk, or of a head that holds it.

    Raises MalformedIndexError where they are too short, or damaged.
    """
    return TileEntry(*read_fields(chunk_bytes, entry_number))


def read_fields(chunk_bytes: bytes, entry_number: int) -> EntryFields:
    """The same without the names, which take as long to make as all the rest.

    Every tile that is sent comes by here: what could be a function of its own is written out.
    """
    place = entry_number % CHUNK_ENTRIES
    position = place * ENTRY_BYTES + (HEADER_BYTES if place == entry_number else 0)
    if position + ENTRY_BYTES > len(chunk_bytes):
        raise MalformedIndexError(f"entry {entry_number} lies behind the end of the index")
    offset, length, check = _unpack_entry(chunk_bytes, position)
    crc32c: int | None = check ^ crc32(_pack_place(entry_number, offset, length))
    if offset & _UNCHECKED:
        if crc32c:
            raise MalformedIndexError(f"entry {entry_number} is damaged")
        crc32c = None
    return offset & _OFFSET, length, crc32c, offset >= _COMPLETE


def _pack(number: int, entry: TileEntry) -> bytes:
    offset = entry.offset | (_COMPLETE if entry.complete else 0) | (_UNCHECKED if entry.crc32c is None else 0)
    return _ENTRY.pack(offset, entry.length, (entry.crc32c or 0) ^ _place_crc(number, offset, entry.length))


def _place_crc(number: int, offset: int, length: int) -> int:
    return crc32(_pack_place(number, offset, length))
