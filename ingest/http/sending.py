"""Files as answers: read piece by piece while they are sent, two pieces of one answer in memory at the most."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Send

from ingest.http.ranges import ByteRange
from storage.errors import StorageError

PIECE_BYTES = 1024 * 1024

ReadRange = Callable[[int, int], Awaitable[bytes]]
_log = logging.getLogger(__name__)


class PiecesResponse(StreamingResponse):
    """An answer whose source is closed as soon as the client is gone, and broken off where the source fails."""

    async def stream_response(self, send: Send) -> None:
        """Sends everything. Returning early makes the server close the connection: the client sees the gap."""
        pieces = self.body_iterator
        assert isinstance(pieces, AsyncGenerator)  # noqa: S101  made below
        async with aclosing(pieces):
            try:
                await super().stream_response(send)
            except StorageError as exc:
                _log.warning("A download broke off: %s", exc)


async def read_pieces(read: ReadRange, part: ByteRange) -> AsyncGenerator[bytes, None]:
    """The bytes of the range; the next piece is read while one is sent. Raises what `read` raises."""
    start = part.start
    ahead = asyncio.ensure_future(_read(read, start, part.end))
    try:
        while start < part.end:
            piece = await ahead
            start += len(piece)
            if start < part.end:
                ahead = asyncio.ensure_future(_read(read, start, part.end))
            yield piece
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)


async def read_parts(
    read: ReadRange, parts: Sequence[tuple[bytes, ByteRange]], end: bytes
) -> AsyncGenerator[bytes, None]:
    """The parts of a multipart answer, each with the bytes before it, and what stands behind the last."""
    for head, part in parts:
        yield head
        async with aclosing(read_pieces(read, part)) as pieces:
            async for piece in pieces:
                yield piece
    yield end


def frame_parts(ranges: Sequence[ByteRange], size_bytes: int, media_type: str) -> tuple[str, list[bytes], bytes]:
    """The boundary, what stands before each part, and the end (RFC 9110 §14.6, RFC 2046 §5.1)."""
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {content_range(part, size_bytes)}\r\n\r\n"
        for part in ranges
    ]
    return boundary, [head.encode() for head in heads], f"\r\n--{boundary}--\r\n".encode()


def content_range(part: ByteRange, size_bytes: int) -> str:
    """The Content-Range of a part (RFC 9110 §14.4)."""
    return f"bytes {part.start}-{part.end - 1}/{size_bytes}"


async def _read(read: ReadRange, start: int, end: int) -> bytes:
    return await read(start, min(start + PIECE_BYTES, end))
