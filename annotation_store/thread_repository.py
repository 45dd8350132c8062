"""Replies in PostgreSQL: annotations on annotations, found by the interned IRI of what they answer.

What is answered may be named by an alias, too. That is looked up when a thread is read, so that it makes no
difference which of the two came first.

A tombstone keeps what it answered, so that the replies to a deleted reply stay in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from annotation_store.array_literal import array_literal
from annotation_store.database import Database
from annotation_store.iris import digest_iri
from config.access import Action, Principal

_REPLIES = """
SELECT n.annotation, a.id, a.container, a.name, c.name, a.document, a.deleted IS NOT NULL
FROM unnest(%(digests)s::uuid[], %(annotations)s::bigint[], %(within)s::bigint[]) AS n (digest, annotation, within)
JOIN annotations.iri i ON i.digest = n.digest
JOIN annotations.annotation a ON a.reply_to = i.id AND (n.within IS NULL OR a.container = n.within)
JOIN annotations.container c ON c.id = a.container AND c.deleted IS NULL
WHERE a.id > %(after)s
  AND (a.state <> 'draft' OR %(curates)s OR a.creator = %(viewer)s)
  AND (c.visibility = 'public' OR %(administers)s OR c.visibility = 'restricted' AND %(restricted)s
       OR c.owner = %(viewer)s)
ORDER BY a.id LIMIT %(limit)s
"""
_ALIASES = "SELECT annotation, value FROM annotations.alias WHERE annotation = ANY(%s::bigint[])"


@dataclass(frozen=True, slots=True)
class Answered:
    """One of the IRIs that the annotation of that number is answered by; `within` a container alone, if it is set."""

    iri: str
    annotation: int
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to the annotation of the number `answers`; of a deleted one only its place is told.

    `container` is the name of its container, `container_id` its number.
    """

    answers: int
    id: int
    container_id: int
    name: str
    container: str
    document: str
    is_deleted: bool


class ThreadRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def aliases(self, annotations: Collection[int]) -> Sequence[tuple[int, str]]:
        """Numbers of the annotations, and the ids that clients made up for them."""
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_ALIASES, (array_literal(annotations),))).fetchall()
        return [(number, alias) for number, alias in rows]

    async def replies(
        self, answered: Collection[Answered], viewer: Principal, limit: int, after: int = 0
    ) -> Sequence[Reply]:
        """Those to any of them that the viewer sees, in the order in which they were made, behind `after`."""
        parameters = {
            "digests": array_literal(digest_iri(one.iri) for one in answered),
            "annotations": array_literal(one.annotation for one in answered),
            "within": array_literal(one.within for one in answered),
            "after": after,
            "limit": limit,
            "viewer": viewer.name,
            "curates": viewer.may(Action.CURATE_ANNOTATIONS),
            "administers": viewer.may(Action.ADMINISTER_ANNOTATIONS),
            "restricted": viewer.may(Action.READ_RESTRICTED_ANNOTATIONS),
        }
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_REPLIES, parameters)).fetchall()
        return [Reply(*row) for row in rows]
