"""One annotation and what belongs to it, described for /openapi.json. Data."""

from __future__ import annotations

from annotation_store.comparing import MEDIA_TYPE as JSON_PATCH
from annotation_store.http.openapi_answers import (
    CHANGED,
    DONE,
    ELSEWHERE,
    JSON,
    JSON_LD,
    KNOWN,
    SEEN,
    SENT,
    TAGGED,
    WRITTEN,
    describe,
    documents,
    made,
    read,
    read_own,
    replaced,
    sent,
)
from annotation_store.http.openapi_parameters import (
    AFTER_PLACE,
    AFTER_VERSION,
    AGAINST,
    ANNOTATION,
    CONTAINER,
    CREATES,
    IF_MATCH,
    IF_NONE_MATCH,
    NUMBER,
    REVIEW_STATE,
)
from config.access import Action
from config.openapi import Paths, answer, content, ref

_BOTH = (CONTAINER, ANNOTATION)

ANNOTATIONS: Paths = {
    "/annotations/{container}/{annotation}": {
        "get": describe(
            "readAnnotation",
            "An annotation",
            *_BOTH,
            IF_NONE_MATCH,
            success={
                **read("StoredAnnotation", headers=(*TAGGED, "Link"), maybe=("Review-State",)),
                307: ELSEWHERE,
            },
            refusals=(*SEEN, 406),
        ),
        "put": describe(
            "replaceAnnotation",
            "Its new state, or with If-None-Match a new annotation of that name",
            *_BOTH,
            IF_MATCH,
            CREATES,
            REVIEW_STATE,
            success={**replaced("StoredAnnotation"), 307: ELSEWHERE},
            refusals=(*SENT, *CHANGED, 406, 409, 422),
            body=sent("Annotation", turtle=True),
            needs=Action.ANNOTATE,
        ),
        "delete": describe(
            "deleteAnnotation",
            "Its end; its name is never used again",
            *_BOTH,
            IF_MATCH,
            success={204: DONE, 307: ELSEWHERE},
            refusals=CHANGED,
            needs=Action.ANNOTATE,
        ),
    },
    "/annotations/{container}/{annotation}/versions": {
        "get": describe(
            "listVersions",
            "Who did what and when",
            *_BOTH,
            AFTER_VERSION,
            IF_NONE_MATCH,
            success=read_own("Versions"),
            refusals=(*SEEN, 400),
        ),
        "delete": describe(
            "purgeAnnotation",
            "Really removes all versions",
            *_BOTH,
            success={204: DONE},
            refusals=WRITTEN,
            needs=Action.ADMINISTER_ANNOTATIONS,
        ),
    },
    "/annotations/{container}/{annotation}/versions/{number}": {
        "get": describe(
            "readVersion",
            "A version as it was, or what differs between two",
            *_BOTH,
            NUMBER,
            AGAINST,
            IF_NONE_MATCH,
            success={
                200: answer(
                    "The version, or the JSON Patch that leads to it.",
                    documents("StoredAnnotation") | content(JSON_PATCH, schema=ref("JsonPatch")),
                    ("Cache-Control", "Vary", "Allow"),
                    ("ETag", "Link", "Memento-Datetime", "Review-State"),
                ),
                304: KNOWN,
            },
            refusals=(*SEEN, 400, 406),
        )
    },
    "/annotations/{container}/{annotation}/undelete": {
        "post": describe(
            "undeleteAnnotation",
            "A new annotation of a deleted one",
            *_BOTH,
            success=made("StoredAnnotation"),
            refusals=(*WRITTEN, 406, 412),
            needs=Action.ANNOTATE,
        )
    },
    "/annotations/{container}/{annotation}/review": {
        "get": describe(
            "readReview",
            "Its state, by whom and when",
            *_BOTH,
            IF_NONE_MATCH,
            success=read_own("Review"),
            refusals=SEEN,
        ),
        "put": describe(
            "stepReview",
            "A step of review",
            *_BOTH,
            IF_MATCH,
            success={200: answer("The review as it is now.", content(JSON, schema=ref("Review")), TAGGED)},
            refusals=(*SENT, *CHANGED),
            body=content(JSON, JSON_LD, schema=ref("ReviewStep")),
            needs=Action.ANNOTATE,
        ),
    },
    "/annotations/{container}/{annotation}/replies": {
        "get": describe(
            "readReplies",
            "The thread of replies to it",
            *_BOTH,
            AFTER_PLACE,
            IF_NONE_MATCH,
            success=read_own("Replies"),
            refusals=(*SEEN, 400),
        )
    },
}
