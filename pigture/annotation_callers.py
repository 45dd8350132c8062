"""Who asks the annotation store: the catalog's tokens and sessions, each looked up once in a while."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import HTTPConnection

from annotation_store import store_errors
from annotation_store.http.exchange import Scope
from config.access import COOKIE_NAME, Principal
from ingest.errors import CatalogUnavailableError
from ingest.http.callers import Caller, Gate, Proof
from ingest.http.errors import AuthenticationRequiredError, ForbiddenError

REMEMBERED_S = 2.0
"""A token that is revoked, or whose roles change, is believed for as long; the image server does the same."""
_MAX_REMEMBERED = 10_000


class CatalogCallers:
    """Implements annotation_store.http.callers.CallerSource."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._remembered: dict[tuple[str | None, str | None], tuple[float, Caller]] = {}

    def base_url(self, scope: Scope) -> str:
        """As the other services see it."""
        return self._gate.base_url(HTTPConnection(scope))

    async def identify(self, scope: Scope, *, writing: bool) -> Principal:
        """See CallerSource."""
        connection = HTTPConnection(scope)
        try:
            caller = await self._identify(connection)
            if writing and caller.proof is Proof.COOKIE:
                self._gate.require_same_origin(connection)
        except AuthenticationRequiredError as exc:
            raise store_errors.AuthenticationRequiredError(exc.detail, token_given=exc.token_given) from exc
        except ForbiddenError as exc:
            raise store_errors.ForbiddenError(exc.detail) from exc
        except CatalogUnavailableError as exc:
            raise store_errors.StoreUnavailableError from exc
        return caller.principal

    async def _identify(self, connection: HTTPConnection) -> Caller:
        key = (connection.headers.get("authorization"), connection.cookies.get(COOKIE_NAME))
        if key == (None, None):
            return self._gate.identify(connection)  # nothing to look up
        known = self._remembered.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        caller = await asyncio.to_thread(self._gate.identify, connection)
        if caller.proof in (Proof.BEARER, Proof.COOKIE):
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = (time.monotonic() + REMEMBERED_S, caller)
        return caller
