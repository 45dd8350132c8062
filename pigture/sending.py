"""Bytes to a socket past the event loop, where the kernel takes them at once."""

from __future__ import annotations

import os
from asyncio import WriteTransport

Piece = bytes | memoryview


def plain_descriptor(transport: WriteTransport) -> int | None:
    """The descriptor of the transport's socket; None where what is written is not what goes over the wire (TLS)."""
    sock = transport.get_extra_info("socket")
    if sock is None or transport.get_extra_info("sslcontext") is not None:
        return None
    return int(sock.fileno())


def send_at_once(transport: WriteTransport, descriptor: int | None, pieces: tuple[Piece, ...]) -> None:
    """Sends the pieces in their order, behind all that the transport still holds.

    When it returns, no piece is needed any more: a transport keeps what it is given until the socket takes it, so it
    gets copies, of that alone which the socket does not take now. Where the client has gone the connection ends.
    """
    if transport.is_closing():
        return
    if descriptor is None or transport.get_write_buffer_size():
        transport.write(b"".join(pieces))
        return
    try:
        sent = os.writev(descriptor, pieces)
    except BlockingIOError:
        sent = 0
    except OSError:
        transport.abort()
        return
    if sent < sum(map(len, pieces)):
        transport.write(memoryview(b"".join(pieces))[sent:])
