"""Requests of the command line to the annotation store in this process: no server need run, nothing is buffered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any

from annotation_store.http.app import AnnotationsApp, create_annotations_app
from annotation_store.http.exchange import Scope
from annotation_store.http.options import StoreOptions
from annotation_store.migrate import migrate
from config.access import Principal, Role
from ingest.services import HasCatalog
from pigture.annotation_canvases import CatalogCanvases

_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """Whoever has the database's password may do everything; `name` is noted as creator and editor."""

    name: str
    url: str

    async def identify(self, scope: Scope, *, writing: bool) -> Principal:
        """The command's user."""
        del scope, writing
        return Principal(self.name, frozenset({Role.ADMINISTER}))

    def base_url(self, scope: Scope) -> str:
        """What IRIs begin with."""
        del scope
        return self.url


@dataclass(slots=True)
class Outcome:
    """The answer's status and, where it is no success, its body."""

    status: int = 500
    body: bytearray = field(default_factory=bytearray)


def open_store(services: HasCatalog, name: str, url: str) -> AnnotationsApp:
    """The store that the settings name, brought up to date. Raises StoreUnavailableError."""
    settings = services.settings
    database_url = str(settings.store_database_url)
    migrate(database_url)
    options = StoreOptions.from_settings(settings, version="", commit="")
    return create_annotations_app(database_url, LocalCaller(name, url), options, CatalogCanvases(services.catalog))


async def call(
    app: AnnotationsApp,
    method: str,
    target: str,
    *,
    headers: dict[str, str] | None = None,
    body: IO[bytes] | None = None,
    write: Callable[[bytes], Any] = len,
) -> Outcome:
    """Sends `body` as it is read, and hands a successful answer to `write` as it comes."""
    outcome = Outcome()
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        "scheme": "http",
        "server": ("localhost", 0),
    }
    ended = body is None

    async def receive() -> MutableMapping[str, Any]:
        nonlocal ended
        if body is None or ended:
            await asyncio.Event().wait()  # the client stays
        piece = b"" if body is None else body.read(_PIECE_BYTES)
        ended = not piece
        return {"type": "http.request", "body": piece, "more_body": not ended}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
        elif outcome.status < 300:
            write(message.get("body", b""))
        else:
            outcome.body += message.get("body", b"")

    await app(scope, receive, send)
    return outcome
