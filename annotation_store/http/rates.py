"""How much each token may write: a bucket per token and process, filled at a steady rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from annotation_store.store_errors import TooManyRequestsError

_MAX_BUCKETS = 10_000
BURST_S = 2.0
"""A token that was quiet may write this many seconds' worth at once."""


class RateLimit:
    """`rate_per_s` of 0 limits nothing."""

    def __init__(self, rate_per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate_per_s
        self._most = max(1.0, rate_per_s * BURST_S)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Counts one write. Raises TooManyRequestsError."""
        if self._rate <= 0:
            return
        now = self._clock()
        level, since = self._buckets.get(name, (self._most, now))
        level = min(self._most, level + (now - since) * self._rate)
        if level < 1:
            self._buckets[name] = (level, now)
            raise TooManyRequestsError(max(1, math.ceil((1 - level) / self._rate)))
        if len(self._buckets) >= _MAX_BUCKETS:
            self._buckets.clear()
        self._buckets[name] = (level - 1, now)
