"""The way to PostgreSQL: a bounded pool that outlives restarts of the server, and transactions.

Errors of SQLAlchemy and psycopg that say "the server is away" leave here as CatalogUnavailableError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from ingest.errors import CatalogUnavailableError

IDLE_IN_TRANSACTION_S = 20
"""A frozen process frees its row locks after this many seconds: PostgreSQL ends its session."""

_POOL_SIZE = 5
_POOL_OVERFLOW = 5
_CONNECT_TIMEOUT_S = 5
_POOL_TIMEOUT_S = 10


def parse_database_url(database_url: str) -> URL:
    """`postgresql://…` with the driver that is used here."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


def open_engine(database_url: str, *, idle_in_transaction_s: float = IDLE_IN_TRANSACTION_S) -> Engine:
    """An engine whose connections are tried before use, so that those of a restarted server are replaced."""
    engine = sqlalchemy.create_engine(
        parse_database_url(database_url),
        pool_pre_ping=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_S,
        connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "pigture"},
    )

    @event.listens_for(engine, "connect")
    def _limit_idle_transactions(connection: Any, _record: object) -> None:
        # By SET, not by a startup option: connection poolers refuse those.
        connection.execute(f"SET idle_in_transaction_session_timeout = {int(idle_in_transaction_s * 1000)}")
        connection.commit()

    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction (read committed): committed at the end, rolled back on an exception.

    Raises CatalogUnavailableError where the server is away or ended the session.
    """
    with translated_errors(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns "the server is away" into CatalogUnavailableError and lets everything else pass."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as exc:
        raise CatalogUnavailableError("The catalog (PostgreSQL) cannot be reached.") from exc
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise CatalogUnavailableError("The catalog (PostgreSQL) cannot be reached.") from exc
        raise
