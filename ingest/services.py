"""What every part of ingest works with, opened once per process and passed as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dramatiq.brokers.redis import RedisBroker

from config.settings import Settings
from ingest.broker import open_broker
from ingest.catalog import Catalog, open_catalog
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, catalog, storage and queue. A context manager that closes them."""

    settings: Settings
    catalog: Catalog
    store: Store
    broker: RedisBroker

    @property
    def scratch(self) -> Path:
        """The folder for work in progress."""
        return self.settings.data / "scratch"

    def close(self) -> None:
        """Lets go of all connections."""
        self.broker.client.close()
        self.broker.client.connection_pool.disconnect()
        self.catalog.close()

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_services(settings: Settings) -> Services:
    """The services that the settings name; `database_url` and `redis_url` must be set. Connects on first use.

    Raises ValueError where a URL is missing or malformed, StorageError where the storage cannot be prepared.
    """
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("database_url and redis_url must be set before the services are opened")
    return Services(
        settings=settings,
        catalog=open_catalog(settings.database_url),
        store=open_store(settings.storage_url, build_s3_options(settings), create=True),
        broker=open_broker(settings.redis_url),
    )


def build_s3_options(settings: Settings) -> S3Options:
    """How to reach the bucket, if the storage is one."""
    secret = settings.s3_secret_key
    return S3Options(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=secret.get_secret_value() if secret else None,
    )
