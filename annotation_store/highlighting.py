"""Where in a text the terms of a search are. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotation_store.text_query import Phrase, Prefix, TextQuery, TextTerm, Word

# Characters of the text before and after a match that go along with it.
_CONTEXT = 40
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class TextMatch:
    """`before` + `exact` + `after` stand in the text as they are."""

    before: str
    exact: str
    after: str


def find_matches(text: str, queries: Sequence[TextQuery], limit: int = 20) -> list[TextMatch]:
    """The first matches, in the text's order, none within another.

    Words that are not there as they were asked for were found by their stem: then all that begins alike is shown.
    """
    terms = list(dict.fromkeys(term for query in queries for term in query))
    spans = sorted(span for term in terms for span in _spans(text, term))
    matches: list[TextMatch] = []
    reached = 0
    for start, end in spans:
        if start >= reached and len(matches) < limit:
            matches.append(
                TextMatch(text[max(0, start - _CONTEXT) : start], text[start:end], text[end : end + _CONTEXT])
            )
            reached = end
    return matches


def _spans(text: str, term: TextTerm) -> Iterator[tuple[int, int]]:
    found = [match.span() for match in _pattern(term).finditer(text)]
    if not found and isinstance(term, Word):
        stem = term.text[: max(_SHORTEST_STEM, round(len(term.text) * 0.7))]
        found = [match.span() for match in _pattern(Prefix(stem)).finditer(text)]
    yield from found


def _pattern(term: TextTerm) -> re.Pattern[str]:
    match term:
        case Word(text):
            expression = rf"\b{re.escape(text)}\b"
        case Prefix(text):
            expression = rf"\b{re.escape(text)}\w*"
        case Phrase(words):
            expression = r"\b" + r"\W+".join(map(re.escape, words)) + r"\b"
    return re.compile(expression, re.IGNORECASE)
