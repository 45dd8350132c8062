"""What the store's operations have in common, for /openapi.json: answers, refusals, bodies. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

from annotation_store.http.openapi_iiif import TAG
from config.access import Action
from config.openapi import TEXT, answer, content, operation, ref
from config.openapi_shared import Json

JSON_LD, JSON, _TURTLE = "application/ld+json", "application/json", "text/turtle"
# Statuses of refusals: of what is looked for, what is written, what is changed under a condition, what is sent.
SEEN = (401, 403, 404, 410)
WRITTEN = (*SEEN, 429)
CHANGED = (*WRITTEN, 412, 428)
SENT = (400, 413, 415)
TAGGED = ("ETag", "Cache-Control", "Vary", "Allow")

Answers = Mapping[int, Json]


def documents(*schemas: str) -> Json:
    """In JSON or Turtle."""
    schema = ref(schemas[0]) if len(schemas) == 1 else {"anyOf": [ref(name) for name in schemas]}
    return content(JSON_LD, JSON, schema=schema) | content(_TURTLE, schema=TEXT)


def sent(schema: str, *, turtle: bool) -> Json:
    """The body of a request."""
    body = content(JSON_LD, JSON, schema=ref(schema))
    return body | content(_TURTLE, schema=TEXT, example=_IN_TURTLE) if turtle else body


_IN_TURTLE = """@prefix oa: <http://www.w3.org/ns/oa#> .
<> a oa:Annotation ; oa:bodyValue "A mitosis" ; oa:hasTarget <https://example.org/canvas/1> .
"""
KNOWN = answer("The client has it already.", headers=("ETag", "Cache-Control", "Vary"))
ELSEWHERE = answer("To the annotation that has this id of its client's.", headers=("Location", "Cache-Control"))
DONE = answer("It is done.", headers=("Cache-Control",))


def read(*schemas: str, headers: tuple[str, ...] = TAGGED, maybe: tuple[str, ...] = ()) -> Answers:
    """200 with the first of these that fits, or 304."""
    return {200: answer("The document.", documents(*schemas), headers, maybe), 304: KNOWN}


def read_own(schema: str) -> Answers:
    """Documents of our own, in plain JSON."""
    return {200: answer("The document.", content(JSON, schema=ref(schema)), TAGGED), 304: KNOWN}


def made(schema: str) -> Answers:
    """201."""
    headers = (*TAGGED, "Location", "Content-Location")
    return {201: answer("It was made.", documents(schema), headers, ("Review-State", "Link"))}


def replaced(schema: str) -> Answers:
    """200, or 201 where it was not there."""
    new = answer("The new state.", documents(schema), TAGGED, ("Review-State", "Link", "Content-Location"))
    return {200: new, **made(schema)}


def describe(
    name: str,
    summary: str,
    *parameters: Json,
    success: Answers,
    refusals: tuple[int, ...],
    body: Json | None = None,
    body_required: bool = True,
    needs: Action | None = None,
) -> Json:
    """See config.openapi.operation; `refusals` in any order, and some twice."""
    return operation(
        name,
        TAG,
        summary,
        success=success,
        refusals=sorted(set(refusals)),
        parameters=parameters,
        body=body,
        body_required=body_required,
        needs=needs,
    )
