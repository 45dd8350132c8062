"""What changed in containers, in the order of transactions, from PostgreSQL.

A change's position is (transaction, annotation). Rows are read only up to the oldest transaction that still runs, so
that none can turn up later in front of what was told. Of several changes of an annotation the last one is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from annotation_store.database import Database
from annotation_store.query import ReviewState

BATCH = 500
_POSITION = re.compile(r"([0-9]{1,19})-([0-9]{1,18})")
_MOST = 2**63 - 1

_CHANGES = """
SELECT changed::text::bigint, id, name, version, state, creator, action, deleted IS NOT NULL
FROM annotations.annotation
WHERE container = %(container)s AND (changed, id) > (%(transaction)s::text::xid8, %(annotation)s)
  AND changed < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY changed, id LIMIT %(limit)s
"""
_HERE = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Position(NamedTuple):
    """Where a reader of changes has come to."""

    transaction: int
    annotation: int

    def __str__(self) -> str:
        """As it stands in an event's id."""
        return f"{self.transaction}-{self.annotation}"


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """The latest change of an annotation."""

    position: Position
    name: str
    version: int
    state: ReviewState
    creator: str
    action: str
    is_deleted: bool


class ChangeRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def here(self) -> Position:
        """The position behind everything that can be told now."""
        async with self._database.connection() as connection:
            row = await (await connection.execute(_HERE)).fetchone()
        return Position(int(row[0]) - 1 if row else 0, 2**62)

    async def changes(self, container: int, after: Position) -> Sequence[ChangeRecord]:
        """At most BATCH, the oldest first."""
        parameters = {
            "container": container,
            "transaction": str(after.transaction),
            "annotation": after.annotation,
            "limit": BATCH,
        }
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_CHANGES, parameters)).fetchall()
        return [
            ChangeRecord(Position(transaction, number), name, version, ReviewState(state), *rest)
            for transaction, number, name, version, state, *rest in rows
        ]


def parse_position(text: str | None) -> Position | None:
    """Inverse of str; None for what is none."""
    found = _POSITION.fullmatch(text or "")
    if found is None:
        return None
    transaction, annotation = map(int, found.groups())
    return Position(transaction, annotation) if transaction <= _MOST else None
