"""The storage and the adoptable folders that the settings name. Imports no database, for the image workers' sake."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import Settings
from iiif_server.layout import OWN_FOLDERS
from storage.adopted import AdoptedObjects
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store


def open_settings_store(settings: Settings, *, create: bool = False) -> Store:
    """The store. Without `create` it is only read: nothing is made or tidied up.

    Raises StorageUrlError; with `create`, StorageError where the storage cannot be prepared.
    """
    return open_store(settings.storage_url, _build_s3_options(settings), create=create)


def open_adopted(settings: Settings) -> AdoptedObjects:
    """What may be adopted: all below the roots, and what others have put into the storage. Raises StorageUrlError."""
    options = _build_s3_options(settings)
    return AdoptedObjects(settings.adopt_roots, options, own=settings.storage_url, reserved=OWN_FOLDERS)


@contextmanager
def closing_adopted(settings: Settings) -> Iterator[AdoptedObjects]:
    """What may be adopted, to be read for a while. Raises StorageUrlError where a root cannot be used."""
    objects = open_adopted(settings)
    try:
        yield objects
    finally:
        asyncio.run(objects.aclose())


def _build_s3_options(settings: Settings) -> S3Options:
    secret = settings.s3_secret_key
    return S3Options(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=secret.get_secret_value() if secret else None,
    )
