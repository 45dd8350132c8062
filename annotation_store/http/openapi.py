"""The annotation store's HTTP interface, described for /openapi.json. Data; docs/annotations.md says more."""

from __future__ import annotations

from annotation_store.file_formats import ExportFormat
from annotation_store.import_formats import IMPORTED
from annotation_store.query import ReviewState
from config.openapi import Json, Paths, content, operation, parameter

_TAG = "annotations"
_LD, _JSON, _TURTLE = (
    'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
    "application/json",
    "text/turtle",
)
_SENT = ("application/ld+json", _JSON, _TURTLE)
_OBJECT: Json = {"type": "object"}
_ANNOTATION: Json = {
    "type": "object",
    "required": ["@context", "type", "target"],
    "properties": {"@context": {}, "type": {}, "target": {}, "body": {}, "id": {"type": "string"}},
}
_DESCRIPTION: Json = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "visibility": {"enum": ["public", "restricted", "private"]},
        "settings": {"type": "object"},
    },
}
_NAME = parameter("annotation", "path", "The annotation's name.")
_CONTAINER = parameter("container", "path", "The container's name.")
_BOTH = (_CONTAINER, _NAME)
_IF_MATCH = parameter("If-Match", "header", "The ETag that was read.")
_IF_NONE = parameter("If-None-Match", "header", "The ETag that is known; `*` with PUT creates.")
_SLUG = parameter("Slug", "header", "A name that is wished for.")
_PREFER = parameter("Prefer", "header", "What a container is to hold (Web Annotation Protocol §4.2.1).")
_STATE = parameter("Review-State", "header", "How the annotation begins.", type="string", enum=list(ReviewState))
_AFTER = parameter("after", "query", "As in the link to the next page.", type="string")
_READ = {200: content(_LD, _JSON, _TURTLE), 304: None}
_OWN = {200: content(_JSON), 304: None}
_SEARCH = tuple(
    parameter(name, "query", description)
    for name, description in (
        ("target", "A canvas or any other resource."),
        ("manifest", "A manifest that the target is part of."),
        ("region", "x,y,w,h or an SVG shape."),
        ("time", "start,end in seconds."),
        ("text", 'Words, `prefix*`, "a phrase".'),
        ("creator", "A name or an IRI."),
        ("motivation", "Such as commenting."),
        ("tag", "A tag."),
        ("body_type", "Such as TextualBody."),
        ("created", "A range of dates."),
        ("modified", "A range of dates."),
        ("state", "A state of review."),
        ("limit", "Items on a page."),
        ("cursor", "As in the link to the next page."),
    )
)


def _read(summary: str, *parameters: Json, success: dict[int, Json | None] | None = None) -> Json:
    return operation(summary, _TAG, success=success or _READ, parameters=parameters)


def _write(
    summary: str, *parameters: Json, success: dict[int, Json | None] | None = None, body: Json | None = None
) -> Json:
    return operation(summary, _TAG, success=success or {204: None}, parameters=parameters, body=body, writes=True)


_MADE: dict[int, Json | None] = {201: content(_LD, _JSON, _TURTLE)}
_CHANGED: dict[int, Json | None] = {200: content(_LD, _JSON, _TURTLE), **_MADE}
_SEARCHED: dict[int, Json | None] = {200: content(_JSON, _LD), 304: None}
_EITHER = (parameter("version", "path", "Of Content Search.", type="integer", enum=[1, 2]),)
_SCOPE = parameter("scope", "path", "A container's name, or the percent-encoded IRI of a canvas or manifest.")
_Q = parameter("q", "query", "What is looked for.")

PATHS: Paths = {
    "/annotations/": {
        "get": _read("The containers", _AFTER, *_SEARCH),
        "post": _write(
            "A new container", _SLUG, success=_MADE, body=content("application/ld+json", _JSON, schema=_DESCRIPTION)
        ),
    },
    "/annotations/{container}/": {
        "get": _read(
            "A container, one of its pages, or what is found in it",
            _CONTAINER,
            _PREFER,
            _IF_NONE,
            parameter("iris", "query", "1 for IRIs alone.", type="string", enum=["0", "1"]),
            parameter("page", "query", "As in a link.", type="integer", minimum=0),
            *_SEARCH,
        ),
        "post": _write(
            "A new annotation",
            _CONTAINER,
            _SLUG,
            _STATE,
            success=_MADE,
            body=content(*_SENT, schema=_ANNOTATION),
        ),
        "put": _write(
            "The container's description",
            _CONTAINER,
            _IF_MATCH,
            _IF_NONE,
            success=_CHANGED,
            body=content("application/ld+json", _JSON, schema=_DESCRIPTION),
        ),
        "delete": _write("The end of a container with all in it", _CONTAINER, _IF_MATCH),
    },
    "/annotations/{container}/bulk": {
        "post": _write(
            "Many annotations at once",
            _CONTAINER,
            _STATE,
            parameter("mode", "query", "Each line by itself, or all or none.", enum=["lines", "transaction"]),
            parameter("canvas", "query", "The canvas that shapes of GeoJSON lie on."),
            success={200: content("application/x-ndjson")},
            body=content(*IMPORTED),
        )
    },
    "/annotations/{container}/export": {
        "get": _read(
            "A container as a file",
            _CONTAINER,
            parameter("format", "query", "How it is written.", type="string", enum=list(ExportFormat)),
            parameter("canvas", "query", "Only what lies on it; GeoJSON needs it."),
            success={200: {form.media_type: {"schema": {}} for form in ExportFormat}},
        )
    },
    "/annotations/{container}/events": {
        "get": _read(
            "Changes as they happen",
            _CONTAINER,
            parameter("Last-Event-ID", "header", "Where to resume."),
            parameter("after", "query", "The same, for whoever cannot set the header."),
            success={200: content("text/event-stream")},
        )
    },
    "/annotations/{container}/{annotation}": {
        "get": _read("An annotation", *_BOTH, _IF_NONE),
        "put": _write(
            "Its new state",
            *_BOTH,
            _IF_MATCH,
            _IF_NONE,
            _STATE,
            success=_CHANGED,
            body=content(*_SENT, schema=_ANNOTATION),
        ),
        "delete": _write("Its end", *_BOTH, _IF_MATCH),
    },
    "/annotations/{container}/{annotation}/versions": {
        "get": _read("Who did what and when", *_BOTH, _AFTER, success=_OWN),
        "delete": _write("A purge: really removes all versions", *_BOTH),
    },
    "/annotations/{container}/{annotation}/versions/{number}": {
        "get": _read(
            "A version as it was, or what differs between two",
            *_BOTH,
            parameter("number", "path", "The version's number.", type="integer", minimum=1),
            parameter("against", "query", "The version that a JSON Patch begins at.", type="integer", minimum=1),
            success={200: content(_LD, _JSON, _TURTLE, "application/json-patch+json"), 304: None},
        )
    },
    "/annotations/{container}/{annotation}/undelete": {
        "post": _write("A new annotation of a deleted one", *_BOTH, success=_MADE)
    },
    "/annotations/{container}/{annotation}/review": {
        "get": _read("Its state, by whom and when", *_BOTH, success=_OWN),
        "put": _write(
            "A step of review",
            *_BOTH,
            _IF_MATCH,
            success={200: content(_JSON)},
            body=content(
                _JSON,
                schema={
                    "type": "object",
                    "required": ["state"],
                    "properties": {"state": {"enum": list(ReviewState)}},
                },
            ),
        ),
    },
    "/annotations/{container}/{annotation}/replies": {"get": _read("The thread", *_BOTH, _AFTER, success=_OWN)},
    "/iiif/annotations/3/{container}/collection": {
        "get": _read("A layer as an AnnotationCollection of IIIF", _CONTAINER, success=_SEARCHED)
    },
    "/iiif/annotations/3/{container}/page": {
        "get": _read(
            "An AnnotationPage of IIIF: of one canvas, or of all",
            _CONTAINER,
            parameter("canvas", "query", "The canvas's IRI."),
            _AFTER,
            success=_SEARCHED,
        )
    },
    "/iiif/search/{version}/{scope}": {"get": _read("IIIF Content Search", *_EITHER, _SCOPE, _Q, success=_SEARCHED)},
    "/iiif/search/{version}/{scope}/autocomplete": {
        "get": _read("IIIF autocompletion", *_EITHER, _SCOPE, _Q, success=_SEARCHED)
    },
}
