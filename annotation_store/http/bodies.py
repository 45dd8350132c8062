"""Bodies of requests: the annotation or container that a client sends."""

from __future__ import annotations

import asyncio

from annotation_store.documents import JsonObject, parse_document
from annotation_store.errors import InvalidAnnotationError
from annotation_store.http.exchange import Exchange
from annotation_store.http.service import StoreService
from annotation_store.negotiation import Format, parse_content_type
from annotation_store.store_errors import UnsupportedMediaTypeError
from annotation_store.validation import validate_annotation

_JSON = "application/ld+json or application/json"


async def read_annotation(exchange: Exchange, service: StoreService, iri: str) -> JsonObject:
    """The annotation in the body; in Turtle `<>` is `iri`.

    Raises UnsupportedMediaTypeError, DocumentTooLargeError, MalformedJsonError, MalformedTurtleError,
    InvalidAnnotationError.
    """
    sent_as = _content_type(exchange, f"{_JSON} or text/turtle")
    data = await exchange.body(service.options.limits.max_bytes)
    if sent_as is Format.TURTLE:
        document = await asyncio.to_thread(_parse_turtle, data, iri)
        if document.get("id") == iri:  # `<>`: no name that the client gave
            del document["id"]
    else:
        document = parse_document(data, service.options.limits)
    violations = validate_annotation(document, service.validator)
    if violations:
        raise InvalidAnnotationError(violations)
    return document


async def read_container(exchange: Exchange, service: StoreService) -> JsonObject:
    """The description in the body; one that is empty says nothing. Raises as read_annotation does."""
    length = exchange.header("content-length")
    if length == "0" or (length is None and exchange.header("transfer-encoding") is None):
        return {}
    require_json(exchange)
    return parse_document(await exchange.body(service.options.limits.max_bytes), service.options.limits)


def require_json(exchange: Exchange) -> None:
    """Raises UnsupportedMediaTypeError."""
    if _content_type(exchange, _JSON) is Format.TURTLE:
        raise UnsupportedMediaTypeError(_JSON)


def _parse_turtle(data: bytes, iri: str) -> JsonObject:
    from annotation_store.turtle import parse_turtle  # late: a fifth of a second that few processes need

    return parse_turtle(data, iri)


def _content_type(exchange: Exchange, accepted: str) -> Format:
    if (exchange.header("content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaTypeError(accepted)
    sent_as = parse_content_type(exchange.header("content-type"))
    if sent_as is None:
        raise UnsupportedMediaTypeError(accepted)
    return sent_as
