"""A request and its answer, on plain ASGI: a framework's routing and parsing took as long as the database does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from annotation_store.errors import DocumentTooLargeError, MalformedQueryError
from annotation_store.store_errors import BrokenOffError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_QUERY_FIELDS = 100


@dataclass(slots=True)
class Exchange:
    """A request. `base_url` is what the client sees in front of our paths, without a slash at its end."""

    scope: Scope
    receive: Receive
    base_url: str
    headers: dict[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Headers that stand several times are one list (RFC 9110 §5.3)."""
        self.headers = {}
        for name, value in self.scope["headers"]:
            known = self.headers.get(name)
            self.headers[name] = value if known is None else known + b", " + value

    @property
    def method(self) -> str:
        """GET, POST …"""
        return str(self.scope["method"])

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in ("GET", "HEAD", "OPTIONS")

    def header(self, name: str) -> str | None:
        """The value of a header; `name` is in lower case."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def query(self) -> list[tuple[str, str]]:
        """The query's fields in their order. Raises MalformedQueryError."""
        text = self.scope["query_string"].decode("latin-1")
        try:
            fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
        except ValueError as exc:
            raise MalformedQueryError("query", "The query cannot be read.") from exc
        return fields

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises BrokenOffError."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise BrokenOffError
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def left(self) -> None:
        """Returns when the client is gone; to be waited for when the body has been read."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body. Raises DocumentTooLargeError, BrokenOffError."""
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and (len(announced) > 15 or int(announced) > limit_bytes):
            raise DocumentTooLargeError(limit_bytes)
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise BrokenOffError
            piece: bytes = message.get("body", b"")
            size += len(piece)
            if size > limit_bytes:
                raise DocumentTooLargeError(limit_bytes)
            pieces.append(piece)
            if not message.get("more_body", False):
                return b"".join(pieces)


@dataclass(slots=True)
class Answer:
    """A response; names of headers in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        """Sends it; for HEAD without the body."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.status not in (204, 304):
            raw.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self.body if with_body else b""})


@dataclass(slots=True)
class StreamedAnswer:
    """A response whose body is made while it is sent; it is not compressed. What fails within breaks it off."""

    status: int
    headers: dict[str, str]
    pieces: AsyncGenerator[bytes, None]

    async def send(self, exchange: Exchange, send: Send) -> None:
        """Sends it until its end or until the client leaves; for HEAD without the body."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        if exchange.method == "HEAD":
            await self.pieces.aclose()
            await send({"type": "http.response.body", "body": b""})
            return
        sending = asyncio.ensure_future(self._send_pieces(send))
        leaving = asyncio.ensure_future(exchange.left())
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_pieces(self, send: Send) -> None:
        async with aclosing(self.pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
