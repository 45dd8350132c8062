"""Plain ranged reads from one S3 server, over connections that are kept open: for the hot path only.

What does not go as expected gives None: a general client reads again, retries where that helps and tells what is
wrong. A server that gives no plain answers, or cannot be reached this way, is left to that client for a while.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from storage.s3_wire import UnusualAnswerError, WireConnection

CONNECT_TIMEOUT_S = 2.0
IDLE_S = 20.0
"""An idle connection is not trusted for longer: what lies between may have forgotten it without telling."""

MAX_IDLE = 64
MAX_FAILURES = 8
REST_S = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int
    tls: bool


class ConnectionPool:
    """For the tasks of one event loop; it may move to another one when the first has ended."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._tls = ssl.create_default_context() if address.tls else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: deque[WireConnection] = deque()
        self._end_of_loop: AsyncGenerator[None, None] | None = None
        self._failures = 0
        self._rest_until = 0.0

    async def read(self, request: bytes, start: int, end: int, timeout_s: float) -> bytes | None:
        """Bytes [start, min(end, size)), which the request asks for; None where the answer is not plain.

        Raises TimeoutError where there is none in time.
        """
        now = time.monotonic()
        if now < self._rest_until:
            return None
        if self._loop is not asyncio.get_running_loop():
            await self._enter_loop()
        try:
            async with asyncio.timeout(timeout_s):
                connection = self._take(now) or await self._connect()
                data = await connection.ask(request, start, end)
        except (UnusualAnswerError, OSError) as exc:
            if isinstance(exc, TimeoutError):
                raise
            self._note_failure(now)
            return None
        self._failures = 0
        self._give_back(connection)
        return data

    def close(self) -> None:
        """Ends the connections that are idle."""
        _end_all(self._idle)

    async def _connect(self) -> WireConnection:
        """Raises OSError, of which ssl.SSLError is one; UnusualAnswerError where it takes too long."""
        where = self._address
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                loop = asyncio.get_running_loop()
                _, made = await loop.create_connection(WireConnection, where.host, where.port, ssl=self._tls)
        except OSError as exc:
            self._failures = MAX_FAILURES
            raise UnusualAnswerError(f"no connection: {exc}") from exc
        return made

    def _take(self, now: float) -> WireConnection | None:
        """The one that was used last, so that others can grow old."""
        while self._idle and now - self._idle[0].idle_since > IDLE_S:
            self._idle.popleft().give_up()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    def _give_back(self, connection: WireConnection) -> None:
        if connection.usable:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
            if len(self._idle) > MAX_IDLE:
                self._idle.popleft().give_up()

    def _note_failure(self, now: float) -> None:
        self._failures += 1
        if self._failures > MAX_FAILURES:
            self._failures = 0
            self._rest_until = now + REST_S

    async def _enter_loop(self) -> None:
        """Connections belong to a loop and end with it: asyncio closes generators that are under way then."""
        self._loop, self._idle = asyncio.get_running_loop(), deque()
        self._end_of_loop = _end_with_loop(self._idle)
        await anext(self._end_of_loop)


async def _end_with_loop(connections: deque[WireConnection]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _end_all(connections)


def _end_all(connections: deque[WireConnection]) -> None:
    while connections:
        connections.pop().give_up()
