"""A tile of a TIFF in any of its compressions as a TIFF of its own, of one strip: a head, and the tile's bytes. PURE.

So whoever can read TIFF decodes it, predictor and all. The head is the same for all tiles of a level, but for the
number of bytes behind it (TIFF 6.0 §2).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"II*\0"
_SHORT, _LONG = 3, 4
_ENTRY = struct.Struct("<HHII")
_HEADER_BYTES = 8
_TAGS = (256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317)
_OFFSET_AT = _HEADER_BYTES + 2 + _TAGS.index(273) * _ENTRY.size + 8
_COUNT_AT = _HEADER_BYTES + 2 + _TAGS.index(279) * _ENTRY.size + 8
_HEAD_BYTES = _HEADER_BYTES + 2 + len(_TAGS) * _ENTRY.size + 4


@dataclass(frozen=True, slots=True)
class TileCoding:
    """The values of the tags Compression, PhotometricInterpretation and Predictor, and the samples per pixel."""

    compression: int
    photometric: int
    predictor: int
    samples: int


def build_head(width: int, height: int, coding: TileCoding) -> bytes:
    """What stands in front of every tile of 8-bit samples."""
    bits = struct.pack("<H", 8) * coding.samples
    # Up to two numbers of 16 bits stand in the directory itself.
    inline = int.from_bytes(bits[:4], "little") if len(bits) <= 4 else _HEAD_BYTES
    behind = bits if len(bits) > 4 else b""
    values = {
        256: (_LONG, 1, width),
        257: (_LONG, 1, height),
        258: (_SHORT, coding.samples, inline),
        259: (_SHORT, 1, coding.compression),
        262: (_SHORT, 1, coding.photometric),
        273: (_LONG, 1, _HEAD_BYTES + len(behind)),
        277: (_SHORT, 1, coding.samples),
        278: (_LONG, 1, height),
        279: (_LONG, 1, 0),
        284: (_SHORT, 1, 1),
        317: (_SHORT, 1, coding.predictor),
    }
    entries = b"".join(_ENTRY.pack(tag, *values[tag]) for tag in _TAGS)
    directory = struct.pack("<H", len(_TAGS)) + entries + bytes(4)
    return MAGIC + struct.pack("<I", _HEADER_BYTES) + directory + behind


def complete_tile(data: bytes) -> bytes:
    """A head and a tile's bytes as a valid file. Raises ValueError where they are none."""
    if data[:4] != MAGIC or len(data) < _HEAD_BYTES:
        raise ValueError("no tile behind the head of a TIFF")
    file = bytearray(data)
    (offset,) = struct.unpack_from("<I", file, _OFFSET_AT)
    struct.pack_into("<I", file, _COUNT_AT, max(len(file) - offset, 0))
    return bytes(file)
