from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from ingest.database import open_engine
from ingest.errors import CatalogUnavailableError
from ingest.migrate import VERSION_TABLE, build_config, migrate
from ingest.tables import CatalogTable

pytestmark = pytest.mark.integration


def test_the_migrated_schema_is_that_of_the_tables(postgres_url: str) -> None:
    migrate(postgres_url)
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, CatalogTable.metadata) == []
        # Autogeneration does not compare checks.
        found = {
            (table, check["name"], check["sqltext"].count("'"))
            for table in CatalogTable.metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
        assert len(found) == 7
    engine.dispose()


def test_services_that_start_at_once_migrate_once(postgres_url: str) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            migrate(postgres_url)
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_migrations_can_be_taken_back(postgres_url: str) -> None:
    migrate(postgres_url)
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        command.downgrade(build_config(connection), "base")
        connection.commit()
        assert inspect(connection).get_table_names() == [VERSION_TABLE]
    engine.dispose()
    migrate(postgres_url)


def test_a_database_that_is_away_is_said_so() -> None:
    with pytest.raises(CatalogUnavailableError):
        migrate("postgresql://pigture@/pigture?host=/nowhere")
