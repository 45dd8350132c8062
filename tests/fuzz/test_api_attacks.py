"""The API behind a real socket: hostile paths, bodies that lie or break off, and names that mean harm."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from config.access import Role
from ingest.http.app import create_api
from ingest.services import Services
from ingest.tokens import create_token
from pigture.guard import GuardedProtocol

pytestmark = pytest.mark.integration

LIMIT_BYTES = 2_000_000
NAMES = (
    *("..", ".", "../../etc/passwd", "%2e%2e%2f", "%00", "%ff", "%C0%AF", "%ED%A0%80", "%F0%9F%98%80", "%", "%zz"),
    *("a%2Fb", "a/b", "a%5Cb", "a;b", "a@b", "a%40b", "'%3B%20DROP%20TABLE%20image%3B--", "%25s", "{0}", "$(id)"),
    *("x" * 1024, "x" * 1025, "%D1%89" * 512, "%E2%80%AE", "%01", "%0A", "%7F", "con", "record.json", "%20", "+"),
)


@pytest.fixture
def address(services: Services) -> Iterator[tuple[str, int]]:
    settings = services.settings.model_copy(update={"max_source_bytes": LIMIT_BYTES})
    api = create_api(dataclasses.replace(services, settings=settings))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(api, http=GuardedProtocol, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join()


@pytest.fixture
def bearer(services: Services) -> str:
    return f"Authorization: Bearer {create_token(services, 'all', list(Role))}"


def exchange(address: tuple[str, int], head: str, body: bytes = b"", *, hang_up: bool = False) -> int:
    """The status, 0 where the server said nothing; what a refusal says is a problem."""
    received = b""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\nConnection: close\r\n\r\n")
        if hang_up:
            connection.sendall(body)
            return 0
        try:
            connection.sendall(body)
            while data := connection.recv(65536):
                received += data
        except ConnectionError:
            pass
    if not received:
        return 0
    status = int(received.split(b" ", 2)[1])
    if status >= 400 and not head.startswith("HEAD"):
        assert json.loads(received.partition(b"\r\n\r\n")[2])["status"] == status
    return status


def settle(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def leftovers(services: Services) -> list[Any]:
    """Files of uploads that are being received."""
    return list(services.scratch.glob("[!.]*"))


def test_hostile_names_are_names_or_refused(address: tuple[str, int], bearer: str) -> None:
    for name in NAMES:
        for method in ("GET", "HEAD", "PATCH", "DELETE"):
            head = f"{method} /images/{name} HTTP/1.1\r\nHost: h\r\n{bearer}\r\nContent-Length: 2"
            assert exchange(address, head, b"{}") in (400, 404, 405, 410), (method, name)
        for path in (f"/jobs/{name}", f"/jobs/{name}/", f"/view/{name}", f"/{name}", f"/images?q={name}&limit=1"):
            status = exchange(address, f"GET {path} HTTP/1.1\r\nHost: h\r\n{bearer}")
            assert status in (200, 400, 404), path


def test_hostile_names_of_uploads_stay_names(services: Services, address: tuple[str, int], bearer: str) -> None:
    taken = 0
    for number, name in enumerate(NAMES):
        for query in (f"identifier={name}", f"identifier=n{number}&filename={name}&label={name}&rights={name}"):
            head = f"POST /uploads?{query} HTTP/1.1\r\nHost: h\r\n{bearer}\r\nContent-Length: 9"
            status = exchange(address, head, b"no image%d" % (number % 10))
            assert status in (202, 400, 409), query
            taken += status == 202
    assert taken > len(NAMES)
    keys = [found.key for found in services.store.list_objects("")]
    assert all(key.startswith(("masters/", "access/")) and ".." not in key.split("/") for key in keys)
    assert leftovers(services) == []


@pytest.mark.parametrize(
    "head",
    [
        "Host: [::\r\nX: y",
        "Host: a b\r\nX: y",
        "Host: evil.example/x?y#z\r\nX: y",
        "X-Forwarded-Host: [::\r\nHost: h",
        "Host: h\r\nCookie: pigture_session=\xff\xfe",
        "Host: h\r\nCookie: =;;==; pigture_session",
        "Host: h\r\nAuthorization: Bearer \xff",
        "Host: h\r\nOrigin: http://[",
        "Host: h\r\nRange: bytes=0-",
    ],
)
def test_hostile_headers_get_proper_answers(address: tuple[str, int], head: str) -> None:
    for path in (
        "/images",
        "/images/",
        "/jobs/",
        "/session",
        "/session?code=x",
        "/health",
        "/nothing",
        "//evil.example/",
    ):
        for method in ("GET", "DELETE", "POST", "OPTIONS"):
            status = exchange(address, f"{method} {path} HTTP/1.1\r\nContent-Length: 0\r\n{head}")
            assert status in (200, 204, 400, 401, 403, 404, 405), (method, path, status)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"label": ' * 6_000,
        b'{"label": "\\ud800"}',
        b'{"label": {"\\udfff": ["x"]}}',
        b'{"rights": "\\ud800"}',
        b'{"label": {"en": ["x", "\\ud83d"]}}',
        b'{"label": ""}',
        b'{"label": 1e999}',
        b'{"access": {"a": []}}',
        b'{"access": "\\ud800"}',
        b'{"label": "x", "label": NaN}',
        b"\xff" * 100,
        b"9" * 60_000,
        b" " * 70_000,
    ],
    ids=range(14),
)
def test_hostile_documents_are_refused(
    address: tuple[str, int], bearer: str, publish_image: Callable[..., Any], body: bytes
) -> None:
    publish_image("leaf")
    head = f"PATCH /images/leaf HTTP/1.1\r\nHost: h\r\n{bearer}\r\nContent-Length: {len(body)}"
    assert exchange(address, head, body) in (400, 413)


def test_uploads_that_lie_or_break_off_leave_nothing(
    services: Services, address: tuple[str, int], bearer: str
) -> None:
    def upload(length: str, body: bytes, *, hang_up: bool = False) -> int:
        head = f"POST /uploads?identifier=a HTTP/1.1\r\nHost: h\r\n{bearer}\r\n{length}"
        return exchange(address, head, body, hang_up=hang_up)

    whole = bytes(LIMIT_BYTES + 1)
    assert upload(f"Content-Length: {len(whole)}", whole) == 413
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(whole) // 4, whole[: len(whole) // 4]) for _ in range(5))
    assert upload("Transfer-Encoding: chunked", chunks + b"0\r\n\r\n") == 413
    assert upload("Content-Length: 18446744073709551616", b"x") == 400
    assert upload("Content-Length: 0", b"") == 422
    for number in range(10):
        upload("Content-Length: 1500000", bytes(100_000 * number), hang_up=True)
        upload("Transfer-Encoding: chunked", chunks[: 90_000 * number], hang_up=True)
    settle(lambda: leftovers(services) == [])
    assert services.catalog.image("a") is None
    assert [found.key for found in services.store.list_objects("")] == ["access/tokens.json"]
    assert upload("Content-Length: 5", b"hello") == 202


def test_many_guesses_at_a_session_open_none(services: Services, address: tuple[str, int]) -> None:
    """A code has 192 bits, so that guessing needs no brake; what must not be is a guess that is half right."""
    for guess in ("", "0", "'", "%00", "*", "%25", "x" * 5000, "_" * 32, "null", "%ff"):
        assert exchange(address, f"GET /session?code={guess} HTTP/1.1\r\nHost: h") in (400, 403)
