"""A request as the endpoints see it, and a response as they give it: plain values around ASGI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from config.asgi import HAS_GONE
from iiif_server.renders import RenderTimes

HeaderList = list[tuple[bytes, bytes]]
Kind = Literal["tile", "image", "info", "manifest", "other"]
Made = Literal["copy", "cache", "computed"]

_NO_EXTENSIONS: dict[str, Any] = {}


@dataclass(slots=True)
class Call:
    """One HTTP request. `raw_path` is still percent-encoded; `headers` keeps the last of several equal names."""

    scope: Scope
    receive: Receive
    raw_path: bytes
    headers: dict[bytes, bytes]
    base_url: str

    def header(self, name: bytes, separator: bytes = b", ") -> str | None:
        """All values of a header, joined (RFC 9110 §5.2); None where it is missing."""
        values = [value for key, value in self.scope["headers"] if key == name]
        return separator.join(values).decode("latin-1") if values else None

    def has_gone(self) -> bool:
        """Whether the client is known to have gone; never where the server does not tell."""
        extension = self.scope.get("extensions", _NO_EXTENSIONS).get(HAS_GONE)
        return extension is not None and bool(extension["ask"]())

    @property
    def is_head(self) -> bool:
        """Whether only the headers are wanted."""
        return bool(self.scope["method"] == "HEAD")


@dataclass(slots=True)
class Response:
    """Status, all headers (Content-Length included, that of the GET too where the body is left out), and body.

    `kind` says what was asked for, where the path alone does not tell it; `made` how the answer came about.
    """

    status: int
    headers: HeaderList
    body: bytes = b""
    kind: Kind | None = None
    made: Made = "computed"
    times: RenderTimes | None = None


def read_raw_path(scope: Scope) -> bytes:
    """The path as it stood in the request. Routing by the decoded path would lose %2F."""
    raw_path = scope.get("raw_path")
    return bytes(raw_path) if raw_path else quote(scope["path"]).encode()


async def send_response(response: Response, send: Send, *, head: bool) -> None:
    """Sends all of it; without the body to a HEAD."""
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})
