"""Run by Alembic: applies the versions on the connection that `ingest.migrate` hands over."""

from __future__ import annotations

from alembic import context

from ingest.migrate import VERSION_TABLE
from ingest.tables import CatalogTable


def run_migrations() -> None:
    """All missing versions in one transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=CatalogTable.metadata,
        version_table=VERSION_TABLE,
    )
    with context.begin_transaction():
        context.run_migrations()


run_migrations()
