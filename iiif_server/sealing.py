"""JSON documents that show whether they are whole: their last member is the CRC-32 of everything before it. PURE.

A flipped bit in a number is valid JSON all the same; a record of a wrong width would show wrong pixels.
"""

from __future__ import annotations

import re
import zlib

_SEAL = re.compile(rb',"crc32":"([0-9a-f]{8})"\}\Z')


class BrokenSealError(ValueError):
    """The document has changed since it was sealed, or never was."""


def seal(document: bytes) -> bytes:
    """The JSON object (not an empty one, and without space at its end) with its checksum as the last member."""
    return b'%s,"crc32":"%08x"}' % (document[:-1], zlib.crc32(document))


def unseal(data: bytes) -> bytes:
    """Inverse of seal. Raises BrokenSealError."""
    found = _SEAL.search(data, max(len(data) - 32, 0))
    if found is None:
        raise BrokenSealError("there is no checksum at its end")
    document = data[: found.start()] + b"}"
    if zlib.crc32(document) != int(found[1], 16):
        raise BrokenSealError("it fails its checksum")
    return document
