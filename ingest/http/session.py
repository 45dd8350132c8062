"""/session: who asks, and a browser's session by a one-time link."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from config.access import COOKIE_NAME
from ingest.http.callers import Gate
from ingest.services import Services
from ingest.tokens import SESSION_LIFE, close_session, open_session

_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie"}


class Sessions:
    """The endpoints."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    def read_session(self, request: Request) -> Response:
        """GET /session: name and roles; with `code`: signs in and leads to the first page."""
        code = request.query_params.get("code")
        # A HEAD, which link checkers send, must not use the code up.
        if code is not None and request.method == "GET":
            return self._open(request, code)
        principal = self._gate.identify(request).principal
        return JSONResponse({"name": principal.name, "roles": sorted(principal.roles)}, headers=_HEADERS)

    def end_session(self, request: Request) -> Response:
        """DELETE /session: signs out."""
        token = request.cookies.get(COOKIE_NAME)
        if token is not None:
            self._gate.require_same_origin(request)
            close_session(self._services, token)
        response = Response(status_code=204, headers=_HEADERS)
        response.delete_cookie(COOKIE_NAME, path="/", httponly=True, samesite="strict")
        return response

    def _open(self, request: Request, code: str) -> Response:
        base_url = self._gate.base_url(request)
        response = RedirectResponse(f"{base_url}/", status_code=303, headers=_HEADERS)
        response.set_cookie(
            COOKIE_NAME,
            open_session(self._services, code),
            max_age=int(SESSION_LIFE.total_seconds()),
            path="/",
            secure=base_url.startswith("https://"),
            httponly=True,
            samesite="strict",
        )
        return response
