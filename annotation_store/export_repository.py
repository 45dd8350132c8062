"""All annotations of a container, or those on a canvas, batch by batch from PostgreSQL.

By keyset rather than by a cursor: whoever reads slowly holds no transaction open, and a restart breaks nothing off.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from annotation_store.database import Database
from annotation_store.iris import digest_iri
from annotation_store.records import ContainerRecord, ListedAnnotation
from config.access import Action, Principal

BATCH = 500

_SEEN = """a.container = %(container)s AND a.deleted IS NULL
  AND (a.state <> 'draft' OR %(all)s OR a.creator = %(viewer)s)"""
_ALL = f"""
SELECT a.id, a.name, a.document FROM annotations.annotation a
WHERE {_SEEN} AND a.id > %(after)s ORDER BY a.id LIMIT %(limit)s
"""  # noqa: S608  put together of constants
_ON_CANVAS = f"""
SELECT a.id, a.name, a.document
FROM (
    SELECT DISTINCT annotation FROM annotations.target
    WHERE source = (SELECT id FROM annotations.iri WHERE digest = %(canvas)s) AND annotation > %(after)s
) t JOIN annotations.annotation a ON a.id = t.annotation
WHERE {_SEEN} ORDER BY a.id LIMIT %(limit)s
"""  # noqa: S608  put together of constants


class ExportRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def batches(
        self, container: ContainerRecord, viewer: Principal, canvas: str | None
    ) -> AsyncGenerator[Sequence[ListedAnnotation], None]:
        """Those that the viewer sees, in the order in which they were made."""
        parameters: dict[str, Any] = {
            "container": container.id,
            "viewer": viewer.name,
            "all": viewer.may(Action.CURATE_ANNOTATIONS),
            "canvas": digest_iri(canvas) if canvas else None,
            "after": 0,
            "limit": BATCH,
        }
        while True:
            async with self._database.connection() as connection:
                statement = _ALL if canvas is None else _ON_CANVAS
                rows = await (await connection.execute(statement, parameters)).fetchall()
            if not rows:
                return
            yield [ListedAnnotation(*row) for row in rows]
            parameters["after"] = rows[-1][0]
