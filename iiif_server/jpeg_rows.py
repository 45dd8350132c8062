"""JPEGs of which only the first rows are wanted. PURE."""

from __future__ import annotations

import struct

# A row looks at the colours of the next ones, which are stored for up to four rows together.
_ROWS_BEHIND = 16
_WORTHWHILE = 32

_START_OF_SCAN = 0xDA
_HUFFMAN_TABLES = 0xC4
_SEQUENTIAL_FRAMES = (0xC0, 0xC1)
_FRAMES = range(0xC0, 0xD0)
_END = b"\xff\xd9"
_SIZE = struct.Struct(">H")


def end_after(jpeg: bytes, rows: int) -> bytes | None:
    """The same JPEG, of which a decoder makes little more than its first `rows` rows, without a difference in them.

    Its entropy-coded data is all there, and a strict decoder complains of what it did not use. None where it cannot
    be done, or is not worth doing: in progressive ones the rows do not come one after the other, and one that is cut
    off must be decoded in full to be found out.
    """
    frame = _find_frame(jpeg)
    if frame is None or not jpeg.endswith(_END):
        return None
    (height,) = _SIZE.unpack_from(jpeg, frame + 5)
    kept = rows + _ROWS_BEHIND
    if height - kept < _WORTHWHILE:
        return None
    return jpeg[: frame + 5] + _SIZE.pack(kept) + jpeg[frame + 7 :]


def _find_frame(jpeg: bytes) -> int | None:
    """Where the frame header stands, if the frame is sequential and all its components come in one scan."""
    position, frame = 2, None
    while position + 10 <= len(jpeg) and jpeg[position] == 0xFF:
        marker = jpeg[position + 1]
        if marker in _SEQUENTIAL_FRAMES:
            frame = position
        elif marker == _START_OF_SCAN:
            return frame if frame is not None and jpeg[position + 4] == jpeg[frame + 9] else None
        elif marker in _FRAMES and marker != _HUFFMAN_TABLES:
            return None
        position += 2 + _SIZE.unpack_from(jpeg, position + 2)[0]
    return None
