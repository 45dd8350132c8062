"""Tiles by the short cut, over real sockets and files: the same answers as by the long way, and no others by it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from pigture import tile_protocol as module
from pigture.guard import MAX_HEAD_BYTES
from pigture.tile_protocol import tile_protocol
from storage.errors import StorageUnavailableError
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
    with served(app) as server:
        yield Site(server.address, store, short)


@dataclass
class Served:
    address: tuple[str, int]
    server: uvicorn.Server


@contextmanager
def served(app: ImageServer) -> Iterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=tile_protocol(app), log_config=None, access_log=False, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield Served(listener.getsockname(), server)
    server.should_exit = True
    thread.join()


class FarStore:
    """A store that gives tiles only while `is_open` is set, and has `error` for them where there is one."""

    def __init__(self, store: FilesystemStore) -> None:
        self._store = store
        self.fetch = store.fetch
        self.aclose = store.aclose
        self.is_open = threading.Event()
        self.is_open.set()
        self.error: Exception | None = None
        self.reads = 0
        self.given_up = threading.Event()

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        if key.endswith("pyramid.tif"):
            self.reads += 1
            try:
                while not self.is_open.is_set():  # noqa: ASYNC110 - set by another thread
                    await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                self.given_up.set()
                raise
            if self.error is not None:
                raise self.error
        return await self._store.fetch_range(key, start, end, if_match=if_match)

    def wait_for_reads(self, count: int) -> None:
        deadline = time.monotonic() + 20
        while self.reads < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert self.reads == count


@dataclass
class FarSite:
    address: tuple[str, int]
    store: FarStore
    short: list[bytes]
    server: uvicorn.Server

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=20)


@pytest.fixture
def far(
    tmp_path: Path,
    publish: Callable[..., Record],
    photograph: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FarSite]:
    files = FilesystemStore(tmp_path)
    publish(files, photograph(1300, 1100), identifier="a/1")
    store = FarStore(files)
    app = create_app(store, ServerOptions(record_ttl_s=3600))
    short = note_shortcuts(app, monkeypatch)
    with served(app) as server:
        yield FarSite(server.address, store, short, server.server)
        store.is_open.set()


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


# Tiles that are read from afar

REQUEST = f"GET {TILE} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


def test_a_tile_from_afar_is_answered_alike_by_both_ways(far: FarSite) -> None:
    with far.connect() as connection:
        long, short = ask(connection, TILE), ask(connection, TILE)
    assert (far.short, far.store.reads) == ([short[2]], 2)
    for _, headers, _ in (long, short):
        headers.pop("date")
        assert re.fullmatch(r"copy;dur=\d+\.\d{3}", headers.pop("server-timing"))
    assert short == long


def test_what_is_asked_meanwhile_is_answered_after_it(far: FarSite) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        far.store.is_open.clear()
        connection.sendall(REQUEST)
        far.store.wait_for_reads(2)
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n" + REQUEST)
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(20)
        far.store.is_open.set()
        received = b""
        while received.count(b"HTTP/1.1 200") < 3 or not received.endswith(b"\xff\xd9"):
            received += connection.recv(65536)
    tile, health = received.index(b"image/jpeg"), received.index(b"application/json")
    assert tile < health < received.rindex(b"image/jpeg")


def test_what_is_sent_meanwhile_has_a_bound(far: FarSite) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        far.store.is_open.clear()
        connection.sendall(REQUEST)
        far.store.wait_for_reads(2)
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.sendall(b"x" * (MAX_HEAD_BYTES + 64 * 1024 * 1024))


def test_a_client_that_goes_away_stops_the_read(far: FarSite) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        far.store.is_open.clear()
        connection.sendall(REQUEST)
        far.store.wait_for_reads(2)
    assert far.store.given_up.wait(20)
    assert far.short == []


def test_a_store_that_is_away_is_asked_once_for_an_answer(far: FarSite) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        far.store.error = StorageUnavailableError("a", "away")
        status, headers, body = ask(connection, TILE)
        assert (status, headers["retry-after"], far.store.reads) == (503, "5", 2)
        assert b"storage-unavailable" in body
        far.store.error = None
        assert ask(connection, SAME_KIND)[0] == 200
    assert len(far.short) == 1


def test_damage_from_afar_is_told_by_the_long_way(far: FarSite, tmp_path: Path) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        (path,) = tmp_path.glob("images/**/pyramid.tif")
        path.write_bytes(bytes(path.stat().st_size))
        status, _, body = ask(connection, TILE)
        assert (status, far.short) == (500, [])
        assert b"damaged-image" in body


def test_a_connection_that_waits_for_a_tile_is_not_idle(far: FarSite) -> None:
    with far.connect() as connection:
        ask(connection, TILE)
        ask(connection, TILE)
        far.store.is_open.clear()
        connection.sendall(REQUEST)
        time.sleep(1.3)  # the server keeps idle connections for a second
        far.store.is_open.set()
        assert answer(connection)[0] == 200
        assert len(far.short) == 2


def test_a_server_that_ends_answers_before(far: FarSite, monkeypatch: pytest.MonkeyPatch) -> None:
    connections = []
    shut_down = module.TileProtocol.shutdown

    def shutdown(self: module.TileProtocol) -> None:
        connections.append(self)
        shut_down(self)

    monkeypatch.setattr(module.TileProtocol, "shutdown", shutdown)
    with far.connect() as connection:
        ask(connection, TILE)
        far.store.is_open.clear()
        connection.sendall(REQUEST)
        far.store.wait_for_reads(2)
        far.server.should_exit = True
        while not connections:
            time.sleep(0.005)
        far.store.is_open.set()
        assert answer(connection)[0] == 200
        assert connection.recv(1) == b""
