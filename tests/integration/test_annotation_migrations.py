"""The annotation store's schema, its history, and its neighbourhood with the catalog."""

from __future__ import annotations

import threading

import psycopg
import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from annotation_store.migrate import VERSION_TABLE, build_config, migrate
from annotation_store.store_errors import StoreUnavailableError
from annotation_store.tables import SCHEMA, Box, StoreTable, TransactionNumber
from ingest.database import open_engine
from ingest.migrate import migrate as migrate_catalog

pytestmark = pytest.mark.integration

SAID = "select count(*) from annotations.annotation where words @@ 'leaf' and array[id >> 12] && '{0}'::bigint[]"
BOXES = "select count(annotation) from annotations.target where box && box(point(1, 1), point(2, 2))"


def test_the_migrated_schema_is_that_of_the_tables(store_url: str) -> None:
    engine = open_engine(store_url)
    # SQLAlchemy does not know the types by itself.
    added = {"box": Box, "xid8": TransactionNumber}
    engine.dialect.ischema_names = {**engine.dialect.ischema_names, **added}  # type: ignore[attr-defined]  # PostgreSQL's has it
    with engine.connect() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "version_table_schema": SCHEMA,
            "include_schemas": True,
            "include_name": lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
            "compare_type": True,
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, StoreTable.metadata) == []
        # Autogeneration compares neither checks nor what kind an index is.
        found = {
            str(check["name"])
            for table in StoreTable.metadata.sorted_tables
            for check in inspect(connection).get_check_constraints(table.name, schema=SCHEMA)
        }
        assert found == {
            "ck_annotation_state", "ck_annotation_action", "ck_container_visibility", "ck_lexicon_one",
            "ck_version_action",
        }  # fmt: skip
        kinds = connection.execute(
            sqlalchemy.text("SELECT indexname FROM pg_indexes WHERE schemaname = :s AND indexdef ~ 'USING gi(n|st)'"),
            {"s": SCHEMA},
        ).scalars()
        assert set(kinds) == {"ix_annotation_said", "ix_target_box", "ix_target_time"}
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
    with psycopg.connect(postgres_url) as connection:
        names = connection.execute("select name from annotations.container").fetchall()
    assert names == [("default",)]


def test_the_store_and_the_catalog_share_a_database(postgres_url: str) -> None:
    for _ in range(2):
        migrate(postgres_url)
        migrate_catalog(postgres_url)


def test_migrations_can_be_taken_back(store_url: str) -> None:
    engine = open_engine(store_url)
    with engine.connect() as connection:
        command.downgrade(build_config(connection), "base")
        connection.commit()
        assert inspect(connection).get_table_names(schema=SCHEMA) == [VERSION_TABLE]
    engine.dispose()


def test_a_store_keeps_what_it_has_when_its_indexes_are_made_anew(store_url: str) -> None:
    engine = open_engine(store_url)
    with engine.connect() as connection:
        command.downgrade(build_config(connection), "0002")
        connection.commit()
    engine.dispose()
    with psycopg.connect(store_url) as connection:
        connection.execute(
            "insert into annotations.annotation (container, name, state, creator, editor, action, document, words) "
            "select 1, n::text, 'accepted', 'x', 'x', 'create', '{}', to_tsvector('russian', 'leaf') "
            "from generate_series(1, 10) n"
        )
        connection.execute(
            "insert into annotations.target (annotation, position, source, box) "
            "select id, 1, 1, box(point(0, 0), point(9, 9)) from annotations.annotation"
        )
    migrate(store_url)
    with psycopg.connect(store_url) as connection:
        connection.execute("set enable_seqscan = off")
        assert connection.execute(SAID).fetchone() == (10,)
        assert connection.execute(BOXES).fetchone() == (10,)
        plan = connection.execute(f"explain {SAID}").fetchall()
        assert "Index Cond: ((words @@" in str(plan)
        assert "ARRAY[(id >> 12)]" in str(plan)


def test_a_server_that_is_away_is_said_to_be() -> None:
    with pytest.raises(StoreUnavailableError):
        migrate("postgresql://nobody@127.0.0.1:9/nothing")
