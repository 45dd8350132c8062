"""JSON-LD documents with their negotiated media type, validator and caching."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class PackedDocument:
    """A large document, made and compressed beforehand; `digest` stands for its bytes."""

    size_bytes: int
    digest: bytes
    gzipped: bytes

    @classmethod
    def pack(cls, document: JsonObject) -> PackedDocument:
        """Takes its time: up to a second for the largest manifests."""
        body = _dump(document)
        return cls(len(body), hashlib.blake2b(body, digest_size=16).digest(), gzip_document(body))


def answer_document(
    call: Call, kind: DocumentKind, document: JsonObject, revision: Revision, cache_control: bytes
) -> Response:
    """The document about this revision, or 304 where the client has it.

    A new revision has new ETags throughout, and each coding has one of its own (RFC 9110 §8.8.3.3).
    """
    body = _dump(document)
    gzipped = takes_gzip(call, len(body))
    head = _build_head(call, kind, (revision.name.encode(), body), cache_control, gzipped=gzipped)
    return _answer(call, head, lambda: gzip_document(body) if gzipped else body, gzipped=gzipped)


def answer_packed(
    call: Call, kind: DocumentKind, packed: PackedDocument, revision: Revision, cache_control: bytes
) -> Response:
    """The same for a document that was packed."""
    gzipped = takes_gzip(call, packed.size_bytes)
    head = _build_head(call, kind, (revision.name.encode(), packed.digest), cache_control, gzipped=gzipped)
    return _answer(
        call, head, lambda: packed.gzipped if gzipped else gzip.decompress(packed.gzipped), gzipped=gzipped
    )


def _dump(document: JsonObject) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class _Head:
    etag: bytes
    headers: HeaderList


def _build_head(
    call: Call, kind: DocumentKind, content: tuple[bytes, bytes], cache_control: bytes, *, gzipped: bool
) -> _Head:
    """All headers but those of the body's bytes; `content` decides about these."""
    media_type = choose_media_type(call.header(b"accept"), kind.offers)
    name, body = content
    etag = make_etag(name, media_type.encode(), body, *([b"gzip"] if gzipped else []))
    headers: HeaderList = [
        (b"content-type", _content_type(kind, media_type)),
        (b"etag", etag),
        (b"cache-control", cache_control),
        (b"vary", b"Accept, " + ACCEPT_ENCODING),
        *CORS,
    ]
    if media_type == JSON:
        headers.append((b"link", _context_link(kind)))
    return _Head(etag, headers)


def _answer(call: Call, head: _Head, make_body: Callable[[], bytes], *, gzipped: bool) -> Response:
    if is_not_modified(call.header(b"if-none-match") or "", head.etag):
        return Response(304, validators_of(head.headers))
    body = make_body()
    coding = [GZIPPED] if gzipped else []
    return Response(200, [*head.headers, *coding, (b"content-length", b"%d" % len(body))], body)


def _content_type(kind: DocumentKind, media_type: str) -> bytes:
    if media_type == JSON_LD and kind.has_profile:
        return f'{JSON_LD};profile="{kind.context}"'.encode()
    return media_type.encode()


def _context_link(kind: DocumentKind) -> bytes:
    """Makes plain JSON readable as JSON-LD (JSON-LD 1.1 §6.1, Image API 2.1 §5)."""
    return f'<{kind.context}>;rel="http://www.w3.org/ns/json-ld#context";type="{JSON_LD}"'.encode()
