"""The store that the settings name."""

from __future__ import annotations

from config.settings import Settings
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store


def open_settings_store(settings: Settings) -> Store:
    """For reading: nothing is made or tidied up. Raises StorageUrlError."""
    secret = settings.s3_secret_key
    options = S3Options(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=secret.get_secret_value() if secret else None,
    )
    return open_store(settings.storage_url, options)
