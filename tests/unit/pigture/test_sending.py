"""Bytes past the event loop: all of them, in order, however little the socket takes, and no piece is needed after."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from pigture.sending import plain_descriptor, send_at_once

LARGE = bytes(range(256)) * 4096
RUNNERS = [asyncio.run, uvloop.run]


async def connect() -> tuple[asyncio.WriteTransport, socket.socket]:
    """A transport with small buffers, and its other end, which does not block."""
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    far.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
    return transport, far


async def receive(far: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = await asyncio.get_running_loop().sock_recv(far, 65536)
        assert part, "the connection ended early"
        received += part
    return received


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("size", [0, 1, 5000, len(LARGE)])
def test_what_is_sent_arrives_whole_though_its_memory_is_used_again(
    run: Callable[[Awaitable[None]], None], size: int
) -> None:
    async def scenario() -> None:
        transport, far = await connect()
        scratch = bytearray(LARGE[:size])
        send_at_once(transport, plain_descriptor(transport), (b"head ", b"", memoryview(scratch)))
        scratch[:] = b"!" * size
        assert await receive(far, 5 + size) == b"head " + LARGE[:size]
        transport.close()
        far.close()

    run(scenario())


@pytest.mark.parametrize("run", RUNNERS)
def test_nothing_overtakes_what_the_transport_still_holds(run: Callable[[Awaitable[None]], None]) -> None:
    async def scenario() -> None:
        transport, far = await connect()
        transport.write(LARGE)
        assert transport.get_write_buffer_size() > 0
        # Room in the socket, while the transport does not know of it yet.
        begin = far.recv(4096)
        send_at_once(transport, plain_descriptor(transport), (b"and ", b"then"))
        assert begin + await receive(far, len(LARGE) + 8 - len(begin)) == LARGE + b"and then"
        transport.close()
        far.close()

    run(scenario())


@pytest.mark.parametrize("run", RUNNERS)
def test_a_client_that_went_away_ends_the_connection(run: Callable[[Awaitable[None]], None]) -> None:
    async def scenario() -> None:
        lost = asyncio.Event()

        class Waiting(asyncio.Protocol):
            def connection_lost(self, exc: Exception | None) -> None:
                lost.set()

        near, far = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(Waiting, sock=near)
        descriptor = plain_descriptor(transport)
        far.close()
        for _ in range(3):
            send_at_once(transport, descriptor, (b"nobody ", b"listens"))
        await asyncio.wait_for(lost.wait(), 5)
        send_at_once(transport, descriptor, (b"too ", b"late"))

    run(scenario())


class Encrypted(asyncio.WriteTransport):
    """What a transport tells of itself: a socket, and that what is written goes through TLS first."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__({"socket": sock, "sslcontext": ssl.create_default_context()})
        self.written = b""

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:  # type: ignore[override]  # bytes are all that comes here
        self.written += data


def test_what_is_encrypted_goes_through_the_transport() -> None:
    near, far = socket.socketpair()
    with near, far:
        transport = Encrypted(near)
        assert plain_descriptor(transport) is None
        send_at_once(transport, None, (b"a ", b"secret"))
        assert transport.written == b"a secret"
        far.setblocking(False)
        with pytest.raises(BlockingIOError):
            far.recv(1)
