"""Where every tile of a pyramid lies: fixed-width entries behind a short header. PURE.

Object `index` of a revision: 16 bytes of header, then one 16-byte entry per tile, all little-endian. Because the
record already tells levels and sizes, any entry's place is known beforehand, and a server reads only the
chunk of CHUNK_ENTRIES (64 KiB) that it needs: three reads from nothing to the first tile.

Header:  8 bytes magic `PIGTINDX`, u32 version, u32 number of entries
Entry:   u64 offset (top bit: the stored bytes are a complete JPEG), u32 length, u32 CRC-32C of the stored bytes
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

MAGIC = b"PIGTINDX"
INDEX_VERSION = 1
HEADER_BYTES = 16
ENTRY_BYTES = 16
CHUNK_ENTRIES = 4096

_COMPLETE = 1 << 63
_HEADER = struct.Struct("<8sII")
_ENTRY = struct.Struct("<QII")


class MalformedIndexError(ValueError):
    """The bytes are no index, or not this part of one."""


@dataclass(frozen=True, slots=True)
class TileEntry:
    """Where a tile's bytes lie in `pyramid.tif`.

    A `complete` tile is a JPEG of its own; another begins behind its SOI marker and wants the revision's
    jpeg_prefix in front.
    """

    offset: int
    length: int
    crc32c: int
    complete: bool


def build_index(entries: Iterable[TileEntry]) -> bytes:
    """The whole index object for tiles in their order."""
    body = b"".join(_ENTRY.pack(e.offset | (_COMPLETE if e.complete else 0), e.length, e.crc32c) for e in entries)
    return _HEADER.pack(MAGIC, INDEX_VERSION, len(body) // ENTRY_BYTES) + body


def parse_index_header(data: bytes) -> int:
    """The number of entries. Raises MalformedIndexError."""
    if len(data) < HEADER_BYTES:
        raise MalformedIndexError("the index is shorter than its header")
    magic, version, count = _HEADER.unpack_from(data)
    if magic != MAGIC or version != INDEX_VERSION:
        raise MalformedIndexError("not an index of a known version")
    return int(count)


def chunk_number(entry_number: int) -> int:
    """Which chunk holds the entry."""
    return entry_number // CHUNK_ENTRIES


def chunk_range(chunk: int) -> tuple[int, int]:
    """The half-open byte range of a chunk; the first one includes the header. The last may be shorter."""
    start = 0 if chunk == 0 else HEADER_BYTES + chunk * CHUNK_ENTRIES * ENTRY_BYTES
    return start, HEADER_BYTES + (chunk + 1) * CHUNK_ENTRIES * ENTRY_BYTES


def read_entry(chunk_bytes: bytes, entry_number: int) -> TileEntry:
    """The entry, out of the bytes of its chunk. Raises MalformedIndexError where they are too short."""
    chunk = chunk_number(entry_number)
    position = (entry_number - chunk * CHUNK_ENTRIES) * ENTRY_BYTES + (HEADER_BYTES if chunk == 0 else 0)
    if position + ENTRY_BYTES > len(chunk_bytes):
        raise MalformedIndexError(f"entry {entry_number} lies behind the end of the index")
    offset, length, crc32c = _ENTRY.unpack_from(chunk_bytes, position)
    return TileEntry(offset & ~_COMPLETE, length, crc32c, bool(offset & _COMPLETE))
