"""The store that the settings name."""

from __future__ import annotations

from config.settings import Settings
from iiif_server.layout import OWN_FOLDERS
from storage.adopted import AdoptedObjects
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store


def open_settings_store(settings: Settings) -> Store:
    """For reading: nothing is made or tidied up. Raises StorageUrlError."""
    return open_store(settings.storage_url, _options(settings))


def open_settings_adopted(settings: Settings) -> AdoptedObjects:
    """What may be adopted. Raises StorageUrlError."""
    options = _options(settings)
    return AdoptedObjects(settings.adopt_roots, options, own=settings.storage_url, reserved=OWN_FOLDERS)


def _options(settings: Settings) -> S3Options:
    secret = settings.s3_secret_key
    return S3Options(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=secret.get_secret_value() if secret else None,
    )
