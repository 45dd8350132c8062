"""Words and tags that begin with some letters, counted in the texts of annotations. PURE."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from annotation_store.query import Query
from annotation_store.text_query import Phrase, Prefix, TextQuery, TextTerm, Word

_WORD = re.compile(r"\w+")


def complete_last(query: Query) -> tuple[Query, str, str]:
    """(the query for texts in which something begins with the last word, what stands before that word, the word).

    `query` has one text, whose last word is still being typed.
    """
    text = query.texts[0]
    words = [word for term in text for word in _words_of(term)]
    *before, last = words
    narrowed: TextQuery = (*map(Word, before), Prefix(last))
    return replace(query, texts=(narrowed,)), " ".join(before), last


def count_terms(texts: Iterable[str], beginning: str, before: str, minimum: int, limit: int) -> list[tuple[str, int]]:
    """(term, in how many texts) of the words that begin so, whatever their case; the most frequent first.

    Each term has `before` in front, so that it can be searched for as it is.
    """
    start = beginning.casefold()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word in map(str.casefold, _WORD.findall(text)) if word.startswith(start)})
    chosen = sorted((item for item in counts.items() if item[1] >= minimum), key=lambda item: (-item[1], item[0]))
    return [(f"{before} {word}" if before else word, count) for word, count in chosen[:limit]]


def _words_of(term: TextTerm) -> tuple[str, ...]:
    match term:
        case Phrase(words):
            return words
        case Word(text) | Prefix(text):
            return (text,)
    assert_never(term)
