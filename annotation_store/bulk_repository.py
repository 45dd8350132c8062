"""Many annotations at once in PostgreSQL: staged by COPY, indexed by one statement, in one transaction.

A staging table is what lets COPY meet `to_tsvector` and the numbers of IRIs; it is the session's own and not logged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation_store import statements
from annotation_store.copy_rows import COLUMNS
from annotation_store.database import Connection, Database
from annotation_store.folding import STRIP
from annotation_store.interning import Interner
from annotation_store.records import ContainerRecord
from annotation_store.store_errors import DeletedContainerError

_STAGE = f"CREATE TEMPORARY TABLE IF NOT EXISTS bulk_creation ({COLUMNS}) ON COMMIT DELETE ROWS"
_COPY = "COPY bulk_creation FROM STDIN"
_EMPTY = "TRUNCATE bulk_creation"
_OPEN = "SELECT 1 FROM annotations.container WHERE id = %(container)s AND deleted IS NULL FOR SHARE"
_INSERT = f"""
WITH made AS (
    INSERT INTO annotations.annotation (container, name, state, creator, editor, action, created, modified, document,
        words, tags, motivations, body_types, creators, within, reply_to)
    SELECT %(container)s, b.name, b.state, b.creator, %(editor)s, 'create', b.created, %(moment)s, b.document,
        to_tsvector('russian', b.words), b.tags, b.motivations, b.body_types, b.creators,
        CASE WHEN b.within = '{{}}' THEN '{{}}'::bigint[]
             ELSE (SELECT array_agg(i.id ORDER BY i.id) FROM annotations.iri i WHERE i.digest = ANY(b.within)) END,
        CASE WHEN b.reply_to IS NOT NULL
             THEN (SELECT i.id FROM annotations.iri i WHERE i.digest = b.reply_to) END
    FROM bulk_creation b ORDER BY b.line
    RETURNING id, name
), aimed AS (
    INSERT INTO annotations.target (annotation, position, source, iri, box, shape, time)
    SELECT m.id, t.position, i.id, t.iri,
        box(point(i.id * {STRIP}::float8 + t.x1, t.y1), point(i.id * {STRIP}::float8 + t.x0, t.y0)), t.shape,
        CASE WHEN t.starts IS NOT NULL
             THEN numrange(t.starts, t.ends, CASE WHEN t.ends = t.starts THEN '[]' ELSE '[)' END) END
    FROM made m JOIN bulk_creation b ON b.name = m.name
    CROSS JOIN LATERAL unnest(b.sources, b.iris, b.lefts, b.tops, b.rights, b.bottoms, b.shapes, b.starts, b.ends)
        WITH ORDINALITY AS t (source, iri, x0, y0, x1, y1, shape, starts, ends, position)
    JOIN annotations.iri i ON i.digest = t.source
), named AS (
    INSERT INTO annotations.alias (container, digest, annotation, value)
    SELECT %(container)s, a.digest, m.id, a.value
    FROM made m JOIN bulk_creation b ON b.name = m.name
    CROSS JOIN LATERAL unnest(b.digests, b.aliases) AS a (digest, value)
    ON CONFLICT DO NOTHING
)
SELECT name, id FROM made
"""  # noqa: S608  put together of constants


@dataclass(frozen=True, slots=True)
class CreationBatch:
    """`count` rows for COPY (`copy_rows`), and every IRI that they mention."""

    rows: bytes
    count: int
    iris: Collection[str]


class BulkRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database, interner: Interner) -> None:
        self._database = database
        self._interner = interner

    @asynccontextmanager
    async def transaction(self, container: ContainerRecord) -> AsyncIterator[Connection]:
        """A transaction for batches; what is raised within undoes all of it. Raises DeletedContainerError."""
        async with self._database.connection() as connection:
            await connection.execute(_STAGE)
            async with connection.transaction():
                found = await connection.execute(_OPEN, {"container": container.id})
                if await found.fetchone() is None:
                    raise DeletedContainerError(container.name)
                yield connection

    async def create(
        self,
        connection: Connection,
        container: ContainerRecord,
        batch: CreationBatch,
        editor: str,
        moment: datetime,
    ) -> Mapping[str, int]:
        """The number of each new annotation by its name; `connection` is that of `transaction`."""
        parameters: dict[str, Any] = {
            "container": container.id,
            "editor": editor,
            "moment": moment,
            "more": batch.count,
        }
        async with self._database.connection() as other:  # IRIs stay, whatever becomes of the transaction
            await self._interner.numbers(other, batch.iris)
        async with connection.cursor() as cursor:
            await cursor.execute(_EMPTY)
            async with cursor.copy(_COPY) as copy:
                await copy.write(batch.rows)
            await cursor.execute(_INSERT, parameters)
            made: dict[str, int] = dict(await cursor.fetchall())
            await cursor.execute(statements.RECOUNT, parameters)
        return made
