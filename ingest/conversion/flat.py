"""A decoded picture as a plain file of samples, row by row: read in windows and halved in constant memory.

libvips keeps rows of tiles for such files, which is slow and large where a picture is very wide.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from ingest.conversion.formats import TYPES
from ingest.conversion.means import Values, halve_pixels
from ingest.conversion.progress import Progress, watch
from ingest.conversion.readers.source import RawSamples
from ingest.conversion.spill import require_room

_CHUNK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FlatPicture:
    """An open file of samples; (height, width, bands) in C order, in the machine's byte order."""

    file: int
    width: int
    height: int
    bands: int
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        """One row of samples."""
        return self.width * self._pixel_bytes

    @property
    def _pixel_bytes(self) -> int:
        return self.bands * self.dtype.itemsize

    def read_rows(self, start: int, end: int) -> Values:
        """Rows [start, end), whole."""
        data = os.pread(self.file, (end - start) * self.row_bytes, start * self.row_bytes)
        return np.frombuffer(data, self.dtype).reshape(end - start, self.width, self.bands)

    def read_window(self, left: int, top: int, side: int) -> Values:
        """A square that begins inside the picture, as far as the picture goes."""
        width, height = min(side, self.width - left), min(side, self.height - top)
        if width * 4 > self.width:
            return self.read_rows(top, top + height)[:, left : left + width]
        rows = (self._read_part(top + row, left, width) for row in range(height))
        return np.frombuffer(b"".join(rows), self.dtype).reshape(height, width, self.bands)

    def _read_part(self, row: int, left: int, width: int) -> bytes:
        return os.pread(self.file, width * self._pixel_bytes, row * self.row_bytes + left * self._pixel_bytes)


def fill_up(window: Values, side: int) -> Values:
    """A square; beyond the window its last row and column go on."""
    height, width = window.shape[:2]
    rest = ((0, side - height), (0, side - width), (0, 0))[: window.ndim]
    return np.pad(window, rest, mode="edge") if (height, width) != (side, side) else window


@contextmanager
def flat_picture(image: pyvips.Image, path: Path, progress: Progress) -> Iterator[FlatPicture]:
    """The image, computed once from top to bottom into `path`, which is removed afterwards. Raises OSError."""
    require_room(image, path.parent)
    try:
        watch(image, progress).rawsave(str(path))
        with path.open("rb") as file:
            yield FlatPicture(file.fileno(), image.width, image.height, image.bands, np.dtype(TYPES[image.format]))
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def flat_copy(
    source: Path, raw: RawSamples, image: pyvips.Image, path: Path, progress: Progress
) -> Iterator[FlatPicture]:
    """The same of samples that lie uncompressed in the file `source`; `image` is how libvips sees them."""
    require_room(image, path.parent)
    dtype = np.dtype(raw.dtype)
    plane_row = image.width * raw.bands * dtype.itemsize
    rows = max(1, _CHUNK_BYTES // (plane_row * len(raw.offsets)))
    try:
        with source.open("rb") as original, path.open("w+b", buffering=0) as file:
            for start in range(0, image.height, rows):
                count = min(rows, image.height - start)
                planes = [
                    np.frombuffer(
                        os.pread(original.fileno(), count * plane_row, offset + start * plane_row), dtype
                    ).reshape(count, image.width, raw.bands)
                    for offset in raw.offsets
                ]
                joined = np.concatenate(planes, axis=2) if len(planes) > 1 else planes[0]
                file.write(joined.astype(dtype.newbyteorder("=")).tobytes())
                progress((start + count) / image.height)
            yield FlatPicture(file.fileno(), image.width, image.height, image.bands, dtype.newbyteorder("="))
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
            yield FlatPicture(file.fileno(), width, height, picture.bands, picture.dtype)
    finally:
        path.unlink(missing_ok=True)
