"""Cross-origin reading, as IIIF wants it of everything public; cross-origin writing is not offered to browsers.

No credentials: a page of another origin can send a token that it has, never the cookie of a session.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EXPOSED = (
    "Accept-Ranges, Cache-Control, Content-Disposition, Content-Encoding, Content-Range, ETag, Link, Location, "
    "Repr-Digest, Retry-After, Server-Timing, Vary, WWW-Authenticate"
)
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, If-Range, Range"
    ),
    "Access-Control-Max-Age": "86400",
}


class ReadCors:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers preflight requests and opens the answers to GET and HEAD."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
            headers = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT.items()]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                opened = MutableHeaders(scope=message)
                opened.setdefault("Access-Control-Allow-Origin", "*")
                opened.setdefault("Access-Control-Expose-Headers", _EXPOSED)
                opened.setdefault("Timing-Allow-Origin", "*")
            await send(message)

        await self._app(scope, receive, send_opened)
