"""What a JPEG says of itself before its pixels begin (ITU-T T.81 annex B). PURE."""

from __future__ import annotations

from dataclasses import dataclass

_SOI = b"\xff\xd8"
_SOS, _APP14 = 0xDA, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class MalformedJpegError(ValueError):
    """The bytes are no JPEG, or end before they tell what it measures."""


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """Size and number of colour components; `adobe`: it carries Adobe's marker, which tells how colours are coded."""

    width: int
    height: int
    components: int
    adobe: bool


def parse_jpeg_header(data: bytes) -> JpegHeader:
    """The header of a JPEG, or of one whose tables are elsewhere. Raises MalformedJpegError."""
    if data[:2] != _SOI:
        raise MalformedJpegError("it does not begin as a JPEG")
    position, adobe, frame = 2, False, b""
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte (B.1.1.2)
            position += 1
            continue
        if marker == _SOS:
            break
        length = int.from_bytes(data[position + 2 : position + 4])
        segment = data[position + 4 : position + 2 + length]
        if marker == _APP14 and segment[:5] == b"Adobe":
            adobe = True
        if marker in _FRAMES:
            frame = segment
        position += 2 + max(length, 2)
    if len(frame) < 6:
        raise MalformedJpegError("it does not say what it measures")
    return JpegHeader(int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3]), frame[5], adobe)
