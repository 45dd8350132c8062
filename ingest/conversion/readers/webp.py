"""WebP (RFC 9649): always decoded as a whole, so its size is read here before libwebp allocates anything."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyvips

from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.problems import damaged, damaged_header, truncated
from ingest.conversion.readers.source import Source

_LOSSY_BYTES_PER_PIXEL = 12
_LOSSLESS_BYTES_PER_PIXEL = 17
"""Measured address space of libvips with libwebp: canvas, frame, and the decoder's own planes."""
_ANIMATION_FLAG, _PROFILE_FLAG = 0x02, 0x20
_HEAD_BYTES = 30


def read_webp(path: Path) -> Source:
    """The WebP at `path`. Raises SourceProblemError."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES:
        raise damaged_header("WebP")
    # RFC 9649 §2.4: the length of what follows; a few writers forget the padding byte.
    if path.stat().st_size + 1 < int.from_bytes(head[4:8], "little") + 8:
        raise truncated()
    width, height = _canvas_size(head)
    per_pixel = _LOSSY_BYTES_PER_PIXEL if head[12:16] == b"VP8 " else _LOSSLESS_BYTES_PER_PIXEL
    flags = head[20] if head[12:16] == b"VP8X" else 0
    return Source(
        Kind.WEBP,
        path,
        width,
        height,
        partial(_open, path),
        held_bytes=width * height * per_pixel,
        held_because="a WebP is decoded as a whole",
        opens_quickly=False,
        has_profile=bool(flags & _PROFILE_FLAG),
        losses=("Only the first frame of the animation was converted.",) if flags & _ANIMATION_FLAG else (),
    )


def _canvas_size(head: bytes) -> tuple[int, int]:
    """Width and height, by the first chunk: VP8X, VP8L or VP8 (RFC 9649 §2.5–2.7)."""
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise damaged_header("WebP")


def _open(path: Path) -> pyvips.Image:
    try:
        return pyvips.Image.webpload(str(path), access="sequential", fail_on="warning")
    except pyvips.Error as exc:
        raise damaged(Kind.WEBP) from exc  # libwebp looks through the whole file
