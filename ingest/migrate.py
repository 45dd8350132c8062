"""Brings the catalog's schema up to date: Alembic without an ini file."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from ingest.database import parse_database_url, translated_errors

VERSION_TABLE = "catalog_version"
_LOCK = 0x7069677475726501
"""Key of the advisory lock: of several services that start at once, one migrates and the others wait."""


def migrate(database_url: str) -> None:
    """Runs every migration that is missing. Raises CatalogUnavailableError."""
    engine = sqlalchemy.create_engine(
        parse_database_url(database_url), poolclass=NullPool, connect_args={"connect_timeout": 5}
    )
    with translated_errors(), engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        command.upgrade(build_config(connection), "head")
        connection.commit()


def build_config(connection: Connection) -> Config:
    """Alembic's configuration for the catalog, on this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
