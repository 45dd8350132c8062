"""Ranged reads from S3 servers that answer otherwise than they should, or than a plain answer goes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from storage import s3_pool, s3_reads
from storage.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
    StorageError,
    StorageUnavailableError,
)
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store

DATA = bytes(range(256)) * 40
START, END = 100, 2100
HEAD = b"HTTP/1.1 206 Partial Content\r\n"
PLACE = b"Content-Range: bytes %d-%d/%d\r\n" % (START, END - 1, len(DATA))
LENGTH = b"Content-Length: %d\r\n" % (END - START)
# What obstore wants to be told of each object.
ABOUT = b'ETag: "etag"\r\nLast-Modified: Wed, 04 Mar 2026 05:06:07 GMT\r\n'
PLAIN = HEAD + PLACE + LENGTH + ABOUT + b"\r\n" + DATA[START:END]


class Answers(socketserver.BaseRequestHandler):
    """Answers request after request with what `script` holds, the last of it for ever.

    An answer of None is none at all; where one is followed by `close`, the connection ends behind it.
    """

    script: list[bytes | None]
    close = False
    requests: list[bytes]
    connections = 0

    def handle(self) -> None:
        type(self).connections += 1
        request = b""
        while True:
            try:
                data = self.request.recv(65536)
            except OSError:
                return
            if not data:
                return
            request += data
            if b"\r\n\r\n" not in request:
                continue
            self.requests.append(request)
            request = b""
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if answer is None:
                continue
            self.request.sendall(answer)
            if self.close or not answer.endswith(DATA[START:END]):
                return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def answers() -> type[Answers]:
    return type("Script", (Answers,), {"script": [PLAIN], "requests": []})


@pytest.fixture
def store(answers: type[Answers]) -> Iterator[Store]:
    with Server(("127.0.0.1", 0), answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        yield open_store("s3://bucket/prefix", S3Options(endpoint, "us-east-1", "key", "secret"))
        server.shutdown()
        thread.join()


def read(store: Store, times: int = 1, if_match: str | None = None) -> list[bytes]:
    async def run() -> list[bytes]:
        return [await store.fetch_range("a b", START, END, if_match=if_match) for _ in range(times)]

    return asyncio.run(run())


def test_reads_share_a_connection_and_say_what_they_want(store: Store, answers: type[Answers]) -> None:
    assert read(store, 5, '"etag"') == [DATA[START:END]] * 5
    assert answers.connections == 1
    for request in answers.requests:
        lines = request.split(b"\r\n")
        assert lines[0] == b"GET /bucket/prefix/a%20b HTTP/1.1"
        assert {b"Range: bytes=100-2099", b'If-Match: "etag"'} <= set(lines)


def test_connections_end_with_their_event_loop(store: Store, answers: type[Answers]) -> None:
    assert read(store) + read(store) == [DATA[START:END]] * 2
    assert answers.connections == 2


def test_a_connection_that_was_closed_while_idle_costs_no_answer(store: Store, answers: type[Answers]) -> None:
    answers.close = True

    async def run() -> list[bytes]:
        found = []
        for _ in range(3):
            found.append(await store.fetch_range("a", START, END))
            await asyncio.sleep(0.05)
        return found

    assert asyncio.run(run()) == [DATA[START:END]] * 3


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(PLAIN[:-700], id="cut in the body"),
        pytest.param(PLAIN[:40], id="cut in the head"),
        pytest.param(b"", id="cut before the head"),
        pytest.param(PLAIN + b"and more", id="longer than it says"),
        pytest.param(PLAIN.replace(b"bytes 100-2099", b"bytes 0-1999"), id="another range"),
        pytest.param(PLAIN.replace(b"bytes 100-2099", b"bytes 100-2098"), id="a shorter range"),
        pytest.param(
            (HEAD + b"Content-Range: bytes 50-2099/10240\r\nContent-Length: 2050\r\n\r\n" + DATA[50:2100]),
            id="a range that begins earlier",
        ),
        pytest.param(PLAIN.replace(PLACE, b""), id="no range"),
        pytest.param(HEAD + PLACE + b"Content-Length: 9999999\r\n\r\n" + DATA, id="a longer body"),
        pytest.param(PLAIN.replace(LENGTH, LENGTH + LENGTH), id="its length twice"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole", id="the whole object"),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", id="a fault of the server's"),
        pytest.param(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", id="too many requests"),
        pytest.param(b"no HTTP at all\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 206 Partial Content\r\nX: " + b"y" * 40_000, id="a head without an end"),
    ],
)
def test_what_is_not_plain_is_read_again(store: Store, answers: type[Answers], first: bytes) -> None:
    answers.script = [first, PLAIN]
    assert read(store) == [DATA[START:END]]
    assert len(answers.requests) == 2


def test_an_answer_in_chunks_is_a_fault_of_the_store(store: Store, answers: type[Answers]) -> None:
    body = b"7d0\r\n" + DATA[START:END] + b"\r\n0\r\n\r\n"
    answers.script = [HEAD + PLACE + ABOUT + b"Transfer-Encoding: chunked\r\n\r\n" + body]
    with pytest.raises(StorageUnavailableError):
        read(store)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (b"403 Forbidden", b"AccessDenied", StorageUnavailableError),
        (b"404 Not Found", b"NoSuchKey", ObjectNotFoundError),
        (b"404 Not Found", b"NoSuchBucket", StorageUnavailableError),
        (b"412 Precondition Failed", b"PreconditionFailed", PreconditionFailedError),
        (b"416 Range Not Satisfiable", b"InvalidRange", RangeNotSatisfiableError),
        (b"301 Moved Permanently", b"PermanentRedirect", StorageUnavailableError),
    ],
)
def test_a_refusal_has_its_storage_error(
    store: Store, answers: type[Answers], status: bytes, code: bytes, error: type[StorageError]
) -> None:
    body = b"<Error><Code>%b</Code></Error>" % code
    answers.script = [b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)]
    with pytest.raises(error) as caught:
        read(store, if_match='"etag"')
    assert type(caught.value) is error


@pytest.mark.parametrize("sent", [None, PLAIN[:-5]])
def test_a_server_that_hangs_is_not_waited_for_twice(
    store: Store, answers: type[Answers], monkeypatch: pytest.MonkeyPatch, sent: bytes | None
) -> None:
    monkeypatch.setattr(s3_reads, "READ_TIMEOUT_S", 0.2)
    answers.script = [sent]
    answers.handle = hanging(answers.handle)  # type: ignore[method-assign] - this server's own class
    with pytest.raises(StorageUnavailableError, match="no answer within"):
        read(store)
    assert len(answers.requests) == 1


def hanging(handle: Callable[[Answers], None]) -> Callable[[Answers], None]:
    """The same, but the connection stays open until the client ends it."""

    def handle_and_wait(self: Answers) -> None:
        handle(self)
        with contextlib.suppress(OSError):
            self.request.recv(1)

    return handle_and_wait


def test_a_read_that_is_given_up_ends_its_connection(store: Store, answers: type[Answers]) -> None:
    answers.script = [None, PLAIN]

    async def run() -> bytes:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.fetch_range("a", START, END), 0.2)
        return await store.fetch_range("a", START, END)

    assert asyncio.run(run()) == DATA[START:END]
    assert answers.connections == 2


def test_a_server_without_plain_answers_is_left_to_the_other_way(store: Store, answers: type[Answers]) -> None:
    answers.script = [PLAIN.replace(LENGTH, LENGTH + b"Content-Encoding: identity\r\n" + ABOUT)]
    reads = s3_pool.MAX_FAILURES + 5
    assert read(store, reads) == [DATA[START:END]] * reads
    assert len(answers.requests) == reads + s3_pool.MAX_FAILURES + 1


def test_where_nobody_listens_the_store_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    store = open_store("s3://bucket/prefix", S3Options(f"http://127.0.0.1:{port}", "us-east-1", "key", "secret"))
    with pytest.raises(StorageUnavailableError):
        read(store)


def test_through_a_proxy_nothing_is_read_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "inside")
    options = [S3Options(f"http://{host}:1", "us-east-1", "key", "secret") for host in ("outside", "inside")]
    stores = [s3_reads.S3RangeReader("bucket", "prefix", each) for each in options]
    assert [store._plain is not None for store in stores] == [False, True]
