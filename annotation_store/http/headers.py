"""The headers that the protocol wants on every answer (Web Annotation Protocol §3, §4, §6), and CORS."""

from __future__ import annotations

from annotation_store.negotiation import ACCEPTABLE, Format

_TYPE = '<http://www.w3.org/ns/{}>; rel="type"'
_CONSTRAINED = '<http://www.w3.org/TR/annotation-protocol/>; rel="http://www.w3.org/ns/ldp#constrainedBy"'
_RESOURCE = _TYPE.format("ldp#Resource")

CONTAINER_LINK = ", ".join((_TYPE.format("ldp#BasicContainer"), _RESOURCE, _CONSTRAINED))
ANNOTATION_LINK = ", ".join((_RESOURCE, _TYPE.format("oa#Annotation"), _CONSTRAINED))

REVIEW_STATE = "review-state"
"""Of a new annotation in a request; of any annotation in an answer."""

_WHO = "Accept-Encoding, Authorization, Cookie"
CONTAINER_HEADERS = {
    "allow": "DELETE, GET, HEAD, OPTIONS, POST, PUT",
    "accept-post": ACCEPTABLE,
    "link": CONTAINER_LINK,
    "vary": f"Accept, Prefer, {_WHO}",
}
ROOT_HEADERS = {
    **CONTAINER_HEADERS,
    "allow": "GET, HEAD, OPTIONS, POST",
    "accept-post": f"{Format.JSON_LD.value}, {Format.JSON_LD.media_type}, {Format.JSON.value}",
}
PAGE_HEADERS = {"allow": "GET, HEAD, OPTIONS", "link": _CONSTRAINED, "vary": f"Accept, Prefer, {_WHO}"}
ANNOTATION_HEADERS = {
    "allow": "DELETE, GET, HEAD, OPTIONS, PUT",
    "link": ANNOTATION_LINK,
    "vary": f"Accept, {_WHO}",
}
_PART_METHODS = {
    "bulk": "OPTIONS, POST",
    "events": "GET, HEAD, OPTIONS",
    "export": "GET, HEAD, OPTIONS",
    "versions": "DELETE, GET, HEAD, OPTIONS",
    "review": "GET, HEAD, OPTIONS, PUT",
    "replies": "GET, HEAD, OPTIONS",
    "undelete": "OPTIONS, POST",
}


def part_headers(part: str, number: int | None) -> dict[str, str]:
    """Of what belongs to a container or an annotation; `number` is that of a version."""
    return {
        "allow": "GET, HEAD, OPTIONS" if number is not None else _PART_METHODS[part],
        "vary": f"Accept, {_WHO}",
    }


CORS_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "Accept-Post, Allow, Cache-Control, Content-Disposition, Content-Location, ETag, Link, Location, "
        "Memento-Datetime, Prefer, Preference-Applied, Retry-After, Review-State, Vary, WWW-Authenticate"
    ),
}
# For everybody alike, since browsers ask without credentials.
PREFLIGHT_HEADERS = {
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, POST, PUT",
    "access-control-allow-headers": (
        "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, Last-Event-ID, Link, Prefer, "
        "Review-State, Slug"
    ),
    "access-control-max-age": "86400",
}
