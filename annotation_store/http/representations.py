"""Documents as bytes in the format that was asked for. Stored texts go out unparsed, unless as Turtle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from annotation_store.documents import JsonObject, format_document
from annotation_store.errors import UnknownContextError
from annotation_store.http.exchange import Exchange
from annotation_store.negotiation import Format, choose_format
from annotation_store.serialisers.w3c import ContainedForm
from annotation_store.store_errors import NotAcceptableError

_PLACE = "urn:pigture:items"
PLACEHOLDER: JsonObject = {"id": _PLACE}
"""Stands for all items of a page while it is put together."""


def accepted_format(exchange: Exchange) -> Format:
    """Raises NotAcceptableError."""
    chosen = choose_format(exchange.header("accept") or "")
    if chosen is None:
        raise NotAcceptableError
    return chosen


def fill_page(document: JsonObject, form: ContainedForm, items: Sequence[str]) -> str:
    """The page's text with the items, which are JSON texts, in the place of the placeholder."""
    text = format_document(document).decode()
    mark = json.dumps(_PLACE)
    if form is ContainedForm.DESCRIPTIONS:
        mark = f'{{"id":{mark}}}'
    # The last one, since a label may say anything, and items come behind it.
    before, _, after = text.rpartition(mark)
    return f"{before}{','.join(items)}{after}"


async def encode(text: str, chosen: Format) -> bytes:
    """The JSON text in the format. Raises NotAcceptableError where Turtle would need a context that is not known."""
    if chosen is not Format.TURTLE:
        return text.encode()
    try:
        return await asyncio.to_thread(_format_turtle, text)
    except UnknownContextError as exc:
        raise NotAcceptableError from exc


def _format_turtle(text: str) -> bytes:
    from annotation_store.turtle import format_turtle  # late: a fifth of a second that few processes need

    return format_turtle(json.loads(text))
