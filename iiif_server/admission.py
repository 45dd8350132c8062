"""Who may compute, and when: tiles never pass here, renders wait in one line. For one event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from iiif_server.errors import OverloadedError, TooLargeRequestError

RETRY_AFTER_S = 2


class Admission:
    """At most `slots` renders at once, together at most `capacity_bytes` heavy; `queue` more may wait, in order.

    The first in line is never overtaken by a lighter one, so that a heavy render gets its turn.
    """

    def __init__(self, *, slots: int, queue: int, capacity_bytes: int) -> None:
        self._slots = slots
        self._free_slots = slots
        self._free_bytes = capacity_bytes
        self._capacity_bytes = capacity_bytes
        self._queue = queue
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()
        self.refused = 0
        self.too_large = 0

    @property
    def running(self) -> int:
        """How many have been admitted and have not left."""
        return self._slots - self._free_slots

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiting)

    async def enter(self, weight_bytes: int) -> None:
        """Returns when it is this render's turn; `leave` with the same weight ends it.

        Raises TooLargeRequestError for a weight that never fits, OverloadedError where the line is full.
        Cancelling gives up the place in the line.
        """
        if weight_bytes > self._capacity_bytes:
            self.too_large += 1
            raise TooLargeRequestError("This request needs more memory than the server gives to one image.")
        if not self._waiting and self._fits(weight_bytes):
            self._take(weight_bytes)
            return
        if len(self._waiting) >= self._queue:
            self.refused += 1
            raise OverloadedError("Too many images are being computed.", retry_after_s=RETRY_AFTER_S)
        await self._wait(weight_bytes)

    def leave(self, weight_bytes: int) -> None:
        """Gives back what `enter` took."""
        self._free_slots += 1
        self._free_bytes += weight_bytes
        self._admit()

    async def _wait(self, weight_bytes: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (turn, weight_bytes)
        self._waiting.append(place)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(weight_bytes)
            else:
                with contextlib.suppress(ValueError):  # others may have noticed before
                    self._waiting.remove(place)
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting:
            turn, weight_bytes = self._waiting[0]
            # One that was cancelled a moment ago does not know it yet.
            if not turn.cancelled():
                if not self._fits(weight_bytes):
                    return
                self._take(weight_bytes)
                turn.set_result(None)
            self._waiting.popleft()

    def _fits(self, weight_bytes: int) -> bool:
        return self._free_slots > 0 and weight_bytes <= self._free_bytes

    def _take(self, weight_bytes: int) -> None:
        self._free_slots -= 1
        self._free_bytes -= weight_bytes
