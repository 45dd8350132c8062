"""Run by Alembic: applies the versions on the connection that `annotation_store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from annotation_store.migrate import VERSION_TABLE
from annotation_store.tables import SCHEMA, StoreTable


def run_migrations() -> None:
    """All missing versions in one transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=StoreTable.metadata,
        version_table=VERSION_TABLE,
        version_table_schema=SCHEMA,
    )
    with context.begin_transaction():
        context.run_migrations()


run_migrations()
