"""A decoded picture as a plain file of samples, row by row: read in windows and halved in constant memory.

libvips keeps rows of tiles for such files, which is slow and large where a picture is very wide.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from ingest.adoption.tile_codec import Pixels
from ingest.conversion.progress import Progress, watch
from ingest.conversion.spill import require_room

_CHUNK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FlatPicture:
    """An open file of 8-bit samples; (height, width, bands) in C order."""

    file: int
    width: int
    height: int
    bands: int

    @property
    def row_bytes(self) -> int:
        """One row of samples."""
        return self.width * self.bands

    def read_rows(self, start: int, end: int) -> Pixels:
        """Rows [start, end), whole."""
        data = os.pread(self.file, (end - start) * self.row_bytes, start * self.row_bytes)
        return np.frombuffer(data, np.uint8).reshape(end - start, self.width, self.bands)

    def read_window(self, left: int, top: int, side: int) -> Pixels:
        """A square that begins inside the picture, filled up by copies of the picture's last row and column."""
        width, height = min(side, self.width - left), min(side, self.height - top)
        if width * 4 > self.width:
            window = self.read_rows(top, top + height)[:, left : left + width]
        else:
            rows = (self._read_part(top + row, left, width) for row in range(height))
            window = np.frombuffer(b"".join(rows), np.uint8).reshape(height, width, self.bands)
        return np.pad(window, ((0, side - height), (0, side - width), (0, 0)), mode="edge")

    def _read_part(self, row: int, left: int, width: int) -> bytes:
        return os.pread(self.file, width * self.bands, row * self.row_bytes + left * self.bands)


@contextmanager
def flat_picture(image: pyvips.Image, path: Path, progress: Progress) -> Iterator[FlatPicture]:
    """The image, computed once from top to bottom into `path`, which is removed afterwards. Raises OSError."""
    require_room(image, path.parent)
    try:
        watch(image, progress).rawsave(str(path))
        with path.open("rb") as file:
            yield FlatPicture(file.fileno(), image.width, image.height, image.bands)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def halved_picture(picture: FlatPicture, path: Path) -> Iterator[FlatPicture]:
    """Means of 2x2 pixels in `path`, an odd last row or column counted twice; removed afterwards."""
    width, height = -(-picture.width // 2), -(-picture.height // 2)
    rows = max(1, _CHUNK_BYTES // picture.row_bytes)
    try:
        with path.open("w+b", buffering=0) as file:
            for start in range(0, height, rows):
                block = picture.read_rows(2 * start, min(2 * (start + rows), picture.height))
                file.write(halve_pixels(block).tobytes())
            yield FlatPicture(file.fileno(), width, height, picture.bands)
    finally:
        path.unlink(missing_ok=True)


def halve_pixels(pixels: Pixels) -> Pixels:
    """Means of 2x2 pixels, rounded once, halves to even; an odd last row or column counts twice."""
    height, width, _ = pixels.shape
    even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(np.uint16)
    total = even[0::2, 0::2] + even[0::2, 1::2] + even[1::2, 0::2] + even[1::2, 1::2]
    return ((total + 1 + (total >> 2 & 1)) >> 2).astype(np.uint8)  # always up would brighten every level
