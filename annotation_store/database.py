"""The way to PostgreSQL: a pool of psycopg connections in autocommit, which outlives restarts of the server.

Errors that say "the server is away" leave here as StoreUnavailableError.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from annotation_store.store_errors import StoreUnavailableError

Connection = AsyncConnection[TupleRow]

POOL_SIZE = 16
CONNECT_TIMEOUT_S = 5
WAIT_TIMEOUT_S = 2
"""After which whoever waits for a connection is told that the store is away."""
MAX_WAITING = 1000

# By SET, not by a startup option: connection poolers refuse those. A frozen process frees its locks; no plan is
# worth compiling or parting among processes for queries that take a millisecond.
_SESSION = """
SET idle_in_transaction_session_timeout = 20000;
SET statement_timeout = 30000;
SET jit = off;
SET max_parallel_workers_per_gather = 0
"""


class _Stack(deque[Connection]):
    """What came back last is given out first."""

    def append(self, connection: Connection, /) -> None:
        self.appendleft(connection)


class _WarmPool(AsyncConnectionPool[Connection]):
    """One that takes its connections in turn has as many processes of PostgreSQL each map and cache what the last one
    had at hand: a search among a million annotations takes a tenth longer then.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pool = _Stack()


class Database:
    """A pool; opened within a running event loop by `open`, closed by `close`."""

    def __init__(self, database_url: str, pool_size: int = POOL_SIZE) -> None:
        self._pool: AsyncConnectionPool[Connection] = _WarmPool(
            _plain_url(database_url),
            kwargs={"autocommit": True, "connect_timeout": CONNECT_TIMEOUT_S, "application_name": "pigture"},
            min_size=1,
            max_size=pool_size,
            timeout=WAIT_TIMEOUT_S,
            max_waiting=MAX_WAITING,
            # A pool that tries for longer waits longer between its tries; the next request begins anew.
            reconnect_timeout=2,
            configure=_configure,
            open=False,
        )

    async def open(self) -> None:
        """Begins to connect, and does not wait for it."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Lets go of all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit. Raises StoreUnavailableError."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, PoolClosed, TooManyRequests) as exc:
            raise StoreUnavailableError from exc
        except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError) as exc:
            await self._weed()
            raise StoreUnavailableError from exc

    async def ping(self) -> None:
        """Raises StoreUnavailableError where PostgreSQL does not answer."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    async def _weed(self) -> None:
        """Throws away idle connections that a restart of the server has cut, before others are given them."""
        try:
            await self._pool.check()
        except (psycopg.Error, PoolClosed):  # the server is away: they are replaced when it is back
            return


async def _configure(connection: AsyncConnection[Any]) -> None:
    await connection.execute(_SESSION)


def _plain_url(database_url: str) -> str:
    """libpq knows no drivers in the scheme."""
    scheme, _, rest = database_url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"
