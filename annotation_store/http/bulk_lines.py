"""The body of a bulk request as batches of numbered lines, of bounded size. Blank lines are counted and left out."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import IO

from annotation_store.errors import DocumentTooLargeError

MAX_LINES = 1000
FIRST_LINES = 200
"""In the first batch, and how many more each has until MAX_LINES: so that PostgreSQL has something to do early."""
MAX_BATCH_BYTES = 1024 * 1024
_SPOOL_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 256 * 1024

Batch = list[tuple[int, bytes]]


async def iter_batches(pieces: AsyncIterator[bytes], max_line_bytes: int) -> AsyncIterator[Batch]:
    """Raises DocumentTooLargeError for a line that is longer than twice `max_line_bytes`."""
    batch: Batch = []
    size = number = 0
    most = FIRST_LINES
    async for line in _lines(pieces, 2 * max_line_bytes):
        number += 1
        if not line.strip():
            continue
        batch.append((number, line))
        size += len(line)
        if len(batch) >= most or size >= MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
            most = min(most + FIRST_LINES, MAX_LINES)
    if batch:
        yield batch


async def spool(pieces: AsyncIterator[bytes]) -> IO[bytes]:
    """All of it in a temporary file, to be closed by the caller: so that a slow client holds no transaction open."""
    file = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115  the caller closes it
    try:
        async for piece in pieces:
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def read_pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The file from where it stands."""
    while piece := file.read(_PIECE_BYTES):
        yield piece


async def _lines(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > max_bytes:
            raise DocumentTooLargeError(max_bytes)
    if rest:
        yield rest
