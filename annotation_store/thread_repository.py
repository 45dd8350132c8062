"""Replies in PostgreSQL: annotations on annotations, found by the interned IRI of what they answer.

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
SELECT i.value, a.id, a.name, c.name, a.document, a.deleted IS NOT NULL
FROM annotations.iri i
JOIN annotations.annotation a ON a.reply_to = i.id
JOIN annotations.container c ON c.id = a.container AND c.deleted IS NULL
WHERE i.digest = ANY(%(digests)s::uuid[]) AND a.id > %(after)s
  AND (a.state <> 'draft' OR %(curates)s OR a.creator = %(viewer)s)
  AND (c.visibility = 'public' OR %(administers)s OR c.visibility = 'restricted' AND %(restricted)s
       OR c.owner = %(viewer)s)
ORDER BY a.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to `answers`; of a deleted one only its place is told."""

    answers: str
    id: int
    name: str
    container: str
    document: str
    is_deleted: bool


class ThreadRepository:
    """All methods raise StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replies(self, iris: Collection[str], viewer: Principal, limit: int, after: int = 0) -> Sequence[Reply]:
        """Those to any of the IRIs that the viewer sees, in the order in which they were made, behind `after`."""
        parameters = {
            "digests": array_literal(digest_iri(iri) for iri in iris),
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
