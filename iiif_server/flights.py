"""Single flight: whoever asks for what is being made already waits for that, and makes no second one.

Flights for work that is worth a task of its own, Leads for what takes less time than one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    __slots__ = ("passengers", "task")

    def __init__(self, task: asyncio.Task[V]) -> None:
        self.task = task
        self.passengers = 0


class Flights(Generic[K, V]):
    """The work that is under way, by key. The work is cancelled when the last one who waits for it leaves."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def join(self, key: K, start: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The result, or the exception, of the work under `key`; `start` begins it where none is under way."""
        flight = self._flights.get(key) or self._depart(key, start)
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if flight.passengers == 0 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()

    def _depart(self, key: K, start: Callable[[], Coroutine[Any, Any, V]]) -> _Flight[V]:
        flight = _Flight(asyncio.get_running_loop().create_task(start()))
        self._flights[key] = flight

        def landed(task: asyncio.Task[V]) -> None:
            self._land(key, flight)
            if not task.cancelled():
                # Marks an exception as seen, for the case that nobody waits any more.
                task.exception()

        flight.task.add_done_callback(landed)
        return flight

    def _land(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class Leads(Generic[K, V]):
    """The work that is under way, by key, each done by the one who asked first.

    Where that one is cancelled, those who wait begin anew.
    """

    def __init__(self) -> None:
        self._leads: dict[K, asyncio.Future[V]] = {}
        self._waiting: Counter[K] = Counter()

    def __len__(self) -> int:
        return len(self._leads)

    def is_shared(self, key: K) -> bool:
        """Whether others wait for what one does."""
        return key in self._waiting

    async def join(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The result, or the exception, of the work under `key`, which is done here where it is not under way."""
        while (lead := self._leads.get(key)) is not None:
            await self._wait(key, lead)
            if not lead.cancelled():
                return lead.result()
        lead = self._leads[key] = asyncio.get_running_loop().create_future()
        try:
            result = await work()
        except Exception as exc:
            lead.set_exception(exc)
            lead.exception()  # marks it as seen, for the case that nobody waits
            raise
        else:
            lead.set_result(result)
            return result
        finally:
            del self._leads[key]
            lead.cancel()  # does nothing to what is done

    async def _wait(self, key: K, lead: asyncio.Future[V]) -> None:
        self._waiting[key] += 1
        try:
            await asyncio.wait((lead,))
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
