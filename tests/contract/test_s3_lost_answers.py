"""A conditional put whose answer is lost on the way is tried again, and meets the object that it wrote itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storage.errors import PreconditionFailedError
from storage.ports import Store
from storage.s3_options import S3Options
from storage.urls import open_store


class FirstPutIsLost(BaseHTTPRequestHandler):
    """Answers 500 to the first put, 412 to the next, and shows `present` to whoever reads."""

    present = b""
    puts = 0

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).puts += 1
        if self.puts == 1:
            self._answer(500, b"<Error><Code>InternalError</Code></Error>")
        else:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")

    def do_GET(self) -> None:
        self._answer(200, self.present)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Silent."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"the-etag"')
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def handler() -> type[FirstPutIsLost]:
    return type("Handler", (FirstPutIsLost,), {})


@pytest.fixture
def store(handler: type[FirstPutIsLost]) -> Iterator[Store]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        opened = open_store(
            "s3://bucket/prefix", S3Options(f"http://127.0.0.1:{server.server_port}", "us-east-1", "key", "secret")
        )
        yield opened
        asyncio.run(opened.aclose())
        server.shutdown()
        thread.join()


def test_the_own_bytes_count_as_written(store: Store, handler: type[FirstPutIsLost]) -> None:
    handler.present = b"generation 7"
    info = store.put("record.json", b"generation 7", if_match='"before"')
    assert (info.etag, handler.puts) == ('"the-etag"', 2)


def test_the_bytes_of_another_do_not(store: Store, handler: type[FirstPutIsLost]) -> None:
    handler.present = b"generation 8"
    with pytest.raises(PreconditionFailedError):
        store.put("record.json", b"generation 7", if_match='"before"')


def test_without_a_second_attempt_nothing_is_own(store: Store, handler: type[FirstPutIsLost]) -> None:
    handler.present = b"generation 7"
    handler.puts = 1
    with pytest.raises(PreconditionFailedError):
        store.put("record.json", b"generation 7", if_match='"before"')
