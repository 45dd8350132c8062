"""Containers in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from annotation_store.database import Database
from annotation_store.records import ContainerRecord, ContainerWish, Visibility
from annotation_store.store_errors import (
    DeletedContainerError,
    NameTakenError,
    StaleVersionError,
    UnknownContainerError,
)
from config.access import Action, Principal

_COLUMNS = """
SELECT c.id, c.name, c.label, c.visibility, c.owner, c.settings, c.version, c.created,
       greatest(c.modified, max(t.modified)), coalesce(sum(t.total), 0)::bigint, coalesce(sum(t.changes), 0)::bigint,
       c.deleted
FROM annotations.container c LEFT JOIN annotations.tally t ON t.container = c.id
"""
_READ = f"{_COLUMNS} WHERE c.name = %(name)s GROUP BY c.id"
_LIST = f"""{_COLUMNS}
WHERE c.deleted IS NULL AND c.name > %(after)s
  AND (c.visibility = 'public' OR %(all)s OR c.visibility = 'restricted' AND %(restricted)s
       OR c.owner = %(owner)s)
GROUP BY c.id ORDER BY c.name LIMIT %(limit)s
"""
_CREATE = """
INSERT INTO annotations.container (name, label, visibility, owner, settings)
VALUES (%(name)s, %(label)s, %(visibility)s, %(owner)s, %(settings)s)
ON CONFLICT (name) DO NOTHING RETURNING id
"""
_UPDATE = """
UPDATE annotations.container
SET label = %(label)s, visibility = %(visibility)s, settings = %(settings)s, version = version + 1, modified = now()
WHERE id = %(id)s AND version = %(version)s AND deleted IS NULL RETURNING id
"""
_DELETE = """
UPDATE annotations.container SET deleted = now(), modified = now(), version = version + 1
WHERE id = %(id)s AND version = %(version)s AND deleted IS NULL RETURNING id
"""


class ContainerRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: str) -> ContainerRecord:
        """Raises UnknownContainerError, DeletedContainerError."""
        async with self._database.connection() as connection:
            row = await (await connection.execute(_READ, {"name": name})).fetchone()
        if row is None:
            raise UnknownContainerError(name)
        if row[-1] is not None:
            raise DeletedContainerError(name)
        return _record(row)

    async def visible(self, viewer: Principal, limit: int, after: str = "") -> Sequence[ContainerRecord]:
        """Those that the viewer may read, by name, behind the name `after`."""
        parameters = {
            "after": after,
            "all": viewer.may(Action.ADMINISTER_ANNOTATIONS),
            "restricted": viewer.may(Action.READ_RESTRICTED_ANNOTATIONS),
            "owner": viewer.name,
            "limit": limit,
        }
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_LIST, parameters)).fetchall()
        return [_record(row) for row in rows]

    async def create(self, name: str, wish: ContainerWish, owner: str) -> ContainerRecord:
        """Raises NameTakenError where the name is in use or was."""
        parameters = {**_wish(wish), "name": name, "owner": owner}
        async with self._database.connection() as connection:
            made = await (await connection.execute(_CREATE, parameters)).fetchone()
        if made is None:
            raise NameTakenError(name)
        return await self.read(name)

    async def update(self, container: ContainerRecord, wish: ContainerWish) -> ContainerRecord:
        """Raises StaleVersionError where the description has changed since `container` was read."""
        await self._change(_UPDATE, {**_wish(wish), "id": container.id, "version": container.version})
        return await self.read(container.name)

    async def delete(self, container: ContainerRecord) -> None:
        """With all that it contains. Raises StaleVersionError."""
        await self._change(_DELETE, {"id": container.id, "version": container.version})

    async def _change(self, statement: str, parameters: dict[str, Any]) -> None:
        async with self._database.connection() as connection:
            changed = await (await connection.execute(statement, parameters)).fetchone()
        if changed is None:
            raise StaleVersionError


def _wish(wish: ContainerWish) -> dict[str, Any]:
    return {
        "label": Jsonb(dict(wish.label)),
        "visibility": wish.visibility.value,
        "settings": Jsonb(dict(wish.settings)),
    }


def _record(row: Sequence[Any]) -> ContainerRecord:
    number, name, label, visibility, *rest = row[:-1]
    return ContainerRecord(number, name, label, Visibility(visibility), *rest)
