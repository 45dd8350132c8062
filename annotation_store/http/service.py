"""What the endpoints work with, put together once and passed as an argument."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from annotation_store.bulk_repository import BulkRepository
from annotation_store.change_repository import ChangeRepository
from annotation_store.container_repository import ContainerRepository
from annotation_store.database import Database
from annotation_store.export_repository import ExportRepository
from annotation_store.history_repository import HistoryRepository
from annotation_store.http.bulk_pool import PreparingPool
from annotation_store.http.callers import CallerSource
from annotation_store.http.canvases import CanvasSource
from annotation_store.http.change_hub import ChangeHub
from annotation_store.http.options import StoreOptions
from annotation_store.http.rates import RateLimit
from annotation_store.interning import Interner
from annotation_store.lexicon import Lexicon
from annotation_store.records import ContainerRecord
from annotation_store.repository import AnnotationRepository
from annotation_store.search import SearchRepository
from annotation_store.store_errors import StoreUnavailableError
from annotation_store.thread_repository import ThreadRepository
from annotation_store.validation import AnnotationValidator

CONTAINER_TTL_S = 1.0
"""How old a container may be that an annotation is read or written in; creating looks whether it was deleted."""


@dataclass(slots=True)
class StoreService:
    """Repositories, limits, who asks, and what canvases show."""

    database: Database
    callers: CallerSource
    canvases: CanvasSource
    options: StoreOptions
    containers: ContainerRepository
    annotations: AnnotationRepository
    searches: SearchRepository
    history: HistoryRepository
    bulk: BulkRepository
    changes: ChangeRepository
    exports: ExportRepository
    hub: ChangeHub
    pool: PreparingPool
    threads: ThreadRepository
    lexicon: Lexicon
    validator: AnnotationValidator
    rates: RateLimit
    _known: dict[str, tuple[float, ContainerRecord]] = field(default_factory=dict)

    async def open(self) -> None:
        """Begins to connect."""
        await self.database.open()
        self.lexicon.start()

    async def answers(self) -> bool:
        """Whether the database does; for as long as it takes."""
        try:
            await self.database.ping()
        except StoreUnavailableError:
            return False
        return True

    async def close(self) -> None:
        """Lets go of connections and processes."""
        self.pool.close()
        await self.lexicon.stop()
        await self.database.close()

    async def container(self, name: str) -> ContainerRecord:
        """The container, whose counts may be old. Raises UnknownContainerError, DeletedContainerError."""
        known = self._known.get(name)
        now = time.monotonic()
        if known is not None and known[0] > now:
            return known[1]
        record = await self.containers.read(name)
        self.remember(record)
        return record

    def remember(self, record: ContainerRecord) -> None:
        """So that what this process changed takes effect in it at once."""
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[record.name] = (time.monotonic() + CONTAINER_TTL_S, record)

    def forget(self, name: str) -> None:
        """The container is to be read anew."""
        self._known.pop(name, None)


def open_service(
    database_url: str, callers: CallerSource, canvases: CanvasSource, options: StoreOptions
) -> StoreService:
    """A service that connects when its database is opened."""
    database = Database(database_url)
    interner = Interner()
    changes = ChangeRepository(database)
    return StoreService(
        database=database,
        callers=callers,
        canvases=canvases,
        options=options,
        containers=ContainerRepository(database),
        annotations=AnnotationRepository(database, interner),
        searches=SearchRepository(database, interner),
        history=HistoryRepository(database),
        bulk=BulkRepository(database, interner),
        changes=changes,
        exports=ExportRepository(database),
        hub=ChangeHub(changes),
        pool=PreparingPool(options.bulk_processes),
        threads=ThreadRepository(database),
        lexicon=Lexicon(database),
        validator=AnnotationValidator.load(),
        rates=RateLimit(options.rate_per_s),
    )
