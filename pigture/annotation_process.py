"""The annotation store as a process of its own: of all the rest it needs the catalog only, for tokens and scales."""

from __future__ import annotations

from annotation_store.http.app import AnnotationsApp, create_annotations_app
from annotation_store.http.options import StoreOptions
from config.settings import Settings
from config.version import read_version
from ingest.catalog import open_catalog
from ingest.http.callers import Gate
from ingest.services import CatalogServices, HasCatalog
from pigture.annotation_callers import CatalogCallers
from pigture.annotation_canvases import CatalogCanvases
from pigture.http import open_listener, run_http


def build_annotations(services: HasCatalog) -> AnnotationsApp:
    """The store that the settings name, with the tokens and images of the catalog."""
    settings = services.settings
    version = read_version(settings.commit)
    options = StoreOptions.from_settings(settings, version=version.version, commit=version.commit)
    callers, canvases = CatalogCallers(Gate(services)), CatalogCanvases(services.catalog)
    return create_annotations_app(str(settings.store_database_url), callers, options, canvases)


def run_annotation_store(settings: Settings, descriptor: int | None = None) -> None:
    """Serves until told to stop; `database_url` must be set."""
    listener = open_listener(settings, descriptor)
    catalog = open_catalog(str(settings.database_url))
    try:
        run_http(build_annotations(CatalogServices(settings, catalog)), listener)
    finally:
        catalog.close()
