"""Words, phrases and prefixes → the condition in SQL that finds them. PURE.

The index over words makes a list of all that a prefix finds before it looks at anything else: one that is frequent is
better tried on what other terms have found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from annotation_store.text_query import Phrase, Prefix, TextQuery, TextTerm, Word

_MAX_WORD_CHARACTERS = 500

# Stemmed, since endings are not in the index; and as it is, for words that stemming does not change. Where the one
# begins with the other that is enough, and half of the work.
_PREFIX = """(CASE WHEN numnode(to_tsquery('russian', {prefix})) > 0
AND starts_with(to_tsquery('simple', {prefix})::text, rtrim(to_tsquery('russian', {prefix})::text, ''':*'))
THEN to_tsquery('russian', {prefix})
ELSE to_tsquery('simple', {prefix}) || to_tsquery('russian', {prefix}) END)"""


@dataclass(frozen=True, slots=True)
class TextPlan:
    """`texts` are alternatives, each of terms in SQL that must all be there; `prefixes` are some of the terms.

    `filter` means the same, and is quicker to try on a row, if there is something of the kind.
    """

    texts: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    filter: tuple[tuple[str, ...], ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """All of them, in their order."""
        return tuple(term for text in self.texts for term in text)

    def condition(self) -> str:
        """What PostgreSQL may ask its index for."""
        return _condition(self.texts)

    def conditions(self, broad: Collection[str]) -> list[str]:
        """The same, but the index is not asked for the `broad` terms."""
        if not broad:
            return [self.condition()]
        # A condition in brackets with IS TRUE is none for an index.
        return [_condition(self._without(broad)), f"({_condition(self.filter or self.texts)}) IS TRUE"]

    def _without(self, broad: Collection[str]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(term for term in text if term not in broad) for text in self.texts)


def plan_texts(texts: Sequence[TextQuery], place: Callable[[Any], str]) -> TextPlan:
    """`place` makes a parameter of a value and tells where it stands."""
    planned: list[tuple[str, ...]] = []
    prefixes: list[str] = []
    for text in texts:
        terms = [(term, _term(place, term)) for term in text]
        planned.append(tuple(sql for _, sql in terms))
        prefixes += [sql for term, sql in terms if isinstance(term, Prefix)]
    return TextPlan(tuple(planned), tuple(prefixes))


def _condition(texts: Sequence[Sequence[str]]) -> str:
    alternatives = [f"({' && '.join(text)})" for text in texts]
    return f"a.words @@ ({' || '.join(alternatives)})"


def _term(place: Callable[[Any], str], term: TextTerm) -> str:
    match term:
        case Word(text):
            return f"phraseto_tsquery('russian', {place(text[:_MAX_WORD_CHARACTERS])})"
        case Phrase(words):
            return f"phraseto_tsquery('russian', {place(' '.join(words))})"
        case Prefix(text):
            return _PREFIX.format(prefix=place(f"{text[:_MAX_WORD_CHARACTERS].strip('_')}:*"))
