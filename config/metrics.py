"""Numbers about processes, and their sum over several. Pure.

A process counts in plain values and lists them as samples when somebody asks. Names follow Prometheus: seconds,
bytes, and `_total` behind counters.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Labels = tuple[tuple[str, str], ...]
FamilyKind = Literal["counter", "gauge", "histogram"]


class Family(NamedTuple):
    """What a number means; a counter's `name` stands without its `_total`."""

    name: str
    kind: FamilyKind
    help: str


class Series(NamedTuple):
    """One line of a family: `suffix` stands behind its name."""

    family: Family
    suffix: str
    labels: Labels


Samples = dict[Series, float]


def series(family: Family, **labels: str) -> Series:
    """The line with these labels."""
    return Series(family, "_total" if family.kind == "counter" else "", tuple(labels.items()))


class Histogram:
    """How often values fell below each of the bounds. For one thread."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Counts one value; a bound counts as below itself."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self, family: Family, labels: Labels = ()) -> Samples:
        """Buckets (each with all below it), sum and count."""
        found: Samples = {}
        below = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), list(self._counts), strict=True):
            below += count
            found[Series(family, "_bucket", (*labels, ("le", bound)))] = below
        found[Series(family, "_sum", labels)] = self._sum
        found[Series(family, "_count", labels)] = below
        return found


def merge_samples(many: Iterable[Samples]) -> Samples:
    """Everything, what has equal names and labels added up."""
    merged: Samples = {}
    for samples in many:
        for key, value in samples.items():
            merged[key] = merged.get(key, 0.0) + value
    return merged


def only_counters(samples: Samples) -> Samples:
    """What goes on after a restart: all but the gauges."""
    return {key: value for key, value in samples.items() if key.family.kind != "gauge"}


def format_samples(samples: Samples) -> bytes:
    """As JSON, for another process."""
    return json.dumps([[*key.family, key.suffix, key.labels, value] for key, value in samples.items()]).encode()


def parse_samples(data: bytes) -> Samples:
    """Inverse of format_samples. Raises ValueError."""
    return {
        Series(Family(name, kind, text), suffix, tuple((label, value) for label, value in labels)): value
        for name, kind, text, suffix, labels, value in json.loads(data)
    }
