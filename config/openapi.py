"""Descriptions of HTTP interfaces as OpenAPI 3.1: the parts that services put theirs together from. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

VERSION = "3.1.0"
PATH = "/openapi.json"
Json = dict[str, Any]
Paths = Mapping[str, Json]

_TEXTS = {
    200: "What was asked for.",
    201: "It was made; Location tells where.",
    204: "It is done.",
    304: "The client has it already.",
    308: "It is at another address.",
}


def parameter(name: str, place: str, description: str, **schema: Any) -> Json:
    """`place` is path, query or header; without a schema it is a text."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema or {"type": "string"},
    }


def content(*media_types: str, schema: Json | None = None) -> Json:
    """A body in each of the media types."""
    return {media_type: {"schema": schema or {}} for media_type in media_types}


def operation(
    summary: str,
    tag: str,
    *,
    success: Mapping[int, Json | None],
    parameters: Sequence[Json] = (),
    body: Json | None = None,
    writes: bool = False,
) -> Json:
    """`success` has the content of each answer that is none of refusal; refusals are problem documents."""
    responses: Json = {
        str(status): {"description": _TEXTS.get(status, "Done."), **({"content": answer} if answer else {})}
        for status, answer in success.items()
    }
    problem = content("application/problem+json", schema={"$ref": "#/components/schemas/Problem"})
    responses["4XX"] = {"description": "Refused; `type` and `detail` tell why (RFC 9457).", "content": problem}
    responses["503"] = {"description": "Try again after Retry-After.", "content": problem}
    described: Json = {"summary": summary, "tags": [tag], "responses": responses}
    if parameters:
        described["parameters"] = list(parameters)
    if body is not None:
        described["requestBody"] = {"required": True, "content": body}
    described["security"] = [{"token": []}] if writes else [{}, {"token": []}]
    return described


def build_description(version: str, parts: Iterable[Paths]) -> bytes:
    """The OpenAPI document of all parts, as JSON."""
    document = {
        "openapi": VERSION,
        "info": {
            "title": "Pigture",
            "version": version,
            "description": "Very large images, and annotations on them.",
        },
        "paths": {path: methods for part in parts for path, methods in part.items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM},
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
