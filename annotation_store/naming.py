"""Names that the server chooses: ULIDs, as the library makes them in five times the time."""

from __future__ import annotations

import os
import time
from functools import lru_cache

# Crockford's base 32, in lower case, and two of its digits at once.
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def new_name() -> str:
    """A name for an annotation or a container: a ULID in lower case, of 48 bits of time (ms) and 80 of chance."""
    chance = int.from_bytes(os.urandom(10))
    high, low = chance >> 40, chance & 0xFFFFFFFFFF
    return (
        f"{_moment(time.time_ns() // 1_000_000)}"
        f"{_PAIRS[high >> 30]}{_PAIRS[high >> 20 & 1023]}{_PAIRS[high >> 10 & 1023]}{_PAIRS[high & 1023]}"
        f"{_PAIRS[low >> 30]}{_PAIRS[low >> 20 & 1023]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"
    )


@lru_cache(4)
def _moment(milliseconds: int) -> str:
    """Its first ten digits."""
    return "".join([_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0)])
