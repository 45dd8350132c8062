"""Brings the store's schema up to date: Alembic without an ini file, with a history of its own."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from annotation_store.store_errors import StoreUnavailableError
from annotation_store.tables import SCHEMA

VERSION_TABLE = "store_version"
_LOCK = 0x7069677475726503
"""Key of the advisory lock: of several services that start at once, one migrates and the others wait."""


def migrate(database_url: str) -> None:
    """Runs every migration that is missing. Raises StoreUnavailableError."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.execute(sqlalchemy.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.commit()
            command.upgrade(build_config(connection), "head")
            connection.commit()
    except (OperationalError, InterfaceError) as exc:
        raise StoreUnavailableError from exc


def build_config(connection: Connection) -> Config:
    """Alembic's configuration for the store, on this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
