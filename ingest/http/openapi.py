"""The API's HTTP interface, described for /openapi.json. Data; docs/operating.md says more."""

from __future__ import annotations

from config.openapi import Paths, content, operation, parameter

_TAG = "catalog"
_JSON = content("application/json")
_ID = parameter("id", "path", "The image's identifier, percent-encoded.")
_JOB = parameter("job_id", "path", "The job's number or name.")
_CURSOR = parameter("after", "query", "As in the link to the next page.")
_OBJECT = content("application/json", schema={"type": "object"})

_UPLOAD = {
    "identifier": "How the image is called.",
    "filename": "The name of the file.",
    "label": "What people see.",
    "rights": "The IRI of a licence.",
    "access": "public or restricted.",
    "replace": "1 to replace an image of that identifier.",
}

PATHS: Paths = {
    "/images": {"get": operation("The images", _TAG, success={200: _JSON}, parameters=[_CURSOR])},
    "/images/{id}": {
        "get": operation("An image's details, or one of its files", _TAG, success={200: _JSON}, parameters=[_ID]),
        "patch": operation(
            "Changes label, rights or access", _TAG, success={200: _JSON}, parameters=[_ID], body=_OBJECT, writes=True
        ),
        "delete": operation(
            "The end of an image", _TAG, success={200: _JSON, 204: None}, parameters=[_ID], writes=True
        ),
    },
    "/jobs": {"get": operation("The jobs", _TAG, success={200: _JSON}, parameters=[_CURSOR])},
    "/jobs/{job_id}": {"get": operation("A job", _TAG, success={200: _JSON}, parameters=[_JOB])},
    "/jobs/{job_id}/retry": {
        "post": operation("Once more", _TAG, success={200: _JSON}, parameters=[_JOB], writes=True)
    },
    "/uploads": {
        "post": operation(
            "A new image",
            _TAG,
            success={202: _JSON},
            parameters=[parameter(name, "query", description) for name, description in _UPLOAD.items()],
            body=content("application/octet-stream"),
            writes=True,
        )
    },
    "/session": {
        "get": operation("Who asks, and what they may", _TAG, success={200: _JSON}),
        "delete": operation("The end of a browser's session", _TAG, success={204: None}),
    },
    "/metrics": {"get": operation("Numbers for Prometheus", _TAG, success={200: content("text/plain")})},
    "/health": {"get": operation("Whether it is well", _TAG, success={200: _JSON})},
}
