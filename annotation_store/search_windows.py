"""How far a search by words and the like looks on before it asks whether it has enough. PURE.

Nobody knows beforehand how often words and tags occur together. What is frequent is found by walking on for a moment,
what is rare by asking the index for all that there is. For what lies between, the index tells what there is in the
next window of numbers: among its keys is `id >> KEY_BITS`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

KEY_BITS = 12
"""In the index of the tables too: another number needs a migration."""

NEAR = 256
"""So many annotations are walked through first."""

FARTHER = 4000
"""And so many where others' annotations lie between those that are searched, which windows would be full of."""

MAX_SPAN = 32 << KEY_BITS
FEW = 100
_FEW_IF_NONE = 300
_GROWTH = 16
_MARGIN = 1.25
_DENSE = 4


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


def is_dense(first: int, last: int, count: int) -> bool:
    """Whether most of the numbers from `first` to `last` are among the `count` that were walked through."""
    return abs(last - first) < _DENSE * count


def next_span(seen: int, hits: int, wanted: int, left: int) -> int | None:
    """How many numbers the next window should have; None where all that is `left`, hardly more than a few hits,
    should be asked for at once.

    `hits` were found among the `seen` numbers so far, and `wanted` more are to be found. Windows grow by degrees: a
    guess from few hits is a bad one, and what is found in vain costs as much as what is wanted.
    """
    found = max(hits, 1) / seen
    if found * left <= (FEW if hits else _FEW_IF_NONE):
        return None
    return min(math.ceil(wanted * _MARGIN / found), _GROWTH * seen, MAX_SPAN)
