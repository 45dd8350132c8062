"""Tiles by the short cut, over real sockets and files: the same answers as by the long way, and no others by it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from pigture import tile_protocol as module
from pigture.tile_protocol import tile_protocol
from storage.filesystem import FilesystemStore

TILE = "/iiif/3/a%2F1/512,0,512,512/512,512/0/default.jpg"
SAME_KIND = "/iiif/3/a%2F1/0,512,512,512/512,512/0/default.jpg"
CUT = "/iiif/3/a%2F1/1024,0,276,512/276,512/0/default.jpg"
WHOLE = "/iiif/3/a%2F1/0,0,1300,1100/325,275/0/default.jpg"


@dataclass
class Site:
    address: tuple[str, int]
    store: FilesystemStore
    short: list[bytes]

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=20)


@pytest.fixture
def site(
    tmp_path: Path,
    publish: Callable[..., Record],
    photograph: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    store = FilesystemStore(tmp_path)
    publish(store, photograph(1300, 1100), identifier="a/1")
    app = create_app(store, ServerOptions(record_ttl_s=3600))
    short = note_shortcuts(app, monkeypatch)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=tile_protocol(app), log_config=None, access_log=False, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield Site(listener.getsockname(), store, short)
    server.should_exit = True
    thread.join()


def note_shortcuts(app: ImageServer, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    short: list[bytes] = []

    class Noting(module.TileProtocol):
        def _send(self, answer: tuple[bytes, bytes, bytes]) -> None:
            short.append(answer[2])
            super()._send(answer)

    monkeypatch.setattr(module, "TileProtocol", Noting)
    return short


def ask(
    connection: socket.socket, path: str, *headers: str, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    lines = "".join(f"{line}\r\n" for line in ("Host: h", *headers))
    connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
    return answer(connection)


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    while len(body) < int(headers.get("content-length", 0)) and not status.endswith("Not Modified"):
        body += connection.recv(65536)
    return int(status.split()[1]), headers, body


@pytest.mark.parametrize("path", [TILE, CUT, WHOLE])
def test_both_ways_give_the_same_answer(site: Site, path: str) -> None:
    with site.connect() as connection:
        long = ask(connection, path)
        assert site.short == []
        short = ask(connection, path)
        assert len(site.short) == 1
    for _, headers, _ in (long, short):
        assert headers.pop("date")
        assert re.fullmatch(r"copy;dur=\d+\.\d{3}", headers.pop("server-timing"))
    assert short == long
    assert long[0] == 200
    assert long[2].startswith(b"\xff\xd8")


def test_a_tile_that_was_never_asked_for_goes_the_short_way_with_headers_of_its_own(site: Site) -> None:
    with site.connect() as connection:
        _, first, _ = ask(connection, TILE)
        status, headers, body = ask(connection, SAME_KIND)
        assert (status, len(site.short)) == (200, 1)
        _, again, plain = ask(connection, SAME_KIND, "Accept: */*")
        assert len(site.short) == 1
    for each in (headers, again):
        each.pop("date")
        each.pop("server-timing")
    assert (headers, body) == (again, plain)
    assert headers["etag"] != first["etag"]
    assert f"http://h{SAME_KIND.removesuffix('512,512/0/default.jpg')}max/0/" in headers["link"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("If-None-Match: *",), 304),
        (("Connection: close",), 200),
        (("Host: other",), 200),
        (("Expect: 100-continue",), 200),
        (("Range: bytes=0-1",), 200),
        (("X-Long: " + "a" * 5000,), 200),
    ],
)
def test_what_is_special_goes_the_long_way_each_time(site: Site, headers: tuple[str, ...], status: int) -> None:
    for _ in range(2):
        with site.connect() as connection:
            assert ask(connection, TILE, *headers)[0] == status
    assert site.short == []


@pytest.mark.parametrize(
    "path", [f"{TILE}?x", TILE.replace("512,0", "511,0"), TILE.replace("0/default", "90/default")]
)
def test_paths_that_are_no_known_tile_go_the_long_way(site: Site, path: str) -> None:
    with site.connect() as connection:
        ask(connection, TILE)
        assert ask(connection, path)[0] == 200
        assert site.short == []


def test_a_body_that_looks_like_a_request_is_none(site: Site) -> None:
    request = f"GET {TILE} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    with site.connect() as connection:
        ask(connection, TILE)
        connection.sendall(b"POST /iiif/3/x HTTP/1.1\r\nHost: h\r\ncontent-length: %d\r\n\r\n" % len(request))
        assert answer(connection)[0] == 405
        connection.sendall(request)
        assert ask(connection, "/health")[0] == 200
        assert site.short == []


def test_requests_in_one_piece_or_in_several_are_answered_in_order(site: Site) -> None:
    request = f"GET {TILE} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    with site.connect() as connection:
        ask(connection, TILE)
        connection.sendall(request * 3)
        received = b""
        while received.count(b"HTTP/1.1 200") < 3:
            received += connection.recv(65536)
    with site.connect() as connection:
        connection.sendall(request[:40])
        connection.sendall(request[40:])
        assert answer(connection)[0] == 200


def test_damage_is_an_error_by_the_short_way_too(site: Site) -> None:
    (key,) = (info.key for info in site.store.list_objects("images/") if info.key.endswith("pyramid.tif"))
    with site.connect() as connection:
        assert ask(connection, TILE)[0] == 200
        path = site.store.local_path(key)
        path.write_bytes(bytes(path.stat().st_size))
        status, _, body = ask(connection, TILE)
        assert (status, site.short) == (500, [])
        assert b"damaged-image" in body


def test_a_connection_with_nothing_but_short_answers_is_closed_in_time(site: Site) -> None:
    with site.connect() as first:
        ask(first, TILE)
    with site.connect() as connection:
        ask(connection, TILE)
        assert len(site.short) == 1
        assert connection.recv(1) == b""
