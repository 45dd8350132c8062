"""The parameters of the store's requests, for /openapi.json. Pure data; docs/annotations.md says more."""

from __future__ import annotations

from annotation_store.http.openapi_schemas import COUNT, STATE
from annotation_store.names import MAX_CHARACTERS
from config.openapi import TEXT, parameter
from config.openapi_shared import Json

_NAME: Json = {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS}
_FILLED: Json = {"type": "string", "minLength": 1}
_VERSION: Json = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
_PLACE: Json = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}

CONTAINER = parameter("container", "path", "The container's name.", _NAME, examples=("mitoses",))
ANNOTATION = parameter(
    "annotation", "path", "The annotation's name, or the id that its client gave it.", _FILLED, examples=("note-1",)
)
NUMBER = parameter("number", "path", "The version's number.", _VERSION, examples=(1,))
SCOPE = parameter(
    "scope",
    "path",
    "A container's name, or the IRI of a canvas or manifest, percent-encoded.",
    _FILLED,
    examples=("mitoses", "https://example.org/canvas/1"),
)

IF_MATCH = parameter("If-Match", "header", "The ETag that was read, or `*`.", TEXT)
IF_NONE_MATCH = parameter("If-None-Match", "header", "ETags that are known.", TEXT)
CREATES = parameter("If-None-Match", "header", "`*` creates what is not there.", TEXT)
SLUG = parameter("Slug", "header", "A name that is wished for (RFC 5023 §9.7).", TEXT, examples=("note-1",))
PREFER = parameter(
    "Prefer",
    "header",
    "What a container is to hold (Web Annotation Protocol §4.2.1).",
    TEXT,
    examples=(
        'return=representation;include="http://www.w3.org/ns/ldp#PreferMinimalContainer"',
        'return=representation;include="http://www.w3.org/ns/oa#PreferContainedIRIs"',
    ),
)
REVIEW_STATE = parameter("Review-State", "header", "How the annotation begins.", STATE)
LAST_EVENT = parameter("Last-Event-ID", "header", "The id of the last event that was seen.", TEXT)
EVENTS_AFTER = parameter("after", "query", "The same, for whoever cannot set the header.", TEXT)

_FLAG: Json = {"type": "string", "enum": ["0", "1"]}
IRIS = parameter("iris", "query", "1 for IRIs alone, 0 for whole annotations.", _FLAG)
MEASURES = parameter("measures", "query", "1 for regions in millimetres, where the image knows its scale.", _FLAG)
PAGE = parameter("page", "query", "As in the link to a page.", _PLACE)
AFTER_NAME = parameter("after", "query", "As in the link to the next page.", TEXT)
AFTER_PLACE = parameter("after", "query", "As in the link to the next page.", _PLACE)
AFTER_VERSION = parameter("after", "query", "As in `next`.", {**COUNT, "maximum": 999_999_999})
AGAINST = parameter("against", "query", "The version that a JSON Patch begins at.", _VERSION)
CANVAS = parameter("canvas", "query", "The IRI of a canvas, without a fragment.", _FILLED)


def _many(name: str, description: str, schema: Json = _FILLED, *examples: str) -> Json:
    return parameter(name, "query", description, schema, examples=[[example] for example in examples], many=True)


SEARCH: tuple[Json, ...] = (
    _many("target", "A canvas or any other resource.", _FILLED, "https://example.org/canvas/1"),
    _many("manifest", "A manifest that the target is part of."),
    _many("region", "x,y,w,h, an SVG, or well-known text.", _FILLED, "0,0,512,512", "POLYGON((0 0,9 0,9 9,0 0))"),
    _many("time", "start,end in seconds; either may be left out.", _FILLED, "0,10"),
    _many("text", 'Words, `prefix*`, "a phrase".', _FILLED, "mitos*"),
    _many("creator", "A name or an IRI."),
    _many("motivation", "Such as commenting.", _FILLED, "commenting"),
    _many("tag", "A tag."),
    _many("body_type", "Such as TextualBody.", _FILLED, "TextualBody"),
    _many("created", "A date, time or range of them (ISO 8601).", _FILLED, "2024-05/.."),
    _many("modified", "A date, time or range of them (ISO 8601)."),
    _many("state", "A state of review.", STATE, "accepted"),
    parameter("limit", "query", "Items on a page.", {"type": "integer", "minimum": 1, "maximum": 999_999_999}),
    parameter("cursor", "query", "As in the link to the next page.", TEXT),
)
"""Each that may be given several times finds what fits one of its values; all of them must fit."""

IIIF_SEARCH: tuple[Json, ...] = (
    parameter("q", "query", "Words, `prefix*`, a phrase.", TEXT, examples=("mitosis",)),
    parameter("motivation", "query", "Separated by spaces; non-painting for all others.", TEXT),
    parameter("date", "query", "Dates or ranges, separated by spaces.", TEXT),
    parameter("user", "query", "Creators, separated by spaces.", TEXT),
)
CURSOR = parameter("cursor", "query", "As in the link to the next page.", TEXT)
MINIMUM = parameter("min", "query", "How often a term must occur.", {**COUNT, "maximum": 999_999_999})
