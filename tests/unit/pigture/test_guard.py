"""Hostile clients on a real socket, against an application that says `fine`."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from iiif_server.http.messages import Call
from pigture import guard
from pigture.guard import MAX_HEAD_BYTES, GuardedProtocol

GONE = threading.Event()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/wait":
        await wait_until_gone(scope)
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"fine"})


async def wait_until_gone(scope: Any) -> None:
    call = Call(scope, none_comes, b"/wait", {}, "")
    assert not call.has_gone()
    while not call.has_gone():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)
    GONE.set()


async def none_comes() -> Any:
    raise AssertionError("asked for the next event")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(guard, "HEAD_TIMEOUT_S", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=GuardedProtocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join()


def exchange(address: tuple[str, int], *pieces: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    received = b""
    with socket.create_connection(address, timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        while data := connection.recv(65536):
            received += data
    return received


def refusal(received: bytes) -> int:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"access-control-allow-origin: *" in head
    assert b"content-length: %d\r\n" % len(body) in head
    document = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % document["status"])
    return int(document["status"])


def test_what_is_no_http_is_refused_as_a_problem(address: tuple[str, int]) -> None:
    assert refusal(exchange(address, b"\x16\x03\x01 hello\r\n\r\n")) == 400


def test_a_head_without_end_is_refused(address: tuple[str, int]) -> None:
    head = b"GET / HTTP/1.1\r\nX: "
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head)
        sent = 0
        try:
            while sent < 100 * MAX_HEAD_BYTES:
                connection.sendall(b"x" * 8192)
                sent += 8192
        except OSError:
            pass
    assert sent < 100 * MAX_HEAD_BYTES


def test_a_head_that_comes_to_no_end_is_given_up(address: tuple[str, int]) -> None:
    assert refusal(exchange(address, b"GET / HTTP/1.1\r\nHost:")) == 408


def test_a_connection_that_says_nothing_is_closed_without_a_word(address: tuple[str, int]) -> None:
    assert exchange(address) == b""


def test_long_bodies_and_many_requests_pass(address: tuple[str, int]) -> None:
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    received = exchange(address, post, get * 5000, last)
    assert received.count(b"HTTP/1.1 200 OK") == 5002


@pytest.mark.parametrize(
    "wish", [b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings", b"Upgrade: websocket\r\nConnection: x"]
)
def test_what_follows_a_wish_for_an_upgrade_is_answered_too(address: tuple[str, int], wish: bytes) -> None:
    first = b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % wish
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert exchange(address, first + first + last).count(b"HTTP/1.1 200 OK") == 3
    assert exchange(address, b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" + last).count(b"HTTP/1.1 200 OK") in (1, 2)


@pytest.mark.parametrize("abruptly", [False, True])
def test_the_application_can_see_at_any_time_that_the_client_has_gone(
    address: tuple[str, int], *, abruptly: bool
) -> None:
    GONE.clear()
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        assert not GONE.wait(0.1)
        if abruptly:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert GONE.wait(20)
