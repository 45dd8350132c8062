"""uvicorn's HTTP protocol with what it lacks against hostile clients: bounds in bytes and time, and proper refusals.

uvicorn keeps a request's head in memory however long it grows, waits for its end for ever, forgets what follows a
request that would like to upgrade, and refuses what is no HTTP in plain text that no page of another origin can read.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from config.asgi import HAS_GONE
from config.problems import MEDIA_TYPE, Problem, problem_for_status

MAX_HEAD_BYTES = 64 * 1024
HEAD_TIMEOUT_S = 30
"""How long a request's head may take from its first byte, and how long a new connection may say nothing."""


class GuardedProtocol(HttpToolsProtocol):
    """For uvicorn.Config(http=…). A head may pass its bound by what one read from the socket brings."""

    _unfinished_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to wait."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_TIMEOUT_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends what waits."""
        super().connection_lost(exc)
        self.stop_waiting()
        self._abandon()

    def data_received(self, data: bytes) -> None:
        """Takes what came, as long as no head grows beyond all bounds."""
        self._unset_keepalive_if_required()
        self._unfinished_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._unfinished_bytes == 0 or self.transport.is_closing():
            return
        if self._unfinished_bytes > MAX_HEAD_BYTES:
            self._refuse(problem_for_status(431, f"A request's head has at most {MAX_HEAD_BYTES} bytes."))
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_TIMEOUT_S, self._give_up)

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._unfinished_bytes = 0
        self.stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Bodies have their own bounds."""
        self._unfinished_bytes = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, or no request that can be read."""
        self._refuse(problem_for_status(400, msg))

    def stop_waiting(self) -> None:
        """To be called when a request was complete without having been parsed here."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _feed(self, data: bytes) -> None:
        """No upgrade is offered, so that what follows the wish for one is HTTP as before (RFC 9110 §7.8).

        uvicorn would drop it, and leave whoever sent it waiting.
        """
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as exc:
                data = data[exc.args[0] :]

    def _refuse(self, problem: Problem) -> None:
        body = problem.body()
        head = (
            f"HTTP/1.1 {problem.status} {problem.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\naccess-control-allow-origin: *\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
        self._abandon()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.scope["extensions"] = {HAS_GONE: {"ask": self.transport.is_closing}}
        super()._start_asgi_task(cycle, app)

    def _abandon(self) -> None:
        """Tells the answer that is being made that nobody waits for it; uvicorn tells only the last of several."""
        self.pipeline.clear()
        for cycle in (self._running, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._unfinished_bytes:
            self._refuse(problem_for_status(408, "The request did not come to its end."))
        else:  # browsers open connections in advance, and want no answer to what they did not ask
            self.transport.close()
