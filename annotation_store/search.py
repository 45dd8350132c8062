"""Annotations found in PostgreSQL, page by page: rows by their indexes, then the exact shapes of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotation_store import statements
from annotation_store.canvas_iris import unpin
from annotation_store.cursor import Cursor
from annotation_store.database import Connection, Database
from annotation_store.interning import Interner
from annotation_store.iris import digest_iri
from annotation_store.query import Query
from annotation_store.records import ContainerRecord
from annotation_store.region_match import meets_any, unfold_box
from annotation_store.said_search import find_said
from annotation_store.search_plan import SearchPlan, SearchScope, mentioned_in_query, plan_search
from config.access import Action, Principal

_VISIBLE = """
SELECT id, name FROM annotations.container
WHERE deleted IS NULL AND (visibility = 'public' OR %(all)s OR visibility = 'restricted' AND %(restricted)s
                           OR owner = %(owner)s)
"""
_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class FoundAnnotation:
    """One that was found; `container` is the number of its container."""

    id: int
    container: int
    name: str
    version: int
    document: str


class PlacedAnnotation(NamedTuple):
    """One that lies on a canvas, of which pages have thousands; `document` is its JSON in UTF-8."""

    id: int
    name: str
    version: int
    document: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results in the order in which they were made. The cursors lead to its neighbours, if there are any.

    `start` is how many results stand before it: a cursor carries it along.
    """

    items: Sequence[FoundAnnotation]
    start: int = 0
    next: Cursor | None = None
    prev: Cursor | None = None


class SearchRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database, interner: Interner) -> None:
        self._database = database
        self._interner = interner

    async def visible_containers(self, viewer: Principal) -> Mapping[int, str]:
        """Number → name of those that the viewer may read."""
        parameters = {
            "all": viewer.may(Action.ADMINISTER_ANNOTATIONS),
            "restricted": viewer.may(Action.READ_RESTRICTED_ANNOTATIONS),
            "owner": viewer.name,
        }
        async with self._database.connection() as connection:
            return dict(await (await connection.execute(_VISIBLE, parameters)).fetchall())

    async def find(self, query: Query, scope: SearchScope, cursor: Cursor | None, limit: int) -> Found:
        """A page of at most `limit`. Raises MalformedQueryError."""
        async with self._database.connection() as connection:
            numbers = await self._interner.known(connection, mentioned_in_query(query, scope))
            plan = plan_search(query, scope, numbers)
            rows = [] if plan is None else await _rows(connection, plan, query, cursor, limit + 1)
        return _page(rows, cursor, limit)

    async def on_canvas(
        self, container: ContainerRecord, viewer: Principal, canvas: str, after: int, limit: int
    ) -> Sequence[PlacedAnnotation]:
        """The first `limit` annotations on the canvas behind the number `after`."""
        parameters = {
            "source": digest_iri(unpin(canvas)),
            "after": after,
            "container": container.id,
            "all": viewer.may(Action.CURATE_ANNOTATIONS),
            "viewer": viewer.name,
            "limit": limit,
        }
        async with self._database.connection() as connection:
            found = await connection.execute(statements.ON_CANVAS, parameters, prepare=True, binary=True)
            return [PlacedAnnotation(*row) for row in await found.fetchall()]

    async def aliased(self, container: ContainerRecord, viewer: Principal, alias: str) -> str | None:
        """The name of the annotation that its client calls so; None where the viewer sees none."""
        parameters = {
            "container": container.id,
            "digest": digest_iri(alias),
            "all": viewer.may(Action.CURATE_ANNOTATIONS),
            "viewer": viewer.name,
        }
        async with self._database.connection() as connection:
            row = await (await connection.execute(statements.ALIASED, parameters)).fetchone()
        return row[0] if row else None


async def _rows(
    connection: Connection, plan: SearchPlan, query: Query, cursor: Cursor | None, wanted: int
) -> list[FoundAnnotation]:
    """The first `wanted` that are found, in the direction of the cursor. An annotation with several targets has
    several rows, one behind the other.
    """
    found: list[FoundAnnotation] = []
    # Of those whose boxes meet nearly all meet exactly.
    asked = wanted if not plan.boxed else wanted + wanted // 4 + 4
    if plan.said and not plan.aimed:
        return [FoundAnnotation(*row) for row in await find_said(connection, plan, cursor, wanted)]
    while True:
        statement, parameters = plan.page(cursor, asked)
        # Planned for these very values: how many rows a word or box finds differs by orders of magnitude.
        rows = await (await connection.execute(statement, parameters, prepare=False)).fetchall()
        is_last = len(rows) < asked
        if plan.boxed and not is_last:
            rows = _without_last(rows)
        for row in rows:
            if (not found or found[-1].id != row[0]) and (not plan.boxed or _is_met(query, row)):
                found.append(FoundAnnotation(*row[:_COLUMNS]))
        if len(found) >= wanted or is_last:
            return found[:wanted]
        if rows:
            cursor = Cursor(rows[-1][0], 0, cursor is not None and cursor.backwards)
        asked *= 2


def _without_last(rows: list[Any]) -> list[Any]:
    """The rows without those of the last annotation, whose further ones may not be among them."""
    last = rows[-1][0]
    return [row for row in rows if row[0] != last]


def _is_met(query: Query, row: Sequence[Any]) -> bool:
    source, *box, shape = row[_COLUMNS:]
    left, top, right, bottom = box
    return meets_any(query.regions, unfold_box(source, (left, top, right, bottom)), shape)


def _page(rows: list[FoundAnnotation], cursor: Cursor | None, limit: int) -> Found:
    more = len(rows) > limit
    items = rows[:limit]
    start = 0 if cursor is None else int(cursor.id)
    if cursor is not None and cursor.backwards:
        items.reverse()
        start = max(0, start - len(items))
        has_next, has_prev = True, more
    else:
        has_next, has_prev = more, cursor is not None
    if not items:
        return Found((), start)
    return Found(
        items,
        start if has_prev else 0,
        next=Cursor(items[-1].id, start + len(items)) if has_next else None,
        prev=Cursor(items[0].id, start, backwards=True) if has_prev else None,
    )
