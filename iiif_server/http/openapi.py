"""The image server's HTTP interface, described for /openapi.json. Data; the IIIF specifications say more."""

from __future__ import annotations

from collections.abc import Mapping

from config.openapi import Description, Paths, answer, content, operation, parameter, ref
from config.openapi_service import describe_service
from config.openapi_shared import Json
from iiif_server.encoders import MEDIA_TYPES
from iiif_server.http.openapi_grammar import FIELDS, ID, PINNED, picture_parameters
from iiif_server.http.openapi_schemas import SCHEMAS
from iiif_server.request import Version

TAG = "images"

_NAMES: Mapping[str, tuple[str, str, tuple[Json, ...]]] = {
    "": ("{id}", "as it is now", (ID,)),
    "Pinned": ("{id}@{revision}", "in one revision, which never changes", (ID, PINNED)),
    "Part": ("{id}{fields}", "by part or rendering", (ID, FIELDS)),
}
"""How an image is named in paths: what the names of operations end in, the segment, its meaning, its parameters."""

_IF_NONE_MATCH = parameter("If-None-Match", "header", "ETags that are known (RFC 9110 §13.1.2).")
_NAMED = (400, 401, 403, 404, 410)
_SENT = ("Cache-Control", "Server-Timing")
_KNOWN = answer("The client has it already.", headers=("ETag", *_SENT))
_DOCUMENT_TYPES = ("application/ld+json", "application/json")


def _document(name: str) -> Mapping[int, Json]:
    headers = ("ETag", "Vary", *_SENT)
    return {
        200: answer("The document.", content(*_DOCUMENT_TYPES, schema=ref(name)), headers, ("Link",)),
        304: _KNOWN,
    }


def _describe_service(version: Version) -> Paths:
    number, parameters = version.value, picture_parameters(version)
    redirect = {303: answer("To its info.json (§2).", headers=("Location", *_SENT))}
    picture = {
        200: answer("The picture.", content(*MEDIA_TYPES.values()), ("ETag", "Link", *_SENT)),
        304: _KNOWN,
    }
    paths: dict[str, Json] = {}
    for kind, (name, meaning, own) in _NAMES.items():
        start, ending = f"/iiif/{number}/{name}", f"{number}{kind}"
        paths[start] = _get(
            f"redirectToImageInformation{ending}", f"The base URI of an image {meaning}", redirect, own, _NAMED
        )
        paths[f"{start}/info.json"] = _get(
            f"readImageInformation{ending}",
            f"What an image is like, {meaning} (Image API {number} §5)",
            _document(f"ImageInformation{number}"),
            (*own, _IF_NONE_MATCH),
            _NAMED,
        )
        paths[f"{start}/{{region}}/{{size}}/{{rotation}}/{{quality}}.{{format}}"] = _get(
            f"readImage{ending}",
            f"An image or a part of it, {meaning} (Image API {number} §4)",
            picture,
            (*own, *parameters, _IF_NONE_MATCH),
            (*_NAMED, 413, 501),
        )
    return paths


def _describe_manifests() -> Paths:
    return {
        f"/iiif/presentation/3/{name}/manifest": _get(
            f"readManifest{kind}",
            f"The manifest of an image {meaning}",
            _document("Manifest"),
            (*own, _IF_NONE_MATCH),
            _NAMED,
        )
        for kind, (name, meaning, own) in _NAMES.items()
    }


def _get(
    name: str, summary: str, success: Mapping[int, Json], parameters: tuple[Json, ...], refusals: tuple[int, ...]
) -> Json:
    return {"get": operation(name, TAG, summary, success=success, parameters=parameters, refusals=refusals)}


DESCRIPTION = Description(
    TAG,
    "IIIF Image API 3.0 and 2.1, Presentation API 3.0.",
    {**_describe_service(Version.V3), **_describe_service(Version.V2), **_describe_manifests()},
    SCHEMAS,
)

ALONE = describe_service((), has_metrics=True, has_validators=False)
"""What it answers beside where it stands alone."""
