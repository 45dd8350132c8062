"""Answers to viewers: plain JSON, or JSON-LD with the profile of the API for those who ask for that."""

from __future__ import annotations

from annotation_store.etags import format_tag
from annotation_store.http.conditions import is_known
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.negotiation import Format, choose_format
from annotation_store.store_errors import NotAcceptableError

IIIF_HEADERS = {"allow": "GET, HEAD, OPTIONS", "vary": "Accept, Accept-Encoding, Authorization, Cookie"}


def iiif_headers(exchange: Exchange, context: str, tag: str, caching: str) -> dict[str, str]:
    """Content-Type (Presentation API 3.0 §6.3), ETag and Cache-Control. Raises NotAcceptableError."""
    accept = exchange.header("accept") or ""
    if choose_format(accept) is None:
        raise NotAcceptableError
    is_wanted = Format.JSON_LD.media_type in accept
    kind = f'{Format.JSON_LD.media_type};profile="{context}"' if is_wanted else Format.JSON.value
    mark = "l" if is_wanted else "j"
    return {"content-type": kind, "etag": format_tag(f"{tag}-{mark}"), "cache-control": caching}


def not_modified(exchange: Exchange, headers: dict[str, str]) -> Answer | None:
    """304 where the client has it already."""
    if not is_known(exchange, headers["etag"].strip('"')):
        return None
    return Answer(304, {name: value for name, value in headers.items() if name != "content-type"})
