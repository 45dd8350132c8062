"""Which way is likely to be the quickest to the rows that are still wanted. PURE.

The index goes through the list of the rarest word and looks each row up in the other lists, which takes as long as
reading much of them; what begins with a prefix it lists before it looks at anything else. So what is frequent is
better walked through, or tried on what the other terms find. How frequent each word is the lexicon tells; how often
they meet, nobody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from annotation_store.search_windows import KEY_BITS, MAX_SPAN

# Microseconds, as they were measured: of a statement; of a row that the index puts on the list of a prefix; of one
# that it goes through, once for each list; of one that it looks up in another list, or of a row of that list which it
# reads on the way; of one that is fetched from anywhere, and of one that is walked by; of a key of a window.
_STATEMENT_US = 700.0
_LISTED_US = 0.25
_READ_US = 0.013
_LOOKED_UP_US = 15.0
_PASSED_US = 0.009
_FETCHED_US = 2.4
_WALKED_US = 0.7
_KEY_US = 55.0

_KEY_NUMBERS = 1 << KEY_BITS

# What is found in vain costs less than another window.
_MARGIN = 1.5
# So many hits must contradict what was expected until they count for half.
_TRUST = 4
_MAX_STEPS = 8_000


@dataclass(frozen=True, slots=True)
class Term:
    """What is looked for in texts; `rows` are those of each word that meets it.

    Where it `is_listed` the index is asked for what begins so instead of words.
    """

    sql: str
    rows: Sequence[float]
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """`hits` were found among the `seen` numbers so far, `wanted` more are to be found among the `left` ones of
    `total`.
    """

    hits: int
    seen: int
    wanted: int
    left: int
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: to walk through so many annotations, or to ask the index for a window of so many numbers, or
    for all that is left where there is neither. It is not asked for the `broad` terms.
    """

    walk: int = 0
    span: int = 0
    broad: frozenset[str] = field(default_factory=frozenset)


def next_step(texts: Sequence[Sequence[Term]], progress: Progress) -> Step:
    """The step that is expected to take the least time until what is wanted is there. `texts` are alternatives, each
    of terms that must all be met.
    """
    return min(_steps(texts, progress), key=lambda choice: choice[0])[1]


def _steps(texts: Sequence[Sequence[Term]], progress: Progress) -> Iterator[tuple[float, Step]]:
    """(microseconds, step) of each that can be taken."""
    expected = max(_rate(texts, progress.total), 1.0 / progress.total)
    rate = (progress.hits + _TRUST) / (progress.seen + _TRUST / expected)
    span = math.ceil(_MARGIN * progress.wanted / rate)
    if span <= min(_MAX_STEPS, progress.left):
        yield _STATEMENT_US + _WALKED_US * span, Step(walk=span)
    for broad in _choices(texts):
        asked = [[term for term in text if term.sql not in broad] for text in texts]
        once_us = _STATEMENT_US + _LISTED_US * sum(
            sum(term.rows) for text in asked for term in text if term.is_listed
        )
        each_us = sum(map(_index_us, asked)) / progress.total
        each_us += _FETCHED_US * max(_rate(asked, progress.total), rate)
        yield once_us + each_us * progress.left, Step(broad=broad)
        if span < progress.left:
            windows = math.ceil(span / MAX_SPAN)
            reach = span + windows * _KEY_NUMBERS  # a window ends with a key
            window_us = (each_us + _KEY_US / _KEY_NUMBERS) * reach
            yield windows * once_us + window_us, Step(span=min(span, MAX_SPAN), broad=broad)


def _choices(texts: Sequence[Sequence[Term]]) -> Iterator[frozenset[str]]:
    """The terms that the index could be left without: none, or the most frequent ones where others are left."""
    terms = sorted((term for text in texts for term in text), key=lambda term: sum(term.rows), reverse=True)
    for count in range(len(terms)):
        broad = frozenset(term.sql for term in terms[:count])
        if all(any(term.sql not in broad for term in text) for text in texts):
            yield broad


def _rate(texts: Sequence[Sequence[Term]], total: int) -> float:
    """How many of `total` meet one of the texts, if words come together by chance."""
    return min(sum(math.prod(min(sum(term.rows) / total, 1.0) for term in text) for text in texts), 1.0)


def _index_us(text: Sequence[Term]) -> float:
    """For all numbers together. Lists are gone through from the shortest on, as far as one of them must be met."""
    lists = [rows for term in text for rows in term.rows]
    bound = min((max(term.rows, default=0.0) for term in text), default=0.0)
    read = sum(rows for rows in lists if rows <= bound)
    passed = sum(min(_LOOKED_UP_US * read, _PASSED_US * rows) for rows in lists if rows > bound)
    return _READ_US * len(lists) * read + passed
