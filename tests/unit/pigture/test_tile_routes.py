"""Requests that differ from the last one of their connection: which of them go the short way, byte by byte."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from pigture.guard import GuardedProtocol
from pigture.tile_protocol import TileShortcut, tile_protocol
from storage.filesystem import FilesystemStore

PATH = "/iiif/3/a%2F1/512,0,512,512/512,512/0/default.jpg"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: h\r\nAccept: image/*\r\n\r\n".encode()
ODD = b"\x00\t\n\r %+,-./0159:?@H_a\x7f\xff"


class Transport:
    """Takes everything; `is_full` after a write makes it say so."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def get_extra_info(self, name: str) -> None:
        del name

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing to be closed."""


class Line:
    """A connection that has had one tile; `long` are the bytes that went the long way since."""

    def __init__(self, app: ImageServer) -> None:
        self.transport = Transport()
        config = uvicorn.Config(app, log_config=None, access_log=False)
        config.load()
        make = tile_protocol(app)
        self.protocol = make(config=config, server_state=ServerState(), app_state={})
        self.protocol.connection_made(self.transport)
        self.long: list[bytes] = []

    async def warm(self) -> None:
        """The first tile goes the long way; the second is found by its headers; then the route is known."""
        self.protocol.data_received(REQUEST)
        await asyncio.gather(*self.protocol.tasks)
        self.protocol.data_received(REQUEST)
        self.transport.written.clear()

    def ask(self, data: bytes) -> bytes | None:
        """The answer of the short way; None where the bytes went on."""
        self.protocol.data_received(data)
        return self.transport.written.pop() if self.transport.written else None


@pytest.fixture
def app(tmp_path: Path, publish: Callable[..., Record], photograph: Callable[..., Any]) -> ImageServer:
    store = FilesystemStore(tmp_path)
    publish(store, photograph(1300, 1100), identifier="a/1")
    return create_app(store, ServerOptions(record_ttl_s=3600))


def run(app: ImageServer, monkeypatch: pytest.MonkeyPatch, script: Callable[[Line], None]) -> None:
    async def scenario() -> None:
        line = Line(app)
        await line.warm()
        with monkeypatch.context() as patch:
            patch.setattr(GuardedProtocol, "data_received", lambda _, data: line.long.append(data))
            patch.setattr(TileShortcut, "learn", lambda *_: None)
            script(line)
        line.protocol.connection_lost(None)

    asyncio.run(scenario())


def without_times(answer: bytes | None) -> bytes:
    assert answer is not None
    return re.sub(rb"dur=[0-9.]+", b"dur=", answer)


def test_whatever_one_byte_changes_is_a_tile_or_goes_the_long_way(
    app: ImageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = {REQUEST.replace(b"/512,0,", b"/%d,%d," % (x, y)) for x in (0, 512) for y in (0, 512)}

    def script(line: Line) -> None:
        for place in range(len(REQUEST)):
            for byte in ODD:
                changed = REQUEST[:place] + bytes((byte,)) + REQUEST[place + 1 :]
                assert (line.ask(changed) is not None) == (changed in tiles), changed
                assert line.ask(REQUEST) is not None
        assert len(line.long) > len(REQUEST) * (len(ODD) - 2)

    run(app, monkeypatch, script)


def test_every_part_of_a_request_goes_the_long_way(app: ImageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(line: Line) -> None:
        parts = [REQUEST[:end] for end in range(len(REQUEST))] + [REQUEST[start:] for start in range(1, len(REQUEST))]
        joints = [REQUEST + b"x", b"\r\n" + REQUEST, REQUEST * 2, REQUEST[:-2] + b"x: y\r\n\r\n"]
        for data in parts + joints:
            assert line.ask(data) is None, data
            assert line.ask(REQUEST) is not None
        assert line.long == parts + joints

    run(app, monkeypatch, script)


@pytest.mark.parametrize(
    "place", ["+512,0", "5_12,0", "512,-0", "512,٠", "0x200,0", "1024,0", "511,0", "512 ,0", ",0"]
)
def test_what_is_no_place_of_a_tile_goes_the_long_way(
    app: ImageServer, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def script(line: Line) -> None:
        assert line.ask(REQUEST.replace(b"512,0,", place.encode() + b",", 1)) is None
        assert len(line.long) == 1

    run(app, monkeypatch, script)


def test_leading_zeros_make_no_difference_to_the_headers(app: ImageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(line: Line) -> None:
        for _ in range(2):
            odd = line.ask(REQUEST.replace(b"512,0,", b"00512,000,", 1))
            assert without_times(odd) == without_times(line.ask(REQUEST))
        assert line.ask(REQUEST.replace(b"512,0,", b"00000000512,0,", 1)) is None

    run(app, monkeypatch, script)


def test_nothing_goes_the_short_way_while_the_client_takes_nothing(
    app: ImageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(line: Line) -> None:
        line.protocol.pause_writing()
        assert line.ask(REQUEST) is None
        line.protocol.resume_writing()
        assert line.ask(REQUEST) is not None
        assert line.ask(REQUEST) is not None

    run(app, monkeypatch, script)


@contextmanager
def small_buffers(app: ImageServer) -> Iterator[socket.socket]:
    """A connection on which neither side keeps more than some kilobytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    config = uvicorn.Config(app, http=tile_protocol(app), log_config=None, access_log=False, loop="uvloop")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(listener.getsockname())
        yield client
    server.should_exit = True
    thread.join()


def read_answers(connection: socket.socket, count: int) -> list[tuple[bytes, bytes]]:
    """The ETag and the body of each."""
    data, answers = b"", []
    while len(answers) < count:
        head, end, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if end and length and len(rest) >= int(length[1]):
            etag = re.search(rb"etag: (\S+)", head)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert etag
            answers.append((etag[1], rest[: int(length[1])]))
            data = rest[int(length[1]) :]
        else:
            data += connection.recv(777)
    assert data == b""
    return answers


def test_a_slow_reader_gets_every_answer_whole_and_in_order(app: ImageServer) -> None:
    requests = [
        REQUEST.replace(b"512,0,", b"%d,%d," % place, 1) for place in ((0, 0), (512, 0), (0, 512), (512, 512))
    ]
    with small_buffers(app) as connection:
        single = []
        for request in requests:
            connection.sendall(request)
            single += read_answers(connection, 1)
        assert len({etag for etag, _ in single}) == len({body for _, body in single}) == 4
        for _ in range(10):  # each alone in its packet, as far as it goes: nothing is read meanwhile
            for request in requests:
                connection.sendall(request)
        assert read_answers(connection, 40) == single * 10
        connection.sendall(b"".join(requests) * 10)
        assert read_answers(connection, 40) == single * 10
