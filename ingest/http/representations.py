"""Which bytes a JSON answer goes out in: compressed for those who take it, or none where the client has them.

Validator and coding are made of the finished answer, so that no endpoint has to know of either.
"""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.codings import GZIP, LEAST_BYTES, accepts_gzip, gzip_document, is_json
from config.entity_tags import knows_tag

_READS = ("GET", "HEAD")


class JsonRepresentations:
    """ASGI middleware. Only answers of one piece are touched; streams go as they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and chooses what its answer looks like."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def send_chosen(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_plain_json(message):
                held.append(message)
                return
            if held and message["type"] == "http.response.body":
                start = held.pop()
                if not message.get("more_body"):
                    start, message = represent(scope, start, message.get("body", b""))
                await send(start)
            await send(message)

        await self._app(scope, receive, send_chosen)


def represent(scope: Scope, start: Message, body: bytes) -> tuple[Message, Message]:
    """The two messages that answer the request with this JSON (RFC 9110 §8.8.3.3, §12.5.3, §15.4.5)."""
    asked = Headers(scope=scope)
    headers = MutableHeaders(scope=start)
    headers.add_vary_header("Accept-Encoding")
    if len(body) >= LEAST_BYTES and accepts_gzip(", ".join(asked.getlist("accept-encoding"))):
        body = gzip_document(body)
        headers["Content-Encoding"] = GZIP
        headers["Content-Length"] = str(len(body))
    if start["status"] == 200 and scope["method"] in _READS and "no-store" not in headers.get("cache-control", ""):
        # Of the coded bytes, so that each coding has its own.
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers["ETag"] = etag
        if knows_tag(", ".join(asked.getlist("if-none-match")), etag):
            for name in ("Content-Length", "Content-Type", "Content-Encoding"):
                del headers[name]
            start, body = {**start, "status": 304, "headers": headers.raw}, b""
    return start, {"type": "http.response.body", "body": body}


def _is_plain_json(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    # A file that somebody has put here may be JSON too, and has a validator of its own.
    return is_json(headers.get("content-type", "")) and not {"content-encoding", "etag"} & set(headers)
