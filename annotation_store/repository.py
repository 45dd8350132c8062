"""Annotations in PostgreSQL: each write is one transaction, and what was before it is kept as a version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from psycopg.pq import TransactionStatus

from annotation_store import statements
from annotation_store.creation_rows import Creation
from annotation_store.database import Connection, Database
from annotation_store.extraction import IndexEntry
from annotation_store.group_commit import GroupCommit
from annotation_store.index_row import build_index_row, mentioned_iris
from annotation_store.interning import Interner
from annotation_store.naming import new_name
from annotation_store.query import ReviewState
from annotation_store.records import AnnotationRecord, ContainerRecord, Draft, ListedAnnotation, Listing
from annotation_store.store_errors import (
    DeletedAnnotationError,
    DeletedContainerError,
    NameTakenError,
    StaleVersionError,
    UnknownAnnotationError,
)
from config.access import Action, Principal


class AnnotationRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database, interner: Interner) -> None:
        self._database = database
        self._interner = interner
        self._creations = GroupCommit(database, interner)

    async def read(
        self, container: ContainerRecord, name: str, connection: Connection | None = None
    ) -> AnnotationRecord:
        """Whatever its state. Raises UnknownAnnotationError, DeletedAnnotationError."""
        async with self._on(connection) as connection:
            row = await (await connection.execute(statements.READ, (container.id, name))).fetchone()
        if row is None:
            raise UnknownAnnotationError(name)
        number, version, state, creator, created, modified, document, deleted = row
        if deleted is not None:
            raise DeletedAnnotationError(name)
        return AnnotationRecord(number, name, version, ReviewState(state), creator, created, modified, document)

    async def create(
        self, container: ContainerRecord, draft: Draft, entry: IndexEntry, name: str | None = None
    ) -> AnnotationRecord:
        """A new annotation, under `name` if that was never used, else under a name of the server's choice.

        Raises DeletedContainerError.
        """
        for candidate in (name, new_name()) if name else (new_name(),):
            number = await self._creations.create(Creation(container.id, candidate, draft, entry))
            if number is not None:
                return _created(number, candidate, draft)
        raise DeletedContainerError(container.name)

    async def create_named(
        self, container: ContainerRecord, draft: Draft, entry: IndexEntry, name: str
    ) -> AnnotationRecord:
        """A new annotation of that name. Raises NameTakenError, DeletedAnnotationError, DeletedContainerError."""
        number = await self._creations.create(Creation(container.id, name, draft, entry))
        if number is not None:
            return _created(number, name, draft)
        try:
            await self.read(container, name)
        except UnknownAnnotationError:
            raise DeletedContainerError(container.name) from None
        raise NameTakenError(name)

    async def update(
        self,
        container: ContainerRecord,
        before: AnnotationRecord,
        draft: Draft,
        entry: IndexEntry,
        connection: Connection | None = None,
    ) -> AnnotationRecord:
        """Replaces the document. Raises StaleVersionError where `before` is no longer how it is.

        A `connection` may be in a transaction, which this is a part of then.
        """
        recount = _recount(connection)
        async with self._on(connection) as connection, self._outside(connection) as other:
            parameters = await self._parameters(other, draft, entry)
            parameters |= {"id": before.id, "version": before.version, "container": container.id, "more": 0}
            steps = (statements.REPLACE, statements.FORGET_TARGETS, statements.AIM, recount)
            await _change(connection, parameters, steps)
        return AnnotationRecord(
            before.id,
            before.name,
            before.version + 1,
            before.state,
            before.creator,
            before.created,
            draft.moment,
            draft.document,
        )

    async def delete(
        self,
        container: ContainerRecord,
        before: AnnotationRecord,
        editor: str,
        moment: datetime,
        connection: Connection | None = None,
    ) -> None:
        """Leaves a tombstone. Raises StaleVersionError."""
        parameters = {
            "id": before.id,
            "version": before.version,
            "container": container.id,
            "editor": editor,
            "moment": moment,
            "more": -1,
        }
        steps = (statements.BURY, statements.FORGET_TARGETS, _recount(connection))
        async with self._on(connection) as connection:
            await _change(connection, parameters, steps)

    async def list_page(self, container: ContainerRecord, viewer: Principal, after: int, limit: int) -> Listing:
        """The `limit` annotations behind the number `after`, in the order in which they were made."""
        parameters = {**_seen(container, viewer), "after": after, "limit": limit + 1, "offset": limit}
        async with self._database.connection() as connection:
            rows = await (await connection.execute(statements.PAGE, parameters)).fetchall()
            before = None
            if after > 0:
                before = await (await connection.execute(statements.BEFORE, parameters)).fetchone()
        items = [ListedAnnotation(*row) for row in rows[:limit]]
        return Listing(
            after=after,
            items=items,
            next_after=items[-1].id if len(rows) > limit else None,
            # The page before may be shorter than others, and begins at the very start then.
            prev_after=None if after <= 0 else before[0] if before else 0,
        )

    async def last_page_after(self, container: ContainerRecord, viewer: Principal, limit: int) -> int:
        """`after` of the page that ends with the newest annotation."""
        parameters = {**_seen(container, viewer), "after": 2**62, "offset": limit}
        async with self._database.connection() as connection:
            row = await (await connection.execute(statements.BEFORE, parameters)).fetchone()
        return row[0] if row else 0

    async def count_hidden(self, container: ContainerRecord, viewer: Principal) -> int:
        """How many of the container's annotations the viewer does not see."""
        async with self._database.connection() as connection:
            row = await (await connection.execute(statements.HIDDEN, _seen(container, viewer))).fetchone()
        return row[0] if row else 0

    @asynccontextmanager
    async def _on(self, connection: Connection | None) -> AsyncIterator[Connection]:
        if connection is not None:
            yield connection
        else:
            async with self._database.connection() as own:
                yield own

    @asynccontextmanager
    async def _outside(self, connection: Connection) -> AsyncIterator[Connection]:
        """A connection that is in no transaction: IRIs stay, whatever becomes of it."""
        if connection.info.transaction_status is TransactionStatus.IDLE:
            yield connection
        else:
            async with self._database.connection() as other:
                yield other

    async def _parameters(self, connection: Connection, draft: Draft, entry: IndexEntry) -> dict[str, Any]:
        numbers = await self._interner.numbers(connection, mentioned_iris(entry))
        return {
            **build_index_row(entry, numbers).parameters(),
            "document": draft.document,
            "editor": draft.editor,
            "moment": draft.moment,
        }


async def _change(connection: Connection, parameters: dict[str, Any], steps: Sequence[str]) -> None:
    """Keeps the version that was, then takes the steps. Of several at once one finds the version that it expects."""
    async with connection.transaction():
        locked = await (await connection.execute(statements.LOCK, parameters)).fetchone()
        if locked is None:
            raise StaleVersionError
        async with connection.pipeline():
            for step in (statements.KEEP, *steps):
                await connection.execute(step, parameters)


def _recount(connection: Connection | None) -> str:
    """A connection that is given is in a transaction of many changes."""
    return statements.RECOUNT if connection is None else statements.RECOUNT_IN_BULK


def _created(number: int, name: str, draft: Draft) -> AnnotationRecord:
    return AnnotationRecord(number, name, 1, draft.state, draft.made_by, draft.made_at, draft.moment, draft.document)


def _seen(container: ContainerRecord, viewer: Principal) -> dict[str, Any]:
    return {"container": container.id, "viewer": viewer.name, "all": viewer.may(Action.CURATE_ANNOTATIONS)}
