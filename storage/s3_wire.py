"""One ranged GET on one connection: HTTP/1.1 as far as a plain answer needs it.

Plain is a 206 with exactly the bytes that were asked for and a Content-Length. Whatever else comes ends the
connection without having been read, and is for a general client to tell.
"""

from __future__ import annotations

import asyncio
import re
from typing import cast

MAX_HEAD_BYTES = 16 * 1024

_CONTENT_RANGE = re.compile(rb"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_WEIGHTY = frozenset((b"content-length", b"content-range", b"content-encoding", b"transfer-encoding", b"connection"))


class UnusualAnswerError(Exception):
    """The answer is not plain, or the connection ended before it was complete."""


def parse_head(head: bytes, start: int, end: int) -> tuple[int, bool]:
    """The length of the body of an answer to a request for [start, end), and whether the connection stays open.

    `head` is without the empty line at its end. Raises UnusualAnswerError.
    """
    status, *lines = head.split(b"\r\n")
    if not status.startswith(b"HTTP/1.1 206"):
        raise UnusualAnswerError(status.decode("latin-1"))
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in _WEIGHTY:
            if name in fields:
                raise UnusualAnswerError("a header stands twice")
            fields[name] = value.strip()
    length, place = fields.get(b"content-length", b""), _CONTENT_RANGE.fullmatch(fields.get(b"content-range", b""))
    if b"transfer-encoding" in fields or b"content-encoding" in fields or not place or not _LENGTH.fullmatch(length):
        raise UnusualAnswerError("the body is coded, or its place is not told")
    first, last, size = map(int, place.groups())
    if first != start or last + 1 != min(end, size) or int(length) != last + 1 - first:
        raise UnusualAnswerError("another range than was asked for")
    return int(length), fields.get(b"connection", b"keep-alive").lower() == b"keep-alive"


class WireConnection(asyncio.Protocol):
    """A connection that carries one request at a time. `idle_since` is for its owner."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.usable = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._range = (0, 0)
        self._head: bytes | None = b""
        self._parts: list[bytes] = []
        self._missing = 0

    async def ask(self, request: bytes, start: int, end: int) -> bytes:
        """Sends the request for [start, end), and returns the body. Raises UnusualAnswerError.

        When it raises anything, or is cancelled, the connection has been given up.
        """
        if self._transport is None or not self.usable:
            raise UnusualAnswerError("the connection has ended")
        self._answer = asyncio.get_running_loop().create_future()
        self._range = (start, end)
        self._head, self._parts, self.usable = b"", [], False
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None
            if not self.usable:
                self.give_up()

    def give_up(self) -> None:
        """Ends the connection at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection can be used."""
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, by whomever."""
        self.usable = False
        self._fail(f"the connection ended: {exc}")

    def data_received(self, data: bytes) -> None:
        """Some of the answer has come."""
        if self._answer is None or self._answer.done():
            self.give_up()  # nobody asked for that
            return
        if self._head is not None:
            try:
                data = self._take_head(self._head + data)
            except UnusualAnswerError as exc:
                self._fail(str(exc))
                return
            if self._head is not None:
                return
        self._parts.append(data)
        self._missing -= len(data)
        if self._missing == 0:
            self.usable = self._stays_open
            self._answer.set_result(b"".join(self._parts))
        elif self._missing < 0:
            self._fail("the answer is longer than it says")

    def _take_head(self, received: bytes) -> bytes:
        """What follows the head. As long as its end has not come `_head` keeps what has."""
        head, found, body = received.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise UnusualAnswerError("the head does not end")
        if not found:
            self._head = received
            return b""
        self._missing, self._stays_open = parse_head(head, *self._range)
        self._head = None
        return body

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(UnusualAnswerError(reason))
