"""Who asks: looked up by whatever this store runs beside, so that it need not know how tokens are kept."""

from __future__ import annotations

from typing import Protocol

from annotation_store.http.exchange import Scope
from config.access import Principal


class CallerSource(Protocol):
    """What the store asks about a request."""

    async def identify(self, scope: Scope, *, writing: bool) -> Principal:
        """Whoever asks; NOBODY without a token.

        Raises AuthenticationRequiredError where a token is not in force, ForbiddenError where a browser's session
        would write from a page of somebody else's, StoreUnavailableError where tokens cannot be looked up.
        """
        ...

    def base_url(self, scope: Scope) -> str:
        """`https://host/prefix` as the client sees this server."""
        ...
