"""The store's documents as JSON schemas, for /openapi.json. Pure data.

What a client sends is described as far as can be said briefly; `annotation_store.schemas` has the whole model.
"""

from __future__ import annotations

from collections.abc import Mapping

from annotation_store.container_documents import MAX_LABEL_CHARACTERS
from annotation_store.contexts import ANNO_CONTEXT, LDP_CONTEXT
from annotation_store.query import ReviewState
from annotation_store.records import Visibility
from config.openapi import TEXT, list_of, nullable, object_of, ref
from config.openapi_shared import Json

IRI: Json = {"type": "string", "format": "uri"}
COUNT: Json = {"type": "integer", "minimum": 0}
STATE: Json = {"type": "string", "enum": list(ReviewState)}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_NUMBER: Json = {"type": "integer", "minimum": 1}
_OPEN: Json = {"additionalProperties": True}


def _one_or_among(value: str) -> Json:
    """The text, or an array that holds it."""
    return {"anyOf": [{"const": value}, {"type": "array", "minItems": 2, "contains": {"const": value}}]}


_TEXT_OR_OBJECT: Json = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "minProperties": 1}]}
_SOME: Json = {"anyOf": [*_TEXT_OR_OBJECT["anyOf"], {**list_of(_TEXT_OR_OBJECT), "minItems": 1}]}
_ANNOTATION = object_of(
    {"@context": _one_or_among(ANNO_CONTEXT), "type": _one_or_among("Annotation"), "target": _SOME},
    {"id": {"type": "string", "minLength": 1}, "body": _SOME, "bodyValue": TEXT},
    **_OPEN,
    description="Web Annotation Data Model §3. Of `body` and `bodyValue` there is one at the most.",
    examples=[
        {
            "@context": ANNO_CONTEXT,
            "type": "Annotation",
            "motivation": "commenting",
            "body": {"type": "TextualBody", "value": "A mitosis", "format": "text/plain"},
            "target": "https://example.org/canvas/1#xywh=10,20,300,200",
        }
    ],
)
_STORED = object_of(
    {"id": IRI, "type": {}, "target": {}},
    {"@context": {}},
    **_OPEN,
    description="An annotation as it is kept; on pages without the usual context.",
)
_LABEL: Json = {
    "description": f"A text, or texts by language; {MAX_LABEL_CHARACTERS} characters at the most.",
    "type": ["string", "object", "array"],
}
_VISIBILITY: Json = {"type": "string", "enum": list(Visibility)}
_SETTINGS = object_of({}, {"initial_state": STATE})
_CONTAINER_WISH = object_of(
    {},
    {"label": _LABEL, "visibility": _VISIBILITY, "settings": _SETTINGS},
    **_OPEN,
    description="What a container is to be like. Whatever else stands in it is set by the server.",
    examples=[{"label": "Mitoses", "visibility": "restricted", "settings": {"initial_state": "draft"}}],
)
_TYPES: Json = {"const": ["BasicContainer", "AnnotationCollection"]}
_PAGE_TYPE: Json = {"const": "AnnotationPage"}
_ITEMS = list_of({"anyOf": [IRI, ref("StoredAnnotation")]})
_EMBEDDED = object_of({"id": IRI, "type": _PAGE_TYPE, "items": _ITEMS}, {"next": IRI, "prev": IRI})
_COLLECTION: Json = {"id": IRI, "type": _TYPES, "label": TEXT, "total": COUNT, "modified": _MOMENT}
_CONTAINER = object_of(
    {
        "@context": {"const": [ANNO_CONTEXT, LDP_CONTEXT]},
        **_COLLECTION,
        "first": {"anyOf": [IRI, _EMBEDDED]},
        "last": IRI,
        "visibility": _VISIBILITY,
        "settings": _SETTINGS,
    },
    {"creator": TEXT},
    description="A container (Web Annotation Protocol §4). `items` are IRIs where those were preferred.",
)
_PAGE = object_of(
    {"@context": {"const": ANNO_CONTEXT}, "id": IRI, "type": _PAGE_TYPE, "partOf": object_of(_COLLECTION)},
    {"items": _ITEMS, "next": IRI, "prev": IRI},
    required=["@context", "id", "type", "partOf", "items"],
    description="A page of a container (Web Annotation Protocol §4.3).",
)
_FOUND = object_of(
    {
        "@context": {},
        "id": IRI,
        "type": _PAGE_TYPE,
        "partOf": object_of({"id": IRI, "type": {"const": "AnnotationCollection"}}),
        "startIndex": COUNT,
        "items": _ITEMS,
    },
    {"next": IRI, "prev": IRI},
    **_OPEN,
    description="A page of what was found.",
)
_ENTRY = object_of({"id": IRI, "type": _TYPES, "label": TEXT, "total": COUNT, "visibility": _VISIBILITY})
_ROOT = object_of(
    {
        "@context": {"const": [ANNO_CONTEXT, LDP_CONTEXT]},
        "id": IRI,
        "type": {"const": "BasicContainer"},
        "label": TEXT,
        "contains": list_of(_ENTRY),
    },
    description="The container of all containers.",
)
_VERSION = object_of({"id": IRI, "number": _NUMBER, "editor": TEXT, "action": TEXT, "state": STATE, "made": _MOMENT})
_VERSIONS = object_of({"id": IRI, "annotation": IRI, "items": list_of(_VERSION)}, {"next": IRI})
_STEP = object_of({"state": STATE, "by": TEXT, "when": _MOMENT, "version": _NUMBER})
_REVIEW = object_of(
    {
        "id": IRI,
        "annotation": IRI,
        "state": STATE,
        "by": nullable(TEXT),
        "when": _MOMENT,
        "steps": list_of(_STEP),
    }
)
_REPLY = object_of(
    {"id": IRI, "replies": list_of(ref("Reply"))},
    {"annotation": ref("StoredAnnotation"), "deleted": {"const": True}},
    description="Of a reply that was deleted only those to it are left.",
)
_REPLIES = object_of({"id": IRI, "annotation": IRI, "items": list_of(ref("Reply"))}, {"next": IRI})
_PATCH: Json = {
    **list_of(object_of({"op": TEXT, "path": TEXT}, {"from": TEXT, "value": {}})),
    "description": "JSON Patch (RFC 6902).",
}

SCHEMAS: Mapping[str, Json] = {
    "Annotation": _ANNOTATION,
    "StoredAnnotation": _STORED,
    "ContainerWish": _CONTAINER_WISH,
    "Container": _CONTAINER,
    "ContainerPage": _PAGE,
    "FoundPage": _FOUND,
    "Containers": _ROOT,
    "Versions": _VERSIONS,
    "Review": _REVIEW,
    "ReviewStep": object_of({"state": STATE}, **_OPEN, examples=[{"state": "accepted"}]),
    "Reply": _REPLY,
    "Replies": _REPLIES,
    "JsonPatch": _PATCH,
}
