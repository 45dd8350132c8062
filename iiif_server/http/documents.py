"""JSON-LD documents with their negotiated media type, validator and caching."""

from __future__ import annotations

import json
from dataclasses import dataclass

from config.codings import gzip_document
from iiif_server.http.compression import ACCEPT_ENCODING, GZIPPED, takes_gzip
from iiif_server.http.headers import CORS, is_not_modified, make_etag, validators_of
from iiif_server.http.messages import Call, HeaderList, Response
from iiif_server.http.negotiation import JSON, JSON_LD, choose_media_type
from iiif_server.info import JsonObject
from iiif_server.record import Revision


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A family of documents: the context, which is also the profile of its JSON-LD, and what goes out unasked."""

    context: str
    offers: tuple[str, ...]
    has_profile: bool


def answer_document(
    call: Call, kind: DocumentKind, document: JsonObject, revision: Revision, cache_control: bytes
) -> Response:
    """The document about this revision, or 304 where the client has it.

    A new revision has new ETags throughout, and each coding has one of its own (RFC 9110 §8.8.3.3).
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    media_type = choose_media_type(call.header(b"accept"), kind.offers)
    gzipped = takes_gzip(call, len(body))
    etag = make_etag(revision.name.encode(), media_type.encode(), body, *([b"gzip"] if gzipped else []))
    headers: HeaderList = [
        (b"content-type", _content_type(kind, media_type)),
        (b"etag", etag),
        (b"cache-control", cache_control),
        (b"vary", b"Accept, " + ACCEPT_ENCODING),
        *CORS,
    ]
    if media_type == JSON:
        headers.append((b"link", _context_link(kind)))
    if is_not_modified(call.header(b"if-none-match") or "", etag):
        return Response(304, validators_of(headers))
    if gzipped:
        body = gzip_document(body)
        headers.append(GZIPPED)
    headers.append((b"content-length", b"%d" % len(body)))
    return Response(200, headers, body)


def _content_type(kind: DocumentKind, media_type: str) -> bytes:
    if media_type == JSON_LD and kind.has_profile:
        return f'{JSON_LD};profile="{kind.context}"'.encode()
    return media_type.encode()


def _context_link(kind: DocumentKind) -> bytes:
    """Makes plain JSON readable as JSON-LD (JSON-LD 1.1 §6.1, Image API 2.1 §5)."""
    return f'<{kind.context}>;rel="http://www.w3.org/ns/json-ld#context";type="{JSON_LD}"'.encode()
