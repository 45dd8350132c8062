"""The API's documents as JSON schemas, for /openapi.json. Pure data; `ingest.http.documents` makes the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from config.access import Role
from config.openapi import TEXT, list_of, nullable, object_of, ref
from config.openapi_shared import Json
from iiif_server.samples_record import SampleType
from ingest.job import JobState
from ingest.submission import Access
from ingest.views import ImageState

ACCESS: Json = {"type": "string", "enum": list(get_args(Access))}
_URL: Json = {"type": "string", "format": "uri"}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_PIXELS: Json = {"type": "integer", "minimum": 1}
_BYTES: Json = {"type": "integer", "minimum": 0}
_SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_NUMBER: Json = {"type": "number"}
_DIGEST: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

_ITEM: Json = {
    "id": _URL,
    "identifier": TEXT,
    "label": nullable(TEXT),
    "labels": ref("LanguageMap"),
    "rights": nullable(TEXT),
    "state": {"enum": list(get_args(ImageState))},
    "access": ACCESS,
    "width": nullable(_PIXELS),
    "height": nullable(_PIXELS),
    "updated": _MOMENT,
    "manifest": nullable(_URL),
    "service": nullable(_URL),
    "thumbnail": nullable(_URL),
    "view": nullable(_URL),
    "progress": nullable(_SHARE),
    "error": nullable(TEXT),
}
_CHANNEL = object_of(
    {
        "name": TEXT,
        "color": {"type": "string", "pattern": "^[0-9a-f]{6}$"},
        **dict.fromkeys(("low", "high", "minimum", "maximum"), _NUMBER),
        "visible": {"type": "boolean"},
    }
)
_SAMPLES = object_of(
    {"type": {"enum": list(get_args(SampleType))}, "channels": list_of(_CHANNEL), "size_bytes": _BYTES},
    description="What is kept beyond 8-bit colours.",
)
_PART = object_of({"name": TEXT, "label": TEXT, "width": _PIXELS, "height": _PIXELS, "service": _URL})
_REVISION = object_of(
    {
        "name": TEXT,
        "width": _PIXELS,
        "height": _PIXELS,
        "published": _MOMENT,
        "pyramid_size_bytes": _BYTES,
        "service": _URL,
    }
)
_MASTER = object_of(
    {"sha256": nullable(_DIGEST), "size_bytes": _BYTES, "file_name": TEXT, "state": TEXT},
    description="The original.",
)
_DETAILS = object_of(
    {
        **_ITEM,
        "revision": nullable(TEXT),
        "losses": list_of(TEXT),
        "samples": nullable(_SAMPLES),
        "pixel_size_mm": nullable({**list_of(_NUMBER), "minItems": 2, "maxItems": 2}),
        "parts": list_of(_PART),
        "revisions": list_of(_REVISION),
        "downloads": object_of({}, {"original": _URL, "pyramid": _URL}),
    },
    {"master": nullable(_MASTER), "jobs": list_of(ref("Job"))},
    description="`master` and `jobs` are for those who may see jobs; revisions and jobs begin with the newest.",
)
_JOB = object_of(
    {
        "id": TEXT,
        "url": _URL,
        "identifier": TEXT,
        "image": _URL,
        "state": {"enum": list(JobState)},
        "progress": _SHARE,
        "error": nullable(TEXT),
        "attempts": {"type": "integer", "minimum": 0},
        "file_name": TEXT,
        "created": _MOMENT,
        "updated": _MOMENT,
    }
)
_CHANGES = object_of(
    {},
    {
        "label": {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"$ref": "#/components/schemas/LanguageMap", "minProperties": 1},
            ]
        },
        "rights": nullable(TEXT),
        "access": ACCESS,
    },
    description="What is to change; `rights` of null take the statement away.",
    examples=[{"label": {"en": ["Fly wing"]}, "access": "restricted"}],
)

SCHEMAS: Mapping[str, Json] = {
    "Image": object_of(_ITEM, description="An image in a list. Sizes and addresses are null until it is published."),
    "Images": object_of({"items": list_of(ref("Image")), "next": nullable(TEXT)}),
    "ImageDetails": _DETAILS,
    "ImageChanges": _CHANGES,
    "Job": _JOB,
    "Jobs": object_of({"items": list_of(ref("Job"))}),
    "Session": object_of({"name": nullable(TEXT), "roles": list_of({"enum": list(Role)})}),
}
