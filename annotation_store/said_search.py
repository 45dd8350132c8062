"""What words, tags and the like find, in the order of the annotations (search_windows.py says how far at a time)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation_store.cursor import Cursor
from annotation_store.database import Connection
from annotation_store.search_plan import SearchPlan
from annotation_store.search_windows import (
    FARTHER,
    FEW,
    FEW_WITHOUT_PREFIXES,
    NEAR,
    Guess,
    Window,
    is_dense,
    next_span,
)

Row = tuple[Any, ...]
_TOLD = 4


async def find_said(connection: Connection, plan: SearchPlan, cursor: Cursor | None, wanted: int) -> list[Row]:
    """The first `wanted` rows behind the cursor, in its direction."""
    walk = await _walk(connection, plan, cursor, wanted, NEAR)
    if walk.is_enough(wanted):
        return walk.rows
    if not is_dense(walk.first, walk.last, walk.count):
        walk = await _walk(connection, plan, cursor, wanted, FARTHER)
        if walk.is_enough(wanted):
            return walk.rows
        return walk.rows + await _fetch(connection, plan.page(walk.end, wanted - len(walk.rows)))
    guess = await _guess(connection, plan) if plan.prefixes else Guess()
    found = walk.rows
    steps = guess.steps(wanted - len(found), walk.store_end)
    if steps:
        walk = await _walk(connection, plan, walk.end, wanted - len(found), steps)
        if walk.is_enough(wanted - len(found)):
            return found + walk.rows
        found = found + walk.rows
    return await _within_windows(connection, plan, walk, guess, found, wanted)


@dataclass(frozen=True, slots=True)
class _Walk:
    """`rows` were found among the next `count` annotations, whose numbers go from `first` to `last`; of `asked` ones.

    `store_end` is the last number in the store.
    """

    asked: int
    first: int
    last: int
    count: int
    store_end: int
    rows: list[Row]
    backwards: bool

    def is_enough(self, wanted: int) -> bool:
        """Whether there is nothing more to look for."""
        return len(self.rows) == wanted or self.count < self.asked

    @property
    def end(self) -> Cursor:
        """Where it ended."""
        return Cursor(self.last, 0, self.backwards)


async def _walk(connection: Connection, plan: SearchPlan, cursor: Cursor | None, wanted: int, near: int) -> _Walk:
    rows = await _fetch(connection, plan.walk(cursor, wanted, near))
    first, last, count, store_end = rows[0][:_TOLD]
    found = [row[_TOLD:] for row in rows if row[_TOLD] is not None]
    return _Walk(near, first, last, count, store_end, found, cursor is not None and cursor.backwards)


async def _guess(connection: Connection, plan: SearchPlan) -> Guess:
    ((told,),) = await _fetch(connection, plan.guess())
    together, *prefixes, others = [part["Plan Rows"] for part in told[0]["Plan"]["Plans"]]
    is_indexed = plan.is_indexed(plan.prefixes)
    return Guess(together, others if is_indexed else None, dict(zip(plan.prefixes, prefixes, strict=True)))


async def _within_windows(
    connection: Connection, plan: SearchPlan, walk: _Walk, guess: Guess, found: list[Row], wanted: int
) -> list[Row]:
    """What was `found`, and what lies behind the walk."""
    broad, too_broad = guess.broad(wanted - len(found), walk.store_end), guess.too_broad()
    rate, few = guess.rate(walk.store_end), FEW_WITHOUT_PREFIXES if broad else FEW
    seen, place = abs(walk.last - walk.first) + 1, walk.last
    while len(found) < wanted and (left := place if walk.backwards else walk.store_end - place) > 0:
        span = next_span(seen, len(found), wanted, left, rate, few)
        window = None if span is None else Window.open(place, span, backwards=walk.backwards)
        cursor, left_out = Cursor(place, 0, walk.backwards), too_broad if window is None else broad
        found = found + await _fetch(connection, plan.page(cursor, wanted - len(found), window, left_out))
        if window is None:
            break
        seen, place = seen + abs(window.until - place), window.until
    return found


async def _fetch(connection: Connection, planned: tuple[str, dict[str, Any]]) -> list[Row]:
    statement, parameters = planned
    # Planned for these very values: how many rows a word finds differs by orders of magnitude.
    return await (await connection.execute(statement, parameters, prepare=False)).fetchall()
