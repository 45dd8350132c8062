"""Numbers for IRIs: asked for by every write, so kept in memory. They never change and are never taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from annotation_store.array_literal import array_literal
from annotation_store.database import Connection
from annotation_store.iris import digest_iri

MAX_REMEMBERED = 200_000

_FIND = "SELECT digest, id FROM annotations.iri WHERE digest = ANY(%s::uuid[])"
# In the order of their digests: two writers with the same ones would otherwise wait for each other.
_MAKE = """
INSERT INTO annotations.iri (digest, value)
SELECT digest, value FROM unnest(%s::uuid[], %s::text[]) AS given (digest, value) ORDER BY digest
ON CONFLICT (digest) DO NOTHING RETURNING digest, id
"""


class Interner:
    """One per process."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    async def numbers(self, connection: Connection, iris: Iterable[str]) -> dict[str, int]:
        """The number of each; those that are new are interned at once, so never call this within a transaction."""
        numbers: dict[str, int] = {}
        missing: dict[uuid.UUID, str] = {}
        for iri in set(iris):
            number = self._known.get(iri)
            if number is None:
                missing[digest_iri(iri)] = iri
            else:
                numbers[iri] = number
        if missing:
            found = await self._intern(connection, missing)
            if len(self._known) + len(found) > MAX_REMEMBERED:
                self._known.clear()
            self._known.update(found)
            numbers |= found
        return numbers

    async def known(self, connection: Connection, iris: Iterable[str]) -> dict[str, int]:
        """The number of each that is interned already; the others are left out."""
        numbers = {iri: self._known[iri] for iri in set(iris) if iri in self._known}
        missing = {digest_iri(iri): iri for iri in iris if iri not in numbers}
        if missing:
            found = await _numbers(connection, _FIND, array_literal(missing))
            if len(self._known) + len(found) > MAX_REMEMBERED:
                self._known.clear()
            self._known.update({missing[digest]: number for digest, number in found.items()})
            numbers |= {missing[digest]: number for digest, number in found.items()}
        return numbers

    async def _intern(self, connection: Connection, missing: dict[uuid.UUID, str]) -> dict[str, int]:
        found = await _numbers(connection, _FIND, array_literal(missing))
        new = [digest for digest in missing if digest not in found]
        if new:
            values = array_literal(missing[digest] for digest in new)
            found |= await _numbers(connection, _MAKE, array_literal(new), values)
        raced = [digest for digest in new if digest not in found]
        if raced:  # somebody else has interned them in this moment
            found |= await _numbers(connection, _FIND, array_literal(raced))
        return {missing[digest]: number for digest, number in found.items()}


async def _numbers(connection: Connection, statement: str, *parameters: str) -> dict[uuid.UUID, int]:
    return dict(await (await connection.execute(statement, parameters)).fetchall())
