"""The body of a bulk request in any format that is imported → lines of NDJSON, by its Content-Type."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import IO

from annotation_store.documents import DocumentLimits
from annotation_store.http.bulk_lines import spool
from annotation_store.http.exchange import Exchange
from annotation_store.import_formats import IMPORTED, NDJSON, iter_import
from annotation_store.store_errors import UnsupportedMediaTypeError

_LINES_AT_ONCE = 200


async def open_lines(exchange: Exchange, canvas: str | None, limits: DocumentLimits) -> AsyncIterator[bytes]:
    """The lines in pieces of any size. Raises UnsupportedMediaTypeError."""
    media_type = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    coding = (exchange.header("content-encoding") or "identity").strip().lower()
    if media_type not in IMPORTED or coding != "identity":
        raise UnsupportedMediaTypeError(", ".join(IMPORTED))
    if media_type in NDJSON:
        return exchange.pieces()
    return _converted(await spool(exchange.pieces()), media_type, canvas, limits)


async def _converted(
    file: IO[bytes], media_type: str, canvas: str | None, limits: DocumentLimits
) -> AsyncIterator[bytes]:
    """Raises UnusableImportError."""
    with file:
        lines = iter_import(file, media_type, canvas, limits)
        while piece := await asyncio.to_thread(_take, lines):
            yield piece


def _take(lines: Iterator[bytes]) -> bytes:
    return b"".join(islice(lines, _LINES_AT_ONCE))
