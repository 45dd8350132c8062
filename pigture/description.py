"""/openapi.json: the HTTP interface of all services together."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from annotation_store.http.openapi import PATHS as ANNOTATIONS
from config.openapi import PATH, build_description
from iiif_server.http.openapi import PATHS as IMAGES
from ingest.http.openapi import PATHS as CATALOG


def description_route(version: str) -> Route:
    """The document as a route of the API."""
    body = build_description(version, (IMAGES, ANNOTATIONS, CATALOG))

    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return Route(PATH, answer, methods=["GET"])
