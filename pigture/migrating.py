"""Brings all schemas up to date."""

from __future__ import annotations

from annotation_store.migrate import migrate as migrate_annotations
from config.settings import Settings
from ingest.migrate import migrate as migrate_catalog


def migrate_all(settings: Settings) -> None:
    """The catalog's and the annotation store's; `database_url` must be set.

    Raises CatalogUnavailableError, StoreUnavailableError.
    """
    migrate_catalog(str(settings.database_url))
    migrate_annotations(str(settings.store_database_url))
