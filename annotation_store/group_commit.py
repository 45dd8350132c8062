"""Creations that come at the same time share a statement and a commit: PostgreSQL is asked once, its log is flushed
once, and each is told of its own annotation.

Whoever comes while nobody writes is written at once. The others wait for those before them, and are written together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from annotation_store import statements
from annotation_store.creation_rows import Creation, creation_parameters
from annotation_store.database import MAX_WAITING, WAIT_TIMEOUT_S, Connection, Database
from annotation_store.index_row import mentioned_iris
from annotation_store.interning import Interner
from annotation_store.store_errors import StoreUnavailableError

WRITERS = 2
"""Statements at once: while one waits for the disk, the next is put together."""
SLOW_S = 0.1
"""Behind a statement that takes longer, which may wait for somebody's lock, the others do not wait any more."""
MAX_WRITERS = 8
MAX_TOGETHER = 64
MAX_CHARACTERS = 4_000_000
"""Of the documents that are written together, unless one alone has more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    creation: Creation
    since_s: float
    number: asyncio.Future[int | None]


@dataclass(slots=True, eq=False)
class _Writer:
    """`begun_s` is when its statement did, which writes `count` annotations."""

    begun_s: float
    count: int = 1
    task: asyncio.Task[None] | None = None


class GroupCommit:
    """One per process."""

    def __init__(self, database: Database, interner: Interner) -> None:
        self._database = database
        self._interner = interner
        self._waiting: deque[_Waiting] = deque()
        self._writers: set[_Writer] = set()
        self._expiry: asyncio.TimerHandle | None = None

    async def create(self, creation: Creation) -> int | None:
        """The number of the annotation, when it is committed; None where the name was ever used in the container, or
        the container is deleted. Raises StoreUnavailableError.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise StoreUnavailableError
        loop = asyncio.get_running_loop()
        waiting = _Waiting(creation, loop.time(), loop.create_future())
        self._waiting.append(waiting)
        self._begin()
        if self._expiry is None:
            self._expiry = loop.call_later(WAIT_TIMEOUT_S, self._expire)
        return await waiting.number

    def _begin(self) -> None:
        """Another writer, where there is work for it."""
        if self._waiting and self._has_room():
            loop = asyncio.get_running_loop()
            writer = _Writer(loop.time())
            writer.task = loop.create_task(self._work(writer))
            self._writers.add(writer)

    def _has_room(self) -> bool:
        """Whether it is time for another statement: for as many as are being written, or nobody writes."""
        slow_s = asyncio.get_running_loop().time() - SLOW_S
        quick = [writer.count for writer in self._writers if writer.begun_s > slow_s]
        if len(self._writers) >= MAX_WRITERS or len(quick) >= WRITERS:
            return False
        return not quick or len(self._waiting) >= max(quick)

    async def _work(self, writer: _Writer) -> None:
        clock = asyncio.get_running_loop().call_later(SLOW_S * 1.1, self._begin)
        try:
            if taken := self._take():  # another writer may have taken all
                writer.count = len(taken)
                await self._write(taken)
        finally:
            clock.cancel()
            self._writers.discard(writer)
        self._begin()

    def _take(self) -> list[_Waiting]:
        """Those that came first."""
        taken: list[_Waiting] = []
        characters = 0
        while self._waiting and len(taken) < MAX_TOGETHER:
            characters += len(self._waiting[0].creation.draft.document)
            if taken and characters > MAX_CHARACTERS:
                break
            taken.append(self._waiting.popleft())
        # All in one order: two that write the same names would otherwise wait for each other.
        return sorted(taken, key=lambda waiting: (waiting.creation.container, waiting.creation.name))

    def _expire(self) -> None:
        """Tells those that have waited for too long: PostgreSQL is away, or stands still."""
        self._expiry = None
        loop = asyncio.get_running_loop()
        while self._waiting and self._waiting[0].since_s <= loop.time() - WAIT_TIMEOUT_S:
            _refuse(self._waiting.popleft(), StoreUnavailableError())
        if self._waiting:
            self._expiry = loop.call_at(self._waiting[0].since_s + WAIT_TIMEOUT_S, self._expire)

    async def _write(self, taken: Sequence[_Waiting]) -> None:
        """Where PostgreSQL refuses them together it has written none, and is asked for each by itself: what is wrong
        with one is told to that one only.
        """
        numbers = None
        try:
            async with self._database.connection() as connection:
                try:
                    numbers = await self._insert(connection, [waiting.creation for waiting in taken])
                except Exception:
                    if len(taken) == 1 or connection.broken:
                        raise
        except BaseException as exc:
            for waiting in taken:
                _refuse(waiting, exc)
            if not isinstance(exc, Exception):
                raise
            return
        if numbers is None:
            for waiting in taken:
                await self._write([waiting])
            return
        for place, waiting in enumerate(taken, 1):
            if not waiting.number.done():  # its client may have left
                waiting.number.set_result(numbers.get(place))

    async def _insert(self, connection: Connection, creations: Sequence[Creation]) -> dict[int, int]:
        """The number of each by its place, from 1 on."""
        iris = set().union(*[mentioned_iris(creation.entry) for creation in creations])
        numbers = await self._interner.numbers(connection, iris)
        cursor = await connection.execute(statements.CREATE, creation_parameters(creations, numbers))
        return dict(await cursor.fetchall())


def _refuse(waiting: _Waiting, exc: BaseException) -> None:
    if waiting.number.done():
        return
    if isinstance(exc, Exception):
        waiting.number.set_exception(exc)
    else:  # the process ends
        waiting.number.cancel()
