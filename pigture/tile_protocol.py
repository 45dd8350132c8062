"""HTTP/1.1 as uvicorn speaks it, with a short cut for tiles.

A viewer sends the same headers with every tile. Where a GET differs from one that went the whole way only in its
path, its headers need not be parsed again, and the image server can say at once what the answer is; no task is made,
and head and body leave in one system call. Where it differs from the last one of its connection only in the tile,
nothing is taken apart but the path behind the service. Whatever is in any way special goes to uvicorn untouched.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

from iiif_server.http.app import ImageServer
from iiif_server.http.known_tiles import TileAnswer, TilePath
from iiif_server.http.linked_kinds import LinkedKind
from pigture.guard import MAX_HEAD_BYTES, GuardedProtocol
from pigture.sending import plain_descriptor, send_at_once

_TILE_REQUEST = re.compile(
    rb"GET (/iiif/[23]/[^/ ]+)/([0-9]{1,10}),([0-9]{1,10}),([^ ]+)( HTTP/1\.1\r\n.+)", re.DOTALL
)
_END = b"\r\n\r\n"

MAX_HEADERS_BYTES = 4096
MAX_KNOWN = 512

# Headers that make a difference beyond the base URL, or say that more belongs to the request than its head.
_SPECIAL = frozenset(
    (
        *(b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"http2-settings"),
        *(b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range"),
    )
)


class Route(NamedTuple):
    """What stands before and behind `x,y,…` in requests for tiles of one service, and which kinds it has.

    `start` ends with the service's slash; `end` begins with the space behind the path and ends with the head.
    """

    start: bytes
    end: bytes
    start_bytes: int
    before_end: int
    kinds: Mapping[bytes, LinkedKind]


class TileShortcut:
    """What all connections of a process share: which blocks of headers mean which base URL, and the tiles."""

    def __init__(self, server: ImageServer) -> None:
        self.base_url = server.base_url
        self.kinds_of = server.known_tiles.kinds_of
        self.answer_now = server.known_tiles.answer_now
        self.answer_soon = server.known_tiles.answer_soon
        self.base_urls: dict[tuple[str, bytes], str] = {}
        self.general: list[tuple[bytes, bytes]] = []
        self.start_of_answer = b""

    def take_general(self, general: list[tuple[bytes, bytes]]) -> None:
        """Puts the headers that uvicorn gives to every answer behind the status line; they change each second."""
        self.general = general
        self.start_of_answer = b"HTTP/1.1 200 OK\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in general)

    def learn(self, peer: str, block: bytes, scope: Any) -> None:
        """Remembers what the headers of the request that was just parsed mean, if they are ordinary."""
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]) or not _SPECIAL.isdisjoint(headers):
            return
        if headers.get(b"connection", b"keep-alive").lower() != b"keep-alive":
            return
        if len(self.base_urls) >= MAX_KNOWN:
            del self.base_urls[next(iter(self.base_urls))]
        self.base_urls[peer, block] = self.base_url(scope)


class TileProtocol(GuardedProtocol):
    """One connection."""

    def __init__(self, *args: Any, shortcut: TileShortcut, **named: Any) -> None:
        super().__init__(*args, **named)
        self._shortcut = shortcut
        self._peer = ""
        self._message_open = False
        self._last_answer_at = 0.0
        self._reading: asyncio.Task[TileAnswer] | None = None
        self._held = bytearray()
        self._ends = False
        self._descriptor: int | None = None
        # Set only while nothing is under way, nothing is held, and the client takes what is written.
        self._route: Route | None = None

    def connection_made(self, transport: Any) -> None:
        """A client has come."""
        super().connection_made(transport)
        # All that the base URL depends on, apart from the headers.
        self._peer = f"{self.scheme} {self.client and self.client[0]} {self.server}"
        self._descriptor = plain_descriptor(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: answered at once, or handed on."""
        route, is_refused = self._route, False
        if route is not None:
            start, end, start_bytes, before_end, kinds = route
            if data.startswith(start) and data.endswith(end):
                # Too few commas are no tile, and neither are bytes that were start and end at once.
                x, _, rest = data[start_bytes:before_end].partition(b",")
                y, _, rest = rest.partition(b",")
                kind = kinds.get(rest)
                answer = None if kind is None else self._shortcut.answer_now(kind, x, y)
                if answer is not None:
                    self._send(answer)
                    return
                is_refused = kind is not None
            self._route = None
        self._take(data, is_refused)

    def pause_writing(self) -> None:
        """The client does not take what is written for it."""
        self._route = None
        super().pause_writing()

    def _take(self, data: bytes, is_refused: bool) -> None:
        """Answers or hands on; where `is_refused`, `answer_now` gave nothing for just these bytes."""
        if self._reading is not None:
            self._hold(data)
            return
        match = _TILE_REQUEST.fullmatch(data)
        if match is None or self._is_busy():
            super().data_received(data)
            return
        service, x, y, rest, block = match.groups()
        shortcut = self._shortcut
        base_url = shortcut.base_urls.get((self._peer, block))
        if base_url is not None:
            kinds = shortcut.kinds_of(base_url, service)
            kind = kinds.get(rest)
            answer = None if kind is None or is_refused else shortcut.answer_now(kind, x, y)
            if answer is not None:
                start = b"GET %b/" % service
                self._route = Route(start, block, len(start), -len(block), kinds)
                self._send(answer)
                return
            reading = shortcut.answer_soon(base_url, TilePath(service, x, y, rest))
            if reading is not None:
                self._read(reading, data)
                return
        super().data_received(data)
        if base_url is None and not self._message_open and _is_one_head(block):
            shortcut.learn(self._peer, block, self.scope)

    def on_message_begin(self) -> None:
        """The parser has seen the first byte of a request."""
        self._message_open = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """The parser has seen the last byte of a request."""
        self._message_open = False
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Closes the connection, unless answers of which uvicorn does not know were sent meanwhile."""
        if self._reading is not None:
            self._close_after(self.timeout_keep_alive)
            return
        rest_s = self._last_answer_at + self.timeout_keep_alive - self.loop.time()
        if rest_s > 0:
            self._close_after(rest_s)
        else:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, and the tile that is being read for it is not wanted any more."""
        super().connection_lost(exc)
        if self._reading is not None:
            self._reading.cancel()

    def shutdown(self) -> None:
        """The server ends: what was asked already is answered before."""
        if self._reading is None:
            super().shutdown()
        else:
            self._ends = True

    def _read(self, reading: Coroutine[Any, Any, TileAnswer], request: bytes) -> None:
        """Answers the request as soon as its tile has been read; what comes meanwhile waits."""
        if self._deadline is not None:
            self.stop_waiting()
        self._held += request
        self._reading = self.loop.create_task(reading)
        self.tasks.add(self._reading)  # type: ignore[arg-type]  # the set wants results of None, and looks at none
        self._reading.add_done_callback(partial(self._have_read, len(request)))

    def _have_read(self, request_bytes: int, task: asyncio.Task[TileAnswer]) -> None:
        held, self._held, self._reading = bytes(self._held), bytearray(), None
        self.tasks.discard(task)
        failed = task.cancelled() or task.exception() is not None
        if task.cancelled():
            self.transport.close()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if failed:
            super().data_received(held)
        else:
            self._send(task.result())
            if len(held) > request_bytes:
                self.data_received(held[request_bytes:])
        if self._ends:
            self.shutdown()

    def _hold(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > MAX_HEAD_BYTES:
            self.flow.pause_reading()

    def _is_busy(self) -> object:
        """Something true where an answer is under way, or less than whole requests have come in."""
        cycle = self.cycle
        return (
            self._message_open
            or self._unfinished_bytes
            or (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
        )

    def _send(self, answer: TileAnswer) -> None:
        state, shortcut = self.server_state, self._shortcut
        if shortcut.general is not state.default_headers:
            shortcut.take_general(state.default_headers)
        head, prefix, data = answer
        send_at_once(self.transport, self._descriptor, (shortcut.start_of_answer, head, prefix, data))
        state.total_requests += 1
        self._last_answer_at = self.loop.time()
        if self._deadline is not None:
            self.stop_waiting()
        if self.timeout_keep_alive_task is None:
            self._close_after(self.timeout_keep_alive)

    def _close_after(self, delay_s: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(delay_s, self.timeout_keep_alive_handler)


def _is_one_head(block: bytes) -> bool:
    """Whether that is the rest of exactly one request without a body, as far as bytes tell."""
    return len(block) <= MAX_HEADERS_BYTES and block.find(_END) == len(block) - len(_END)


def tile_protocol(server: ImageServer) -> Any:
    """What uvicorn makes a protocol of each connection with."""
    return partial(TileProtocol, shortcut=TileShortcut(server))
