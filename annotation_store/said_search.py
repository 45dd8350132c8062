"""What words, tags and the like find, in the order of the annotations (search_windows.py says how far at a time)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation_store.cursor import Cursor
from annotation_store.database import Connection
from annotation_store.lexemes import Known, describe_terms, spell_out
from annotation_store.search_costs import Progress, Step, Term, next_step
from annotation_store.search_plan import SearchPlan
from annotation_store.search_windows import FARTHER, NEAR, Window, is_dense, next_span
from annotation_store.text_plan import TextPlan

Row = tuple[Any, ...]
Terms = Sequence[Sequence[Term]]
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
    terms: Terms = ()
    if plan.texts is not None:
        looked_up = await _look_up(connection, plan, plan.texts, walk.store_end)
        if looked_up is None:
            return walk.rows
        plan, terms = looked_up
    return await _look_on(connection, plan, terms, walk, wanted)


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


async def _look_up(
    connection: Connection, plan: SearchPlan, texts: TextPlan, total: int
) -> tuple[SearchPlan, Terms] | None:
    """The plan with words for the prefixes, and what is known of its terms; None where nothing can be found."""
    statement, parameters = plan.look_up(texts)
    rows = await (await connection.execute(statement, parameters, prepare=True)).fetchall()
    known = {term: Known(*row) for term, row in zip(texts.terms, rows, strict=True)}
    spelled_out = spell_out(texts, known)
    if spelled_out is None:
        return None
    spelled, values = spelled_out
    return plan.spelled_out(spelled, values), describe_terms(texts, known, spelled, total)


async def _look_on(connection: Connection, plan: SearchPlan, terms: Terms, walk: _Walk, wanted: int) -> list[Row]:
    """What the walk found, and what lies behind it."""
    found, end, place = walk.rows, walk.store_end, walk.last
    while len(found) < wanted and (left := place if walk.backwards else end - place) > 0:
        lacking = wanted - len(found)
        progress = Progress(len(found), abs(place - walk.first) + 1, lacking, left, end)
        step = next_step(terms, progress) if terms else _next_window(progress)
        cursor = Cursor(place, 0, walk.backwards)
        if step.walk:
            further = await _walk(connection, plan, cursor, lacking, step.walk)
            found, place = found + further.rows, further.last
            if further.is_enough(lacking):
                break
            continue
        window = Window.open(place, step.span, backwards=walk.backwards) if step.span else None
        found = found + await _fetch(connection, plan.page(cursor, lacking, window, step.broad))
        if window is None:
            break
        place = window.until
    return found


def _next_window(progress: Progress) -> Step:
    """Where there are no words, nothing is known beforehand."""
    return Step(span=next_span(progress.seen, progress.hits, progress.wanted, progress.left) or 0)


async def _fetch(connection: Connection, planned: tuple[str, dict[str, Any]]) -> list[Row]:
    statement, parameters = planned
    # Planned for these very values: how many rows a word finds differs by orders of magnitude.
    return await (await connection.execute(statement, parameters, prepare=False)).fetchall()
