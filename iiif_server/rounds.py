"""Work that is done within the event loop, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Rounds:
    """Does one piece of work in each round of the event loop, so that what is ready goes between any two of them."""

    def __init__(self) -> None:
        self._is_over = True

    async def call(self, work: Callable[[], T]) -> T:
        """The result of the work, or its exception."""
        while not self._is_over:  # noqa: ASYNC110 - an event would be made anew for each round
            await asyncio.sleep(0)
        self._is_over = False
        asyncio.get_running_loop().call_soon(self._end)
        return work()

    def _end(self) -> None:
        self._is_over = True
