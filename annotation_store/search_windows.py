"""How far a search by words and the like looks on before it asks whether it has enough. PURE.

Nobody knows beforehand how often words and tags occur together. What is frequent is found by walking on for a moment,
what is rare by asking the index for all that there is. For what lies between, the index tells what there is in the
next window of numbers: among its keys is `id >> KEY_BITS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

KEY_BITS = 12
"""In the index of the tables too: another number needs a migration."""

NEAR = 256
"""So many annotations are walked through first."""

FARTHER = 4000
"""And so many where others' annotations lie between those that are searched, which windows would be full of."""

MAX_SPAN = 32 << KEY_BITS
FEW = 100
FEW_WITHOUT_PREFIXES = 50
_FEW_IF_NONE = 300
# So many hits must contradict a guess until it counts for half.
_TRUST = 4
_GROWTH = 16
_MARGIN = 1.25
_DENSE = 4
# What it costs to fetch a row, in rows that the index puts on the list of a prefix.
_FETCHED = 9


@dataclass(frozen=True, slots=True)
class Window:
    """The numbers behind `after` up to `until`; downwards where that is the lesser one."""

    after: int
    until: int

    @classmethod
    def open(cls, place: int, span: int, *, backwards: bool) -> Window:
        """At least `span` numbers behind `place`, up to where a key ends."""
        last_bits = (1 << KEY_BITS) - 1
        return cls(place, (place - span) & ~last_bits if backwards else (place + span) | last_bits)

    def keys(self) -> list[int]:
        """Of the index, each of which has some of the numbers."""
        low, high = sorted((self.after, self.until))
        return list(range(max(low, 0) >> KEY_BITS, (high >> KEY_BITS) + 1))


@dataclass(frozen=True, slots=True)
class Guess:
    """How many rows PostgreSQL expects: of all that is asked for together, of that without its prefixes (None where
    nothing is left then), and of each prefix.
    """

    together: float = 0.0
    others: float | None = None
    prefixes: Mapping[str, float] = field(default_factory=dict)

    def broad(self, wanted: int, total: int) -> frozenset[str]:
        """The prefixes that the index should not be asked for window by window: what else there is makes less work
        until `wanted` are found among `total`.
        """
        return frozenset(
            prefix
            for prefix, rows in self.prefixes.items()
            if self.others is not None and _FETCHED * min(wanted * total / max(rows, 1), self.others) < 2 * rows
        )

    def too_broad(self) -> frozenset[str]:
        """Those that it should not even be asked for once, to find all that there is."""
        if self.others is None:
            return frozenset()
        fetched = _FETCHED * self.others
        # Prefixes have more than is expected, since the statistics have no rare words.
        return frozenset(prefix for prefix, rows in self.prefixes.items() if fetched < 2 * rows)

    def steps(self, wanted: int, total: int) -> int:
        """How many annotations are walked through sooner than the index answers, where it is asked for prefixes only;
        0 where it is quicker.
        """
        if self.others is not None or self.together < 1:
            return 0
        needed = math.ceil(2 * wanted * total / self.together)
        return needed if _FETCHED * needed < 2 * min(self.prefixes.values()) else 0

    def rate(self, total: int) -> float:
        """How many of `total` have all that is asked for; 0 where nobody knows."""
        return self.together / total if self.prefixes else 0.0


def is_dense(first: int, last: int, count: int) -> bool:
    """Whether most of the numbers from `first` to `last` are among the `count` that were walked through."""
    return abs(last - first) < _DENSE * count


def next_span(seen: int, hits: int, wanted: int, left: int, rate: float = 0.0, few: int = FEW) -> int | None:
    """How many numbers the next window should have; None where all that is `left`, hardly more than a `few` hits,
    should be asked for at once.

    `hits` of `wanted` were found among the `seen` numbers so far, and `rate` is how many each number should give.
    Where nobody can say, windows grow by degrees: a guess from few hits is a bad one, and what is found in vain costs
    as much as what is wanted.
    """
    found = (hits + _TRUST) / (seen + _TRUST / rate) if rate else max(hits, 1) / seen
    if found * left <= (few if hits or rate else _FEW_IF_NONE):
        return None
    enough = math.ceil((wanted - hits) * _MARGIN / found)
    return min(enough, MAX_SPAN if rate else min(_GROWTH * seen, MAX_SPAN))
