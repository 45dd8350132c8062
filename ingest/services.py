"""What every part of ingest works with, opened once per process and passed as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from dramatiq.brokers.redis import RedisBroker

from config.settings import Settings
from ingest.broker import open_broker
from ingest.catalog import Catalog, open_catalog
from ingest.stores import open_settings_store
from storage.ports import Store


class HasCatalog(Protocol):
    """What it takes to know who asks."""

    @property
    def settings(self) -> Settings: ...
    @property
    def catalog(self) -> Catalog: ...


@dataclass(frozen=True, slots=True)
class CatalogServices:
    """Settings and catalog, for those who need neither storage nor queue."""

    settings: Settings
    catalog: Catalog


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
        store=open_settings_store(settings, create=True),
        broker=open_broker(settings.redis_url),
    )
