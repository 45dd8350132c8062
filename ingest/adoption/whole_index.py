"""Taking in a picture that is no pyramid: its index is one entry, the file, from which everything is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import crc32c

from iiif_server.index import TileEntry, build_index, take_head
from iiif_server.record import WHOLE_HINT, Adopted, AdoptedLevel
from iiif_server.whole_decoding import UnreadableWholeError, WholeShape, decode_whole, read_whole_shape
from ingest.adoption.foreign_file import ForeignFile
from ingest.adoption.foreign_layout import NotAdoptableError
from ingest.adoption.indexed import Indexed

_CHUNK_BYTES = 8 * 1024 * 1024
_TRIAL_SCALE = 64


@dataclass(frozen=True, slots=True)
class WholeLimits:
    """What a file may measure whose tiles are computed from the whole of it; `memory_bytes`: what a request may take.

    The names of the settings stand in the sentences of those who refuse.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 64_000_000
    memory_bytes: int = 768 * 1024 * 1024


DEFAULT_LIMITS = WholeLimits()


def index_whole(
    file: ForeignFile, limits: WholeLimits, *, on_progress: Callable[[float], None]
) -> tuple[Indexed, bytes]:
    """What is known of the picture, and its index. It is read and decoded once, so that what is broken is refused.

    Raises NotAdoptableError, and what reading raises.
    """
    if file.size_bytes > limits.max_bytes:
        raise NotAdoptableError(
            f"with {file.size_bytes:,} bytes it is larger than what may be computed from a whole file "
            f"({limits.max_bytes:,} bytes, setting max_whole_bytes)"
        )
    data = _read(file, on_progress)
    try:
        shape = read_whole_shape(data)
        _check_limits(shape, file.size_bytes, limits)
        decode_whole(data, _TRIAL_SCALE)
    except UnreadableWholeError as exc:
        raise NotAdoptableError(str(exc)) from exc
    size = shape.width, shape.height
    level = AdoptedLevel(*size, (1, 1), (1, 1), *size, 0, b"", "whole", shape.decode_bytes)
    adopted = Adopted(file.location, file.etag, (level,))
    losses = (*shape.losses, WHOLE_HINT)
    index = build_index([TileEntry(0, len(data), crc32c.crc32c(data), complete=True)])
    return Indexed(*size, shape.components, adopted, file.size_bytes, losses, take_head(index)), index


def _read(file: ForeignFile, on_progress: Callable[[float], None]) -> bytes:
    chunks = []
    for start in range(0, file.size_bytes, _CHUNK_BYTES):
        chunks.append(file.read(start, min(start + _CHUNK_BYTES, file.size_bytes)))
        on_progress(min(start + _CHUNK_BYTES, file.size_bytes) / file.size_bytes)
    return b"".join(chunks)


def _check_limits(shape: WholeShape, size_bytes: int, limits: WholeLimits) -> None:
    pixels = shape.width * shape.height
    if pixels > limits.max_pixels:
        raise NotAdoptableError(
            f"with {pixels:,} pixels it is larger than what may be computed from a whole file "
            f"({limits.max_pixels:,} pixels, setting max_whole_pixels)"
        )
    # A fifth is left for the result of a request.
    needed = size_bytes + shape.decode_bytes
    if needed * 5 > limits.memory_bytes * 4:
        raise NotAdoptableError(
            f"decoding the whole of it takes {needed >> 20:,} MiB, more than image servers can give "
            "(setting render_memory_mb)"
        )
