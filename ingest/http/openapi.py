"""The API's HTTP interface, described for /openapi.json. Data; docs/operating.md says more."""

from __future__ import annotations

from collections.abc import Mapping

from config.access import Action
from config.openapi import TEXT, Description, Paths, answer, content, operation, parameter, ref
from config.openapi_service import describe_service
from config.openapi_shared import Json
from iiif_server.grammar import MAX_IDENTIFIER_BYTES
from ingest.http.images import MAX_PAGE as MAX_IMAGES
from ingest.http.jobs import MAX_PAGE as MAX_JOBS
from ingest.http.openapi_schemas import ACCESS, SCHEMAS
from ingest.job import JobState

TAG = "catalog"

_FILLED: Json = {"type": "string", "minLength": 1, "maxLength": MAX_IDENTIFIER_BYTES, "pattern": r"^[^\u0000]+$"}
_ID = parameter("id", "path", "The image's identifier, percent-encoded.", _FILLED, examples=("slide-1", "codex/12r"))
_REVISION = parameter("revision", "path", "An earlier revision.", {"type": "string", "pattern": "^[0-9a-z]{1,64}$"})
_JOB = parameter("job_id", "path", "The job's id.", {"type": "string", "minLength": 1})
_IF_NONE_MATCH = parameter("If-None-Match", "header", "ETags that are known (RFC 9110 §13.1.2).")
_FLAG: Json = {"type": "string", "enum": ["true", "false", "1", "0"]}
_VALIDATED = ("ETag", "Cache-Control", "Vary")
_KNOWN = answer("The client has it already.", headers=_VALIDATED)


def _limit(most: int) -> Json:
    return parameter("limit", "query", "How many at the most.", {"type": "integer", "minimum": 1, "maximum": most})


def _json(name: str) -> Json:
    return content("application/json", schema=ref(name))


def _read(name: str, headers: tuple[str, ...] = _VALIDATED) -> Mapping[int, Json]:
    """Documents with a validator."""
    return {200: answer("The document.", _json(name), headers), 304: _KNOWN}


_SUBMISSION = (
    {
        **parameter("identifier", "query", "How the image is called.", _FILLED, examples=("slide-1",)),
        "required": True,
    },
    parameter("filename", "query", "The name of the file; without it the last part of the identifier.", TEXT),
    parameter("label", "query", "What people see.", TEXT),
    parameter("rights", "query", "The IRI of a licence or statement.", TEXT),
    parameter("access", "query", "Who may see it.", ACCESS),
    parameter("replace", "query", "Whether it may be a new revision of an image that is there.", _FLAG),
)
_CONDITIONS = (
    parameter("Range", "header", "bytes=first-last, also several (RFC 9110 §14.2).", examples=("bytes=0-99",)),
    parameter("If-Range", "header", "The ETag of the file that a range is wanted of."),
    parameter("If-Match", "header", "The ETag that the file must have."),
    _IF_NONE_MATCH,
)
_FILE_HEADERS = (*_VALIDATED, "Accept-Ranges", "Content-Disposition")
_FILE = {
    200: answer("The file.", content("*/*"), _FILE_HEADERS, ("Repr-Digest",)),
    206: answer("Parts of it.", content("*/*"), _FILE_HEADERS, ("Content-Range", "Repr-Digest")),
    304: answer("The client has it already.", headers=(*_VALIDATED, "Accept-Ranges")),
}


def _download(name: str, which: str, needs: Action, *own: Json) -> Json:
    return {
        "get": operation(
            name,
            TAG,
            f"The {which}, or parts of it",
            success=_FILE,
            refusals=(400, 401, 403, 404, 410, 412, 416),
            parameters=(*own, *_CONDITIONS),
            needs=needs,
        )
    }


_IMAGES: Paths = {
    "/images": {
        "get": operation(
            "listImages",
            TAG,
            "The images that whoever asks may see, the newest first",
            success=_read("Images"),
            refusals=(400, 401),
            parameters=(
                _limit(MAX_IMAGES),
                parameter(
                    "cursor", "query", "`next` of another answer.", {"type": "string", "pattern": "^[0-9]{1,18}$"}
                ),
                parameter("q", "query", "What identifier or label contain.", examples=("slide",)),
                parameter("deleted", "query", "Whether deleted ones are listed; takes the role curate.", _FLAG),
                _IF_NONE_MATCH,
            ),
        )
    },
    "/images/{id}": {
        "get": operation(
            "readImageDetails",
            TAG,
            "Everything about an image",
            success=_read("ImageDetails"),
            refusals=(400, 401, 403, 404, 410),
            parameters=(_ID, _IF_NONE_MATCH),
        ),
        "patch": operation(
            "editImage",
            TAG,
            "Changes label, rights or access",
            success={200: answer("The image as it is now.", _json("ImageDetails"), ("Cache-Control",))},
            refusals=(400, 401, 403, 404, 410, 413),
            parameters=(_ID,),
            body=_json("ImageChanges"),
            needs=Action.WRITE_IMAGES,
        ),
        "delete": operation(
            "deleteImage",
            TAG,
            "The end of an image; its identifier is never used again",
            success={204: answer("It is deleted.")},
            refusals=(400, 401, 403, 404, 410),
            parameters=(
                _ID,
                parameter("purge", "query", "Whether its files go at once; takes the role administer.", _FLAG),
            ),
            needs=Action.DELETE_IMAGES,
        ),
    },
    "/images/{id}/original": _download("readOriginal", "file that came in", Action.DOWNLOAD_ORIGINALS, _ID),
    "/images/{id}/pyramid": _download("readPyramid", "pyramidal TIFF", Action.DOWNLOAD_PYRAMIDS, _ID),
    "/images/{id}@{revision}/original": _download(
        "readOriginalPinned", "file that a revision was made of", Action.DOWNLOAD_ORIGINALS, _ID, _REVISION
    ),
    "/images/{id}@{revision}/pyramid": _download(
        "readPyramidPinned", "pyramidal TIFF of a revision", Action.DOWNLOAD_PYRAMIDS, _ID, _REVISION
    ),
}

_WORK: Paths = {
    "/uploads": {
        "post": operation(
            "uploadImage",
            TAG,
            "A new image, or a new revision: the body is the file, whatever its Content-Type",
            success={202: answer("A job converts it.", _json("Job"), ("Location",))},
            refusals=(400, 401, 403, 409, 410, 413, 422, 507),
            parameters=_SUBMISSION,
            body=content("application/octet-stream"),
            needs=Action.WRITE_IMAGES,
        )
    },
    "/jobs": {
        "get": operation(
            "listJobs",
            TAG,
            "The jobs, the newest first",
            success={200: answer("The document.", _json("Jobs"), ("Cache-Control",))},
            refusals=(400, 401, 403),
            parameters=(
                parameter("state", "query", "Only those.", {"type": "string", "enum": list(JobState)}),
                _limit(MAX_JOBS),
            ),
            needs=Action.READ_JOBS,
        )
    },
    "/jobs/{job_id}": {
        "get": operation(
            "readJob",
            TAG,
            "How a job stands",
            success={200: answer("The document.", _json("Job"), ("Cache-Control",))},
            refusals=(401, 403, 404),
            parameters=(_JOB,),
            needs=Action.READ_JOBS,
        )
    },
    "/jobs/{job_id}/retry": {
        "post": operation(
            "retryJob",
            TAG,
            "Another try of a job that failed",
            success={202: answer("It is queued.", _json("Job"), ("Cache-Control", "Location"))},
            refusals=(401, 403, 404, 409),
            parameters=(_JOB,),
            needs=Action.WRITE_IMAGES,
        )
    },
}

_SESSIONS: Paths = {
    "/session": {
        "get": operation(
            "readSession",
            TAG,
            "Who asks, and what they may; with a code a browser's session begins",
            success={
                200: answer("The document.", _json("Session"), ("Cache-Control", "Vary")),
                303: answer("Signed in: to the first page.", headers=("Location", "Set-Cookie", "Cache-Control")),
            },
            refusals=(401, 403),
            parameters=(parameter("code", "query", "Of the link that `pigture serve` prints; good once."),),
        ),
        "delete": operation(
            "endSession",
            TAG,
            "The end of a browser's session",
            success={204: answer("Signed out.", headers=("Set-Cookie", "Cache-Control"))},
            refusals=(403,),
        ),
    },
}

DESCRIPTION = Description(TAG, "Images, uploads and jobs.", {**_IMAGES, **_WORK, **_SESSIONS}, SCHEMAS)
ITSELF = describe_service(("database", "queue", "storage"), has_metrics=True, has_validators=True)
