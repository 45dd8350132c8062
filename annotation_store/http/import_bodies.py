"""The body of a bulk request in any format that is imported → lines of NDJSON, by its Content-Type."""

from __future__ import annotations

from collections.abc import AsyncIterator

from annotation_store.http.exchange import Exchange
from annotation_store.store_errors import UnsupportedMediaTypeError

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")


async def open_lines(exchange: Exchange, canvas: str | None) -> AsyncIterator[bytes]:
    """The lines in pieces of any size. Raises UnsupportedMediaTypeError."""
    del canvas
    media_type = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type in LINES:
        return exchange.pieces()
    raise UnsupportedMediaTypeError(", ".join(LINES))
