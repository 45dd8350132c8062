"""Many annotations at once in PostgreSQL: staged by COPY, indexed by a few statements, in one transaction.

Staging tables are what lets COPY meet `to_tsvector` and the numbers of IRIs; they are the session's own, and not
logged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation_store import statements
from annotation_store.array_literal import array_literal
from annotation_store.copy_rows import COLUMNS, TARGET_COLUMNS
from annotation_store.database import Connection, Database
from annotation_store.folding import STRIP
from annotation_store.interning import Interner
from annotation_store.iris import digest_iri
from annotation_store.records import ContainerRecord
from annotation_store.store_errors import DeletedContainerError

# The numbers of annotations are taken while they are staged, in the order of lines, so that targets can name them.
_STAGE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS bulk_creation
    (id bigint DEFAULT nextval('annotations.annotation_id_seq'), {COLUMNS}) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS bulk_target ({TARGET_COLUMNS}) ON COMMIT DELETE ROWS
"""
_NAMES = ", ".join(column.partition(" ")[0] for column in COLUMNS.split(", "))
_COPY = f"COPY bulk_creation ({_NAMES}) FROM STDIN"
_COPY_TARGETS = "COPY bulk_target FROM STDIN"
_EMPTY = "TRUNCATE bulk_creation, bulk_target"
_OPEN = "SELECT 1 FROM annotations.container WHERE id = %(container)s AND deleted IS NULL FOR SHARE"
# The batch's own IRIs: some dozens at most, which need no index.
_GIVEN = "given AS MATERIALIZED (SELECT * FROM unnest(%(keys)s::uuid[], %(numbers)s::bigint[]) AS g (digest, id))"
_INSERT = f"""
WITH {_GIVEN}
INSERT INTO annotations.annotation (id, container, name, state, creator, editor, action, created, modified, document,
    words, tags, motivations, body_types, creators, within, reply_to)
SELECT b.id, %(container)s, b.name, b.state, b.creator, %(editor)s, 'create', b.created, %(moment)s, b.document,
    to_tsvector('russian', b.words), b.tags, b.motivations, b.body_types, b.creators,
    CASE cardinality(b.within) WHEN 0 THEN '{{}}'::bigint[] WHEN 1 THEN ARRAY[w.id]
         ELSE (SELECT array_agg(i.id ORDER BY i.id) FROM annotations.iri i WHERE i.digest = ANY(b.within)) END,
    CASE WHEN b.reply_to IS NOT NULL
         THEN (SELECT i.id FROM annotations.iri i WHERE i.digest = b.reply_to) END
FROM bulk_creation b LEFT JOIN given w ON w.digest = b.within[1] ORDER BY b.line
"""  # noqa: S608  put together of constants
_AIM = f"""
WITH {_GIVEN}
INSERT INTO annotations.target (annotation, position, source, iri, box, shape, time)
SELECT b.id, t.position, i.id, t.iri,
    box(point(i.id * {STRIP}::float8 + t.x1, t.y1), point(i.id * {STRIP}::float8 + t.x0, t.y0)), t.shape,
    CASE WHEN t.starts IS NOT NULL
         THEN numrange(t.starts, t.ends, CASE WHEN t.ends = t.starts THEN '[]' ELSE '[)' END) END
FROM bulk_target t JOIN bulk_creation b ON b.line = t.line JOIN given i ON i.digest = t.source
ORDER BY t.line, t.position
"""  # noqa: S608  put together of constants
# In the order of their digests: two writers with the same ones would otherwise wait for each other. The first line
# of those with the same one has it.
_NAME = """
INSERT INTO annotations.alias (container, digest, annotation, value)
SELECT %(container)s, a.digest, b.id, a.value
FROM bulk_creation b CROSS JOIN LATERAL unnest(b.digests, b.aliases) AS a (digest, value) WHERE b.digests <> '{}'
ORDER BY a.digest, b.line ON CONFLICT DO NOTHING
"""
_MADE = "SELECT name, id FROM bulk_creation"


@dataclass(frozen=True, slots=True)
class CreationBatch:
    """`count` rows for COPY and those of their targets (`copy_rows`), and every IRI that they mention."""

    rows: bytes
    target_rows: bytes
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

    async def intern(self, batch: CreationBatch) -> Mapping[str, int]:
        """The numbers of its IRIs, which stay whatever becomes of the annotations."""
        async with self._database.connection() as connection:
            return await self._interner.numbers(connection, batch.iris)

    async def stage(self, connection: Connection, container: ContainerRecord, batch: CreationBatch) -> None:
        """Brings the rows to PostgreSQL, which numbers them; `connection` is that of `transaction`.

        Of two that bring the same aliases, the one that began first has them.
        """
        async with connection.cursor() as cursor:
            for statement, rows in ((_COPY, batch.rows), (_COPY_TARGETS, batch.target_rows)):
                async with cursor.copy(statement) as copy:
                    await copy.write(rows)
            await cursor.execute(_NAME, {"container": container.id})

    async def create(
        self,
        connection: Connection,
        container: ContainerRecord,
        numbers: Mapping[str, int],
        editor: str,
        moment: datetime,
    ) -> Mapping[str, int]:
        """Makes annotations of what is staged: the number of each by its name. `numbers` are those of its IRIs."""
        async with connection.cursor() as cursor:
            made: dict[str, int] = dict(await (await cursor.execute(_MADE)).fetchall())
            parameters: dict[str, Any] = {
                "container": container.id,
                "editor": editor,
                "moment": moment,
                "more": len(made),
                "keys": array_literal([digest_iri(iri) for iri in numbers]),
                "numbers": array_literal(numbers.values()),
            }
            for statement in (_INSERT, _AIM, statements.RECOUNT_IN_BULK):
                await cursor.execute(statement, parameters)
        return made

    async def clear(self, connection: Connection) -> None:
        """Makes room for another batch in the same transaction; the end of one does so by itself."""
        await connection.execute(_EMPTY)
