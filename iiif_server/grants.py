"""The API tokens in force, read from storage: the image server checks tokens without a database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from config.access import NO_GRANTS, Action, Grants, parse_grants
from iiif_server.errors import AccessDeniedError
from iiif_server.flights import Flights
from iiif_server.layout import TOKENS_KEY
from iiif_server.record import Record
from storage.errors import ObjectNotFoundError
from storage.ports import RangeReader

_log = logging.getLogger(__name__)


class GrantSource:
    """The published tokens, no older than `ttl_s`. Without such an object, or with a broken one, there are none."""

    def __init__(self, store: RangeReader, *, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._ttl_s = ttl_s
        self._clock = clock
        self._grants: Grants | None = None
        self._read_at = 0.0
        self._flights: Flights[str, Grants] = Flights()

    async def load(self) -> Grants:
        """All tokens in force. Raises what the store raises."""
        if self._grants is not None and self._clock() - self._read_at < self._ttl_s:
            return self._grants
        return await self._flights.join(TOKENS_KEY, self._read)

    async def _read(self) -> Grants:
        read_at = self._clock()
        try:
            grants = parse_grants((await self._store.fetch(TOKENS_KEY)).data)
        except ObjectNotFoundError:
            grants = NO_GRANTS
        except (ValueError, KeyError, TypeError):
            _log.exception("%s cannot be read: no token is accepted", TOKENS_KEY)
            grants = NO_GRANTS
        self._grants, self._read_at = grants, read_at
        return grants


async def check_access(record: Record, token: str | None, grants: GrantSource) -> None:
    """Returns where whoever holds the token may read the image; raises AccessDeniedError otherwise."""
    if record.access == "public":
        return
    principal = (await grants.load()).principal(token, datetime.now(UTC))
    if principal is None:
        raise AccessDeniedError("The token is unknown or has expired.", authenticated=False)
    if not principal.may(Action.READ_RESTRICTED):
        raise AccessDeniedError(
            "This image is restricted; a token with the role read is needed.",
            authenticated=principal.name is not None,
        )
