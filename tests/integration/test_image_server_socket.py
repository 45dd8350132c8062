"""The image server behind a real socket: what a client library would not let through."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from storage.memory import MemoryStore

TILE = b"/iiif/3/a/0,0,512,512/512,512/0/default.jpg"


@pytest.fixture(scope="module")
def address(publish: Callable[..., Record], photograph: Callable[..., Any]) -> Iterator[tuple[str, int]]:
    store = MemoryStore()
    publish(store, photograph(2100, 1400))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(store, ServerOptions(render_queue=2)), log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join()


def exchange(address: tuple[str, int], data: bytes, *, answers: int = 1) -> bytes:
    """What comes back until the server closes the connection, or that many answers are complete."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(1 << 20):
            received += chunk
            if received.count(b"HTTP/1.1 ") >= answers and complete(received):
                break
        return received


def complete(received: bytes) -> bool:
    head, _, body = received.rpartition(b"HTTP/1.1 ")[2].partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0].split(b":")[1])


def get(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: h", *headers, b"", b""])


@pytest.mark.parametrize(
    "path",
    [
        b"/iiif/3/a\xff/info.json",
        b"/iiif/3/%zz/info.json",
        b"/iiif/3/" + b"x" * 60_000,
        b"/iiif/3/a%2Fb%00/info.json",
    ],
)
def test_any_bytes_of_a_path_get_an_answer_and_the_server_lives(address: tuple[str, int], path: bytes) -> None:
    assert exchange(address, get(path, b"Connection: close")).startswith(b"HTTP/1.1 400")
    assert exchange(address, get(TILE)).startswith(b"HTTP/1.1 200")


def test_a_long_query_is_ignored(address: tuple[str, int]) -> None:
    assert exchange(address, get(TILE + b"?" + b"q=1&" * 10_000)).startswith(b"HTTP/1.1 200")


def test_requests_in_a_row_on_one_connection_are_answered_in_order(address: tuple[str, int]) -> None:
    paths = [TILE, b"/iiif/3/b/info.json", b"/iiif/3/a/full/60,/0/default.png", b"/iiif/3/a/info.json"]
    received = exchange(address, b"".join(get(path) for path in paths), answers=4)
    statuses = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"200"]


def test_clients_that_hang_up_in_the_middle_leave_the_server_free(address: tuple[str, int]) -> None:
    for number in range(12):
        with contextlib.suppress(OSError), socket.create_connection(address) as connection:
            connection.sendall(get(b"/iiif/3/a/full/%d,/33/default.gif" % (1500 + number)))
    for _ in range(30):
        with contextlib.suppress(OSError), socket.create_connection(address) as connection:
            connection.sendall(get(TILE) * 20)
            connection.recv(10)
    received = b"HTTP/1.1 503"
    while received.startswith(b"HTTP/1.1 503"):
        received = exchange(address, get(b"/iiif/3/a/full/61,/0/default.png"))
    assert received.startswith(b"HTTP/1.1 200")
