"""Every index column made anew from the documents, batch by batch, while the store is in use."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from annotation_store import statements
from annotation_store.database import Connection, Database
from annotation_store.extraction import extract_entry
from annotation_store.index_row import build_index_row, mentioned_iris
from annotation_store.interning import Interner
from annotation_store.lexicon import learn_anew
from annotation_store.store_errors import StoreUnavailableError

BATCH = 100
_TRIES = 3

_NEXT = """
SELECT a.id, a.version, a.document FROM annotations.annotation a
WHERE a.id > %(after)s AND a.deleted IS NULL
  AND (%(container)s::text IS NULL
       OR a.container = (SELECT id FROM annotations.container WHERE name = %(container)s))
ORDER BY a.id LIMIT %(limit)s
"""
# Not urgent: what is lost with PostgreSQL is found again by the next run.
_UNHURRIED = "SET LOCAL synchronous_commit = off"


class Reindexer:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database, interner: Interner) -> None:
        self._database = database
        self._interner = interner

    async def run(self, container: str | None, progress: Callable[[int], None]) -> int:
        """How many were done, of one container or of all; `progress` is told so after each batch."""
        after = done = 0
        while rows := await self._next(container, after):
            await self._patiently(rows)
            after, done = rows[-1][0], done + len(rows)
            progress(done)
        return done

    async def _next(self, container: str | None, after: int) -> list[tuple[Any, ...]]:
        parameters = {"container": container, "after": after, "limit": BATCH}
        async with self._database.connection() as connection:
            return await (await connection.execute(_NEXT, parameters)).fetchall()

    async def _patiently(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Again where it met a writer who waited for it in turn. Raises StoreUnavailableError."""
        for left in reversed(range(_TRIES)):
            try:
                async with self._database.connection() as connection:
                    await self._reindex(connection, rows)
            except StoreUnavailableError:
                if not left:
                    raise
            else:
                return

    async def _reindex(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        entries = [extract_entry(json.loads(document)) for _, _, document in rows]
        iris = set().union(*(mentioned_iris(entry) for entry in entries))
        numbers = await self._interner.numbers(connection, iris)
        async with connection.transaction():
            await connection.execute(_UNHURRIED)
            for (number, version, _), entry in zip(rows, entries, strict=True):
                parameters = {**build_index_row(entry, numbers).parameters(), "id": number, "version": version}
                updated = await connection.execute(statements.REINDEX, parameters)
                if updated.rowcount:  # otherwise somebody has changed it meanwhile, and indexed it
                    await connection.execute(statements.FORGET_TARGETS, parameters)
                    await connection.execute(statements.AIM, parameters)
            await learn_anew(connection, [number for number, _, _ in rows])
