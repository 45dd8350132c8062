"""PNG (third edition): streams unless it is interlaced."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyvips

from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.problems import damaged_header
from ingest.conversion.readers.source import Source

_SIGNATURE_BYTES = 8
_CHUNK = struct.Struct(">I4s")
_IHDR = struct.Struct(">IIBBBBB")
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
"""By colour type; a palette is expanded to RGB."""
_MAX_CHUNKS = 10_000


def read_png(path: Path) -> Source:
    """The PNG at `path`. Raises SourceProblemError."""
    with path.open("rb") as file:
        file.seek(_SIGNATURE_BYTES + _CHUNK.size)
        header = file.read(_IHDR.size)
        if len(header) < _IHDR.size:
            raise damaged_header("PNG")
        width, height, depth, colour_type, _, _, interlaced = _IHDR.unpack(header)
        chunks = set(_leading_chunks(file))
    if not 0 < width < 2**31 or not 0 < height < 2**31 or colour_type not in _CHANNELS:
        raise damaged_header("PNG")
    channels = _CHANNELS[colour_type] + (b"tRNS" in chunks)
    return Source(
        Kind.PNG,
        path,
        width,
        height,
        partial(_open, path),
        held_bytes=width * height * channels * max(1, depth // 8) if interlaced else 0,
        held_because="an interlaced PNG is decoded as a whole",
        has_profile=b"iCCP" in chunks,
        losses=("Only the first frame of the animation was converted.",) if b"acTL" in chunks else (),
    )


def _open(path: Path) -> pyvips.Image:
    try:
        return pyvips.Image.pngload(str(path), access="sequential", fail_on="warning", unlimited=True)
    except pyvips.Error as exc:
        raise damaged_header("PNG") from exc


def _leading_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The types of the chunks before the picture's data."""
    file.seek(_SIGNATURE_BYTES)
    for _ in range(_MAX_CHUNKS):
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            return
        length, kind = _CHUNK.unpack(head)
        if kind == b"IDAT":
            return
        yield kind
        file.seek(length + 4, 1)
