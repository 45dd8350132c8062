"""/openapi.json: the HTTP interface of all services together."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from annotation_store.http.openapi import DESCRIPTION as ANNOTATIONS
from config.openapi import PATH, Description, answer, build_description, content, operation, parameter
from config.openapi_shared import Json
from iiif_server.http.openapi import DESCRIPTION as IMAGES
from ingest.http.openapi import DESCRIPTION as CATALOG
from ingest.http.openapi import ITSELF

_TAG = "pages"
_HTML = content("text/html", schema={"type": "string"})
_HEADERS = ("ETag", "Cache-Control", "Vary")
_IF_NONE_MATCH = parameter("If-None-Match", "header", "ETags that are known.")
_ID = parameter("id", "path", "The image's identifier; the page reads it from its address.", examples=("slide-1",))
_FILE = parameter("file", "path", "Its name, which holds a digest of what is in it.")


def _page(name: str, summary: str, body: Json, *own: Json, is_file: bool = False) -> Json:
    success = {
        200: answer("The page." if not is_file else "The file.", body, _HEADERS),
        304: answer("The client has it already.", headers=_HEADERS),
    }
    described = operation(
        name,
        _TAG,
        summary,
        success=success,
        refusals=(404,) if is_file else (),
        parameters=(*own, _IF_NONE_MATCH),
    )
    if not is_file:
        not_built = answer(
            "The pages were not built, or are away.", content("text/plain", "application/problem+json")
        )
        described["responses"]["503"] = not_built
    return {"get": described}


PAGES = Description(
    _TAG,
    "What people look at in a browser.",
    {
        "/": _page("readGallery", "The gallery", _HTML),
        "/view/{id}": _page("readViewer", "One image in the viewer", _HTML, _ID),
        "/icon.svg": _page("readIcon", "The icon of the pages", content("image/svg+xml"), is_file=True),
        "/assets/{file}": _page("readAsset", "Scripts and styles of the pages", content("*/*"), _FILE, is_file=True),
    },
)


def description_route(version: str, public_url: str | None = None) -> Route:
    """The document as a route of the API; `public_url` is where clients see it."""
    body = build_description(version, public_url or "", (IMAGES, ANNOTATIONS, CATALOG, PAGES, ITSELF))

    async def answer_description(_request: Request) -> Response:
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return Route(PATH, answer_description, methods=["GET"])
