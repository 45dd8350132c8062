"""From settings to a running image server: the edge where settings, storage and application meet."""

from __future__ import annotations

from starlette.types import ASGIApp

from config.settings import Settings
from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.options import ServerOptions
from storage.s3_options import S3Options
from storage.urls import open_store


def open_app(
    settings: Settings, fallback: ASGIApp | None = None, *, version: str = "0", commit: str = "unknown"
) -> ImageServer:
    """The application over the storage that the settings name; it closes the storage when it shuts down.

    Raises StorageUrlError, StorageUnavailableError.
    """
    secret = settings.s3_secret_key
    s3_options = S3Options(
        settings.s3_endpoint,
        settings.s3_region,
        settings.s3_access_key,
        secret.get_secret_value() if secret is not None else None,
    )
    store = open_store(settings.storage_url, s3_options)
    return create_app(store, ServerOptions.from_settings(settings, version=version, commit=commit), fallback)
