"""The image server's HTTP interface, described for /openapi.json. Data; the IIIF specifications say more."""

from __future__ import annotations

from config.openapi import Json, Paths, content, operation, parameter

_TAG = "images"
_ID = parameter(
    "id", "path", "The image's identifier, percent-encoded; `{id}@{revision}` for one that never changes."
)
_IMAGE = (
    _ID,
    parameter("region", "path", "full, square, x,y,w,h or pct:x,y,w,h."),
    parameter("size", "path", "max, w,h, w, ,h, pct:n, !w,h; `^` before it may enlarge."),
    parameter("rotation", "path", "Degrees; `!` before them mirrors."),
    parameter("quality", "path", "default, color, gray or bitonal."),
    parameter("format", "path", "jpg, png, webp …"),
)


def _read(summary: str, *parameters: Json, answer: Json) -> Json:
    return {"get": operation(summary, _TAG, success={200: answer, 304: None}, parameters=parameters)}


_INFO = content("application/ld+json", "application/json")
_PICTURE = content("image/*")

PATHS: Paths = {
    **{
        path: methods
        for version in (2, 3)
        for path, methods in {
            f"/iiif/{version}/{{id}}/info.json": _read("What an image is like", _ID, answer=_INFO),
            f"/iiif/{version}/{{id}}/{{region}}/{{size}}/{{rotation}}/{{quality}}.{{format}}": _read(
                "An image, or a part of it", *_IMAGE, answer=_PICTURE
            ),
        }.items()
    },
    "/iiif/presentation/3/{id}/manifest": _read("The manifest of an image", _ID, answer=_INFO),
}
