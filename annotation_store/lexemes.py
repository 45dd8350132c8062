"""Words that are looked for → what the lexicon knows of them: how frequent they are, and which words begin so. PURE.

The index over words lists all that begins with a prefix before it looks at anything else. Of words it reads no more
than what the other terms, and the window, leave over: a prefix is better spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation_store.search_costs import Term
from annotation_store.text_plan import TextPlan

MAX_LEXEMES = 64
"""Of a beginning that more words have, the index is asked as it is."""

MAX_RECENT = 300
"""So many annotations that the lexicon may not know yet are looked through."""

# What to_tsquery makes of a beginning: 'wood':*, or several of these between |.
_BEGINNINGS = re.compile(r"'[^'\\]+':\*(?: \| '[^'\\]+':\*)*")

# Of each word in a term: itself with its frequency, or those that begin so. What was written of late is looked
# through, since the lexicon may not know it yet.
_LOOK_UP = f"""
WITH recent AS MATERIALIZED (
SELECT a.words FROM annotations.lexicon l CROSS JOIN unnest(%(containers)s::bigint[]) c(id) CROSS JOIN LATERAL (
    SELECT a.words FROM annotations.annotation a WHERE a.container = c.id AND a.changed >= l.complete_until
    ORDER BY a.changed LIMIT {MAX_RECENT + 1}) a
LIMIT {MAX_RECENT + 1}
), state AS MATERIALIZED (
SELECT l.complete_until > '0' AND l.complete_until <= pg_snapshot_xmin(pg_current_snapshot())
    AND (SELECT count(*) FROM recent) <= {MAX_RECENT} AS is_complete FROM annotations.lexicon l
)
SELECT asked.query, state.is_complete, known.words, known.rows,
    CASE WHEN asked.is_prefix AND state.is_complete THEN ARRAY(
        SELECT w.lexeme FROM regexp_matches(asked.query, '''([^'']+)''', 'g') stem(part)
        CROSS JOIN recent r CROSS JOIN unnest(r.words) w WHERE starts_with(w.lexeme, stem.part[1])) END
FROM (VALUES {{terms}}) asked(place, is_prefix, query) CROSS JOIN state CROSS JOIN LATERAL (
    SELECT array_agg(l.word) AS words, array_agg(l.rows) AS rows
    FROM regexp_matches(asked.query, '''([^'']+)''', 'g') stem(part) CROSS JOIN LATERAL (
        SELECT l.word, l.rows FROM annotations.lexeme l
        WHERE l.word >= stem.part[1] COLLATE "C"
        AND l.word <= (stem.part[1] || CASE WHEN asked.is_prefix THEN chr(1114111) ELSE '' END) COLLATE "C"
        LIMIT {MAX_LEXEMES + 1}) l
) known ORDER BY asked.place
"""  # noqa: S608  put together of constants


def look_up(plan: TextPlan) -> str:
    """The statement for the fields of a Known for each term of the plan, in their order; `containers` is an array of
    those whose words are surely known.
    """
    terms = ", ".join(f"({place}, {term in plan.prefixes}, ({term})::text)" for place, term in enumerate(plan.terms))
    return _LOOK_UP.format(terms=terms)


@dataclass(frozen=True, slots=True)
class Known:
    """What the lexicon knows of a term, which PostgreSQL takes for `query`: its `words`, or some of those that begin
    so, and in about how many annotations each is. `recent` words begin so too. Is it not complete, there may be more.
    """

    query: str
    is_complete: bool
    words: Sequence[str] | None
    rows: Sequence[int] | None
    recent: Sequence[str] | None

    def spelled_out(self) -> str | None:
        """The tsquery of all words that begin so, as text, which is empty where there is none; None where they are
        not known, or too many.
        """
        words = {*(self.words or ()), *(self.recent or ())}
        if not self.is_complete or len(words) > MAX_LEXEMES or not _BEGINNINGS.fullmatch(self.query):
            return None
        return " | ".join(map(_quote, sorted(words)))


def spell_out(plan: TextPlan, known: Mapping[str, Known]) -> tuple[TextPlan, dict[str, str]] | None:
    """The plan with parameters for those prefixes whose words are known, and their values; None where nothing can be
    found.
    """
    queries = {prefix: known[prefix].spelled_out() for prefix in plan.prefixes}
    names = {prefix: f"words{number}" for number, prefix in enumerate(plan.prefixes) if queries[prefix]}
    terms = {prefix: f"%({name})s::tsquery" for prefix, name in names.items()}
    texts = tuple(
        tuple(terms.get(term, term) for term in text)
        for text in plan.texts
        if not any(queries.get(term) == "" for term in text)
    )
    prefixes = tuple(terms.get(prefix, prefix) for prefix in plan.prefixes)
    values = {name: queries[prefix] or "" for prefix, name in names.items()}
    return (TextPlan(texts, prefixes, plan.texts), values) if texts else None


def describe_terms(
    plan: TextPlan, known: Mapping[str, Known], spelled: TextPlan, total: int
) -> tuple[tuple[Term, ...], ...]:
    """What the `spelled` plan's terms will find, where those of `plan` are known so, among `total` annotations."""
    described = {}
    for term, new in zip(plan.prefixes, spelled.prefixes, strict=True):
        rows = [*map(float, known[term].rows or ()), *(1.0 for _ in known[term].recent or ())]
        described[new] = Term(new, rows, is_listed=new == term)
    for term in plan.terms:
        if term not in plan.prefixes:
            # Of a phrase the rarest word; one that is nowhere may be too new to be known.
            rows = [float(min(known[term].rows or (1,)))] if known[term].query else [float(total)]
            described[term] = Term(term, rows)
    return tuple(tuple(described[term] for term in text) for text in spelled.texts)


def _quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
