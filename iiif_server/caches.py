"""A bounded cache for one event loop: what was not used for longest leaves first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _one(_: object) -> int:
    return 1


class BoundedCache(Generic[K, V]):
    """Holds values whose weights add up to at most `capacity`. Not safe between threads.

    `weigh` tells a value's weight; without it each counts 1. A value heavier than the capacity is not kept.
    """

    def __init__(self, capacity: int, weigh: Callable[[V], int] = _one) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._weight = 0
        self.hits = 0
        self.misses = 0
        self._values: OrderedDict[K, V] = OrderedDict()

    @property
    def weight(self) -> int:
        """The weight of all that is held."""
        return self._weight

    def get(self, key: K) -> V | None:
        """The value, which counts as used now; None where there is none."""
        value = self._values.get(key)
        if value is not None:
            self.hits += 1
            self._values.move_to_end(key)
        else:
            self.misses += 1
        return value

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: K) -> bool:
        """Whether there is a value, which does not count as a use of it."""
        return key in self._values

    def put(self, key: K, value: V) -> None:
        """Keeps the value under the key, in place of an older one."""
        self.forget(key)
        weight = self._weigh(value)
        if weight > self._capacity:
            return
        self._values[key] = value
        self._weight += weight
        while self._weight > self._capacity:
            _, oldest = self._values.popitem(last=False)
            self._weight -= self._weigh(oldest)

    def forget(self, key: K) -> None:
        """Lets go of the value, if there is one."""
        value = self._values.pop(key, None)
        if value is not None:
            self._weight -= self._weigh(value)
