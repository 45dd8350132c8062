"""Containers, and what lies beside their annotations, described for /openapi.json. Data."""

from __future__ import annotations

from annotation_store.file_formats import ExportFormat
from annotation_store.http.openapi_answers import (
    CHANGED,
    DONE,
    SEEN,
    SENT,
    TAGGED,
    WRITTEN,
    describe,
    made,
    read,
    replaced,
    sent,
)
from annotation_store.http.openapi_parameters import (
    AFTER_NAME,
    CANVAS,
    CONTAINER,
    CREATES,
    EVENTS_AFTER,
    IF_MATCH,
    IF_NONE_MATCH,
    IRIS,
    LAST_EVENT,
    MEASURES,
    PAGE,
    PREFER,
    REVIEW_STATE,
    SEARCH,
    SLUG,
)
from annotation_store.import_formats import IMPORTED
from config.access import Action
from config.openapi import TEXT, Paths, answer, content, parameter

_NDJSON = "application/x-ndjson"
_EVENT = """id: 7-1
event: create
data: {"id":"https://example.org/annotations/default/note-1","version":1,"state":"draft","etag":"\\"7-1-j\\""}

"""

CONTAINERS: Paths = {
    "/annotations/": {
        "get": describe(
            "listContainers",
            "The containers; with parameters of a search what is found in all of them",
            AFTER_NAME,
            IRIS,
            MEASURES,
            *SEARCH,
            IF_NONE_MATCH,
            success=read("Containers", "FoundPage", maybe=("Link",)),
            refusals=(400, 401, 406),
        ),
        "post": describe(
            "createContainer",
            "A new container",
            SLUG,
            success=made("Container"),
            refusals=(*SENT, *WRITTEN, 405, 406, 412),
            body=sent("ContainerWish", turtle=False),
            body_required=False,
            needs=Action.ANNOTATE,
        ),
    },
    "/annotations/{container}/": {
        "get": describe(
            "readContainer",
            "A container, one of its pages, or what is found in it",
            CONTAINER,
            PREFER,
            IRIS,
            PAGE,
            MEASURES,
            *SEARCH,
            IF_NONE_MATCH,
            success=read(
                "Container",
                "ContainerPage",
                "FoundPage",
                headers=(*TAGGED, "Link"),
                maybe=("Content-Location", "Preference-Applied"),
            ),
            refusals=(*SEEN, 400, 406),
        ),
        "post": describe(
            "createAnnotation",
            "A new annotation",
            CONTAINER,
            SLUG,
            REVIEW_STATE,
            success=made("StoredAnnotation"),
            refusals=(*SENT, *WRITTEN, 405, 406, 422),
            body=sent("Annotation", turtle=True),
            needs=Action.ANNOTATE,
        ),
        "put": describe(
            "replaceContainer",
            "The container's description, or with If-None-Match a new container",
            CONTAINER,
            IF_MATCH,
            CREATES,
            success=replaced("Container"),
            refusals=(*SENT, *CHANGED, 405, 406),
            body=sent("ContainerWish", turtle=False),
            body_required=False,
            needs=Action.ANNOTATE,
        ),
        "delete": describe(
            "deleteContainer",
            "The end of a container with all in it",
            CONTAINER,
            IF_MATCH,
            success={204: DONE},
            refusals=(*CHANGED, 405),
            needs=Action.ANNOTATE,
        ),
    },
    "/annotations/{container}/bulk": {
        "post": describe(
            "changeMany",
            "Many annotations at once, each line by itself or all or none",
            CONTAINER,
            REVIEW_STATE,
            parameter(
                "mode", "query", "What a line that fails does.", {"type": "string", "enum": ["lines", "transaction"]}
            ),
            parameter("canvas", "query", "The canvas that shapes of GeoJSON lie on."),
            success={200: answer("What became of each line.", content(_NDJSON, schema=TEXT), ("Cache-Control",))},
            refusals=(*SENT, *WRITTEN, 422),
            body=content(*IMPORTED),
            needs=Action.ANNOTATE,
        )
    },
    "/annotations/{container}/export": {
        "get": describe(
            "exportContainer",
            "A container as a file",
            CONTAINER,
            parameter("format", "query", "How it is written.", {"type": "string", "enum": list(ExportFormat)}),
            CANVAS,
            success={
                200: answer(
                    "The file.",
                    {form.media_type.partition(";")[0]: {} for form in ExportFormat},
                    ("Content-Disposition", "Cache-Control"),
                )
            },
            refusals=(*SEEN, 400),
        )
    },
    "/annotations/{container}/events": {
        "get": describe(
            "followChanges",
            "Changes as they happen: create, update and delete, each with id, version, state and ETag. It has no end",
            CONTAINER,
            LAST_EVENT,
            MEASURES,
            EVENTS_AFTER,
            success={
                200: answer(
                    "Server-Sent Events (HTML Living Standard §9.2).",
                    content("text/event-stream", schema=TEXT, example=_EVENT),
                    ("Cache-Control",),
                )
            },
            refusals=(*SEEN, 400),
        )
    },
}
