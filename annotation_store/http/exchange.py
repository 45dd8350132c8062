"""A request and its answer, on plain ASGI: a framework's routing and parsing took as long as the database does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
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
