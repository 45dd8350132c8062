"""Answers of our own JSON: not annotations, so without profiles and Turtle."""

from __future__ import annotations

import hashlib

from annotation_store.documents import JsonObject, format_document
from annotation_store.etags import format_tag
from annotation_store.http.conditions import is_known
from annotation_store.http.exchange import Answer, Exchange


def json_answer(
    exchange: Exchange, document: JsonObject, cache_control: str, tag: str | None = None, **headers: str
) -> Answer:
    """200, or 304 where the client has it; without `tag` the ETag is that of the bytes."""
    body = format_document(document)
    tag = tag or hashlib.sha256(body).hexdigest()[:32]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named |= {"etag": format_tag(tag), "cache-control": cache_control}
    if is_known(exchange, tag):
        return Answer(304, named)
    return Answer(200, {"content-type": "application/json", **named}, body)
