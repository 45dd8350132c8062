"""Descriptions of HTTP interfaces as OpenAPI 3.1: the parts that services put theirs together from. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.access import Action
from config.openapi_shared import HEADERS, REFUSALS, SCHEMAS, SECURITY_SCHEMES, Json, refuse, refused, security

VERSION = "3.1.0"
PATH = "/openapi.json"
Paths = Mapping[str, Json]

TEXT: Json = {"type": "string"}
DIALECT = "https://spec.openapis.org/oas/3.1/dialect/base"

_ABOUT = """Very large images, and annotations on them.

Whatever is answered to GET is answered to HEAD, without the body (RFC 9110 §9.3.2), and to browsers' preflights.
Refusals are problem documents (RFC 9457). A token goes into `Authorization: Bearer`; of the roles beside an operation
one is enough. Every operation may be refused with 503 and Retry-After while a part that it needs is away."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a service answers: `schemas` are the components that `paths` refer to, `tag` is that of its operations."""

    tag: str
    about: str
    paths: Paths
    schemas: Mapping[str, Json] = field(default_factory=dict)


def ref(name: str) -> Json:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(required: Mapping[str, Json], /, optional: Mapping[str, Json] | None = None, **more: Any) -> Json:
    """The schema of an object that has no other members, unless `more` says so."""
    schema: Json = {"type": "object", "properties": {**required, **(optional or {})}, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema | more


def nullable(schema: Json) -> Json:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(items: Json) -> Json:
    """An array of it."""
    return {"type": "array", "items": items}


def parameter(
    name: str, place: str, description: str, schema: Json = TEXT, *, examples: Sequence[Any] = (), many: bool = False
) -> Json:
    """`place` is path, query or header. `many`: it may be given again and again, each with a value of the schema."""
    described: Json = {"name": name, "in": place, "required": place == "path", "description": description}
    described["schema"] = list_of(schema) if many else schema
    if examples:
        described["examples"] = {f"example{number}": {"value": value} for number, value in enumerate(examples, 1)}
    return described


def content(*media_types: str, schema: Json | None = None, example: Any = None) -> Json:
    """A body in each of the media types; without a schema it is bytes."""
    described: Json = {"schema": schema or {}}
    if example is not None:
        described["example"] = example
    return dict.fromkeys(media_types, described)


def answer(
    description: str, body: Json | None = None, headers: Sequence[str] = (), maybe: Sequence[str] = ()
) -> Json:
    """A response. `headers`, which are keys of HEADERS, are always sent; `maybe` are sometimes."""
    described: Json = {"description": description}
    if body is not None:
        described["content"] = body
    named = {name: HEADERS[name] | {"required": True} for name in headers}
    named |= {name: HEADERS[name] for name in maybe}
    if named:
        described["headers"] = named
    return described


def operation(
    name: str,
    tag: str,
    summary: str,
    *,
    success: Mapping[int, Json],
    refusals: Sequence[int] = (),
    parameters: Sequence[Json] = (),
    body: Json | None = None,
    body_required: bool = True,
    needs: Action | None = None,
) -> Json:
    """An operation. `refusals` are the statuses of its problem documents; 503 is always among them.

    `needs` is what a token must allow; without it anybody may ask, and a token may show more.
    """
    described: Json = {"operationId": name, "summary": summary, "tags": [tag]}
    if parameters:
        described["parameters"] = list(parameters)
    if body is not None:
        described["requestBody"] = {"required": body_required, "content": body}
    responses = {str(status): response for status, response in success.items()}
    responses |= {str(status): refuse(status) for status in (*refusals, 503)}
    described["responses"] = dict(sorted(responses.items()))
    described["security"] = security(needs)
    return described


def build_description(version: str, base_url: str, parts: Iterable[Description]) -> bytes:
    """The OpenAPI document of all parts, as JSON. An empty `base_url` means the root of where it is got from."""
    parts = list(parts)
    document = {
        "openapi": VERSION,
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Pigture",
            "version": version,
            "summary": "IIIF images and annotations",
            "description": _ABOUT,
        },
        "servers": [{"url": base_url or "/"}],
        "tags": [{"name": part.tag, "description": part.about} for part in parts],
        "paths": {path: methods for part in parts for path, methods in part.paths.items()},
        "components": {
            "securitySchemes": SECURITY_SCHEMES,
            "responses": {name: refused(name) for name in REFUSALS},
            "schemas": {**SCHEMAS, **{name: body for part in parts for name, body in part.schemas.items()}},
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()
