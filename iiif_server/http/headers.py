"""Headers that several endpoints share: CORS, caching, validators."""

from __future__ import annotations

import hashlib

from config.entity_tags import knows_tag
from iiif_server.http.messages import HeaderList
from iiif_server.record import Record

ALLOW = b"GET, HEAD, OPTIONS"

CORS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Allow, Content-Encoding, ETag, Link, Location, Retry-After, Server-Timing, Vary, WWW-Authenticate",
    ),
    # Server-Timing and sizes for scripts of other origins (Resource Timing §4.4).
    (b"timing-allow-origin", b"*"),
)

PREFLIGHT: tuple[tuple[bytes, bytes], ...] = (
    *CORS,
    (b"allow", ALLOW),
    (b"access-control-allow-methods", ALLOW),
    (b"access-control-allow-headers", b"Accept, Authorization, Cache-Control, Content-Type, If-None-Match, Range"),
    (b"access-control-max-age", b"86400"),
)

IMMUTABLE = b"public, max-age=31536000, immutable"
PRIVATE = b"private, no-store"
NO_STORE = b"no-store"


def cache_control(record: Record, *, immutable: bool, max_age_s: int) -> bytes:
    """How long an answer about this image may be kept, and by whom (RFC 9111 §5.2.2, RFC 5861 §3)."""
    if record.access != "public":
        return PRIVATE
    if immutable:
        return IMMUTABLE
    return b"public, max-age=%d, stale-while-revalidate=%d" % (max_age_s, max_age_s)


def make_etag(*parts: bytes) -> bytes:
    """A strong validator of everything that decides about the bytes (RFC 9110 §8.8.3)."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return b'"' + digest.hexdigest().encode() + b'"'


def is_not_modified(if_none_match: str, etag: bytes) -> bool:
    """Whether the client has this already: weak comparison, lists and `*` (RFC 9110 §13.1.2)."""
    return knows_tag(if_none_match, etag.decode())


def validators_of(headers: HeaderList) -> HeaderList:
    """What a 304 repeats: all but the description of the content (RFC 9110 §15.4.5)."""
    return [pair for pair in headers if pair[0] not in (b"content-length", b"content-type")]
