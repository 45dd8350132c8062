"""What was: versions, reviews, and the ends of annotations (undeletion, purge) in PostgreSQL."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation_store import statements
from annotation_store.database import Connection, Database
from annotation_store.lexicon import forget_words
from annotation_store.query import ReviewState
from annotation_store.records import AnnotationRecord, ContainerRecord
from annotation_store.store_errors import DeletedAnnotationError, StaleVersionError, UnknownAnnotationError

_log = logging.getLogger(__name__)

MAX_VERSIONS = 1000
"""On one page of the list."""

_READ = """
SELECT id, version, state, creator, created, modified, document, deleted, action FROM annotations.annotation
WHERE container = %s AND name = %s
"""
_ALL = """
SELECT number, document, state, editor, action, made FROM annotations.version WHERE annotation = %(id)s
UNION ALL
SELECT version, document, state, editor, action, modified FROM annotations.annotation WHERE id = %(id)s
"""
_LIST = f"""
SELECT number, '', state, editor, action, made FROM ({_ALL}) v
WHERE number > %(after)s AND (%(all)s OR state <> 'draft') ORDER BY number LIMIT %(limit)s
"""  # noqa: S608  put together of constants
_ONE = f"SELECT * FROM ({_ALL}) v WHERE number = %(number)s"  # noqa: S608  put together of constants
_REVIEWS = f"""
SELECT number, '', state, editor, action, made FROM ({_ALL}) v
WHERE action = 'review' ORDER BY number DESC LIMIT %(limit)s
"""  # noqa: S608  put together of constants
_REVIEW = """
UPDATE annotations.annotation
SET version = version + 1, editor = %(editor)s, action = 'review', modified = %(moment)s, state = %(state)s,
    changed = pg_current_xact_id()
WHERE id = %(id)s
"""
_LOCK_ANY = "SELECT version FROM annotations.annotation WHERE id = %(id)s FOR UPDATE"
_FORGET_VERSIONS = "DELETE FROM annotations.version WHERE annotation = %(id)s"
_FORGET_ALIASES = "DELETE FROM annotations.alias WHERE annotation = %(id)s"
_EMPTY = """
UPDATE annotations.annotation
SET version = version + 1, editor = %(editor)s, action = 'purge', modified = %(moment)s, document = '{}',
    deleted = coalesce(deleted, %(moment)s), changed = pg_current_xact_id(), reply_to = NULL,
    words = NULL, tags = NULL, motivations = NULL, body_types = NULL, creators = NULL, within = NULL
WHERE id = %(id)s
"""
_AUDIT = """
INSERT INTO annotations.purge (container, annotation, name, versions, purger, made)
VALUES (%(container)s, %(id)s, %(name)s, %(versions)s, %(editor)s, %(moment)s)
"""


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version; in lists `document` is empty. `editor` is the name of the token that did `action`."""

    number: int
    document: str
    state: ReviewState
    editor: str
    action: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Remains:
    """An annotation whether it is deleted or not."""

    annotation: AnnotationRecord
    is_deleted: bool


class HistoryRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, container: ContainerRecord, name: str) -> Remains:
        """Also what was deleted. Raises UnknownAnnotationError; DeletedAnnotationError for what was purged."""
        async with self._database.connection() as connection:
            row = await (await connection.execute(_READ, (container.id, name))).fetchone()
        if row is None:
            raise UnknownAnnotationError(name)
        number, version, state, creator, created, modified, document, deleted, action = row
        if action == "purge":
            raise DeletedAnnotationError(name)
        record = AnnotationRecord(number, name, version, ReviewState(state), creator, created, modified, document)
        return Remains(record, deleted is not None)

    async def list_versions(self, annotation: int, after: int, *, with_drafts: bool) -> Sequence[VersionRecord]:
        """Those behind the number `after`, one more than MAX_VERSIONS at most."""
        parameters = {"id": annotation, "after": after, "all": with_drafts, "limit": MAX_VERSIONS + 1}
        async with self._database.connection() as connection:
            return await _records(connection, _LIST, parameters)

    async def read_version(self, annotation: int, number: int) -> VersionRecord | None:
        """None where there is none of that number."""
        async with self._database.connection() as connection:
            found = await _records(connection, _ONE, {"id": annotation, "number": number})
        return found[0] if found else None

    async def list_reviews(self, annotation: int, limit: int) -> Sequence[VersionRecord]:
        """The latest steps of review, the newest first."""
        async with self._database.connection() as connection:
            return await _records(connection, _REVIEWS, {"id": annotation, "limit": limit})

    async def review(
        self, container: ContainerRecord, before: AnnotationRecord, state: ReviewState, editor: str, moment: datetime
    ) -> None:
        """Changes the state, not the document, and makes a version of it. Raises StaleVersionError."""
        parameters = {
            "id": before.id,
            "version": before.version,
            "container": container.id,
            "state": state.value,
            "editor": editor,
            "moment": moment,
            "more": 0,
        }
        async with self._database.connection() as connection, connection.transaction():
            if await (await connection.execute(statements.LOCK, parameters)).fetchone() is None:
                raise StaleVersionError
            for step in (statements.KEEP, _REVIEW, statements.RECOUNT):
                await connection.execute(step, parameters)

    async def purge(self, container: ContainerRecord, remains: Remains, purger: str, moment: datetime) -> int:
        """Removes all versions for ever and leaves an empty tombstone; how many there were."""
        annotation = remains.annotation
        parameters: dict[str, Any] = {
            "id": annotation.id,
            "container": container.id,
            "name": annotation.name,
            "editor": purger,
            "moment": moment,
        }
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(_LOCK_ANY, parameters)
            parameters["more"] = await _more(connection, parameters)
            cursor = await connection.execute(_FORGET_VERSIONS, parameters)
            parameters["versions"] = cursor.rowcount + 1
            steps = (_FORGET_ALIASES, statements.FORGET_TARGETS, _EMPTY, _AUDIT, statements.RECOUNT)
            for step in steps:
                await connection.execute(step, parameters)
            await forget_words(connection)
        versions = int(parameters["versions"])
        _log.info("%s purged %s/%s: %d versions", purger, container.name, annotation.name, versions)
        return versions


async def _more(connection: Connection, parameters: dict[str, Any]) -> int:
    """By how much the container's total changes: a purge of what is deleted takes nothing from it."""
    question = "SELECT 1 FROM annotations.annotation WHERE id = %(id)s AND deleted IS NULL"
    return -1 if await (await connection.execute(question, parameters)).fetchone() else 0


async def _records(connection: Connection, statement: str, parameters: dict[str, Any]) -> list[VersionRecord]:
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return [
        VersionRecord(number, document, ReviewState(state), editor, action, made)
        for number, document, state, editor, action, made in rows
    ]
