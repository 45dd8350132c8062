"""Runs one ASGI application in this process until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from config.settings import Settings
from pigture.guard import GuardedProtocol
from pigture.sockets import BACKLOG, inherited, listen

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE_S = 5
"""How long requests may go on after the signal to stop."""


def open_listener(settings: Settings, descriptor: int | None) -> socket.socket:
    """The inherited socket, else a new one on the public address. Raises ListenError."""
    return listen(settings.host, settings.port) if descriptor is None else inherited(descriptor)


def run_http(app: App, listener: socket.socket, protocol: Any = GuardedProtocol) -> None:
    """Serves until SIGTERM or SIGINT; then lets requests finish for GRACE_S seconds. Logging stays as it is.

    `protocol` is what uvicorn takes for its `http`.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Forwarding headers are judged in one place, config.base_url.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[listener])
