"""Listening sockets, made by the supervisor and inherited by its children.

A child that is started again goes on with the same socket: connections wait in its queue instead of being refused.
"""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

BACKLOG = 2048


class ListenError(Exception):
    """An address cannot be listened on; the text is one plain sentence."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the first address of `host`; port 0 takes a free one. Raises ListenError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as exc:
        raise ListenError(f"{host} is no address of this machine.") from exc
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        raise ListenError(_why(exc, host, port)) from exc
    return listener


def listen_unix(path: Path) -> socket.socket:
    """A socket that listens on a path in a private folder."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.unlink(missing_ok=True)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(BACKLOG)
    return listener


def inherited(descriptor: int) -> socket.socket:
    """The socket behind a descriptor that the parent handed over."""
    return socket.socket(fileno=os.dup(descriptor))


def http_url(listener: socket.socket, host: str) -> str:
    """`http://host:port` of a listening socket, with an address that a browser can open."""
    port = listener.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  compared with, not bound to
    return f"http://{name}" if port == 80 else f"http://{name}:{port}"


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is in use by another program. Choose another one with --port."
        case errno.EACCES | errno.EPERM:
            return f"This user may not listen on port {port}. Choose one above 1023 with --port."
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine."
        case _:
            return f"Port {port} on {host} cannot be listened on: {error.strerror}."
