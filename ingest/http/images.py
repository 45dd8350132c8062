"""/images: the catalog's list, one image's details, changing and deleting it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from config.access import Action, Principal
from ingest.catalog import Visibility
from ingest.delete import delete_image
from ingest.edit import edit_image
from ingest.errors import IdentifierDeletedError, UnknownImageError
from ingest.http.callers import Gate
from ingest.http.documents import build_details, build_item
from ingest.http.errors import AuthenticationRequiredError, ForbiddenError
from ingest.http.queries import parse_cursor, parse_flag, parse_identifier, parse_limit, parse_text, read_changes
from ingest.services import Services
from ingest.views import ImageView

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
_PAGE, MAX_PAGE = 100, 1000


class Images:
    """The endpoints."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    def list_images(self, request: Request) -> Response:
        """GET /images?limit&cursor&q&deleted: the newest first, as many as the caller may see."""
        principal = self._gate.identify(request).principal
        page = self._services.catalog.images(
            parse_limit(request, _PAGE, MAX_PAGE),
            parse_cursor(request),
            query=parse_text(request, "q") or "",
            visibility=_visibility(principal, deleted=parse_flag(request, "deleted")),
        )
        base_url, with_job = self._gate.base_url(request), principal.may(Action.READ_JOBS)
        document = {
            "items": [build_item(image, base_url, with_job=with_job) for image in page.items],
            "next": str(page.next) if page.next is not None else None,
        }
        return JSONResponse(document, headers=HEADERS)

    def read_image(self, request: Request) -> Response:
        """GET /images/{id}"""
        identifier = parse_identifier(request)
        caller = self._gate.identify(request)
        view = self._services.catalog.image(identifier)
        if view is None:
            raise UnknownImageError(identifier)
        if not caller.principal.may(Action.READ_JOBS):
            _check_visible(view, caller.principal)
        document = build_details(
            view,
            self._gate.base_url(request),
            with_job=caller.principal.may(Action.READ_JOBS),
            with_original=caller.principal.may(Action.DOWNLOAD_ORIGINALS),
            with_pyramid=caller.principal.may(Action.DOWNLOAD_PYRAMIDS),
        )
        return JSONResponse(document, headers=HEADERS)

    def delete_image(self, request: Request) -> Response:
        """DELETE /images/{id}?purge: a purge takes an administrator."""
        purge = parse_flag(request, "purge")
        self._gate.require(request, Action.PURGE_IMAGES if purge else Action.DELETE_IMAGES)
        delete_image(self._services, parse_identifier(request), purge=purge)
        return Response(status_code=204)

    async def edit_image(self, request: Request) -> Response:
        """PATCH /images/{id}: label, rights, access."""
        await run_in_threadpool(self._gate.require, request, Action.WRITE_IMAGES)
        identifier = parse_identifier(request)
        changes = await read_changes(request)
        await run_in_threadpool(edit_image, self._services, identifier, changes)
        return await run_in_threadpool(self.read_image, request)


def _visibility(principal: Principal, *, deleted: bool) -> Visibility:
    if principal.may(Action.READ_JOBS):
        return Visibility.ALL if deleted else Visibility.CURRENT
    return Visibility.LIVE if principal.may(Action.READ_RESTRICTED) else Visibility.PUBLIC


def _check_visible(view: ImageView, principal: Principal) -> None:
    """For those who may not see jobs: what is not published is not there."""
    image = view.summary
    if image.state == "deleted":
        raise IdentifierDeletedError(image.identifier)
    if image.state != "live":
        raise UnknownImageError(image.identifier)
    if image.access != "public" and not principal.may(Action.READ_RESTRICTED):
        if principal.name is None:
            raise AuthenticationRequiredError(f"It takes a token to {Action.READ_RESTRICTED}.")
        raise ForbiddenError(f"{principal.name} may not {Action.READ_RESTRICTED}.")
