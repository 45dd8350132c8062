"""The API as one application: routes, problems, cross-origin reading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from config.metrics import Samples
from config.version import Version, read_version
from ingest.http.callers import Gate
from ingest.http.cors import ReadCors
from ingest.http.downloads import Downloads, is_file_path
from ingest.http.health import Health, Ping
from ingest.http.images import Images
from ingest.http.jobs import Jobs
from ingest.http.metrics import Metrics
from ingest.http.problems import TABLE, answer_exception
from ingest.http.representations import JsonRepresentations
from ingest.http.session import Sessions
from ingest.http.uploads import Uploads
from ingest.services import Services
from ingest.stores import open_adopted

Endpoint = Callable[[Request], Response | Awaitable[Response]]


def create_api(
    services: Services,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    version: Version | None = None,
    collect: Callable[[], Samples] = dict,
    others: Mapping[str, Ping] | None = None,
) -> Starlette:
    """The API over these services, and `extra_routes` (the pages) behind its own.

    `version` is what /health tells, `collect` what /metrics does; it may block. `others` are the parts beside the
    API's own that /health asks, by their names.
    """
    gate = Gate(services)
    images, jobs, sessions = Images(services, gate), Jobs(services, gate), Sessions(services, gate)
    health = Health(services, version or read_version(services.settings.commit), others or {})
    downloads = Downloads(services, gate, open_adopted(services.settings))

    # `path`, because routes see the decoded path, where %2F is a slash; the endpoints parse the raw one.
    one_image = "/images/{identifier:path}"
    routes: list[BaseRoute] = [
        Route("/images", images.list_images, methods=["GET"]),
        _FileRoute(f"{one_image}/{{which}}", downloads.read_file, methods=["GET"]),
        _route(one_image, {"GET": images.read_image, "PATCH": images.edit_image, "DELETE": images.delete_image}),
        Route("/jobs", jobs.list_jobs, methods=["GET"]),
        Route("/jobs/{job_id}", jobs.read_job, methods=["GET"]),
        Route("/jobs/{job_id}/retry", jobs.retry_job, methods=["POST"]),
        Route("/uploads", Uploads(services, gate).upload, methods=["POST"]),
        _route("/session", {"GET": sessions.read_session, "DELETE": sessions.end_session}),
        Route("/metrics", Metrics(gate, collect).read_metrics, methods=["GET"]),
        Route("/health", health.read_health, methods=["GET"]),
        *extra_routes,
    ]
    api = Starlette(
        routes=routes,
        middleware=[Middleware(ReadCors), Middleware(JsonRepresentations)],
        exception_handlers=dict.fromkeys((*TABLE, Exception), answer_exception),
    )
    # Its redirects lead to whatever Host a request names, past proxies and their prefix.
    api.router.redirect_slashes = False
    return api


class _FileRoute(Route):
    """Judged by the raw path, since an identifier may end in %2Foriginal; for such a path no other methods exist."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See Route."""
        match, child_scope = super().matches(scope)
        if match is Match.NONE or not is_file_path(scope):
            return Match.NONE, {}
        return Match.FULL, child_scope


def _route(path: str, endpoints: Mapping[str, Endpoint]) -> Route:
    """One route for several methods, so that a 405 lists all of them in Allow (RFC 9110 §15.5.6)."""

    async def endpoint(request: Request) -> Response:
        chosen = endpoints["GET" if request.method == "HEAD" else request.method]
        answer = chosen(request) if iscoroutinefunction(chosen) else run_in_threadpool(chosen, request)
        return await cast("Awaitable[Response]", answer)

    return Route(path, endpoint, methods=list(endpoints))
