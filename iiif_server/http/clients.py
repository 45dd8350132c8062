"""Work that ends when whoever asked for it has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

WATCH_AFTER_S = 0.1
"""From when on a client is watched. Most work has ended before, and the watch takes a task of its own."""

T = TypeVar("T")


class ClientGoneError(Exception):
    """Whoever asked has closed the connection: nobody is left to answer."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, which is not begun if the client has gone already, and given up when it goes later.

    Raises ClientGoneError.
    """
    if _has_gone(receive):
        work.close()
        raise ClientGoneError
    watch = _Watch(receive)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.has_gone:
            raise ClientGoneError from None
        raise
    finally:
        watch.timer.cancel()
        if watch.task is not None:
            watch.task.cancel()
            await asyncio.wait((watch.task,))


class _Watch:
    """From WATCH_AFTER_S on, cancels the task that made it when the client goes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._worker = asyncio.current_task()
        self.timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._begin)
        self.task: asyncio.Task[None] | None = None
        self.has_gone = False

    def _begin(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_gone = True
        if self._worker is not None:
            self._worker.cancel()


def _has_gone(receive: Receive) -> bool:
    """Whether the client is known to have gone: takes what has come, and waits for nothing."""
    while True:
        message = receive().__await__()
        try:
            next(message)
        except StopIteration as received:
            if received.value["type"] == "http.disconnect":
                return True
        else:
            message.close()
            return False
