from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from ingest.http.callers import is_direct_from_loopback


def connection(peer: str | None, **headers: str) -> HTTPConnection:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection(
        {"type": "http", "client": (peer, 1) if peer else None, "headers": pairs, "scheme": "http", "path": "/"}
    )


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("127.0.0.1", {"host": "localhost:8000"}),
        ("127.0.0.1", {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}),
        ("::1", {"host": "[::1]:8000"}),
        (None, {"x_forwarded_for": "127.0.0.1", "x_forwarded_host": "localhost:8000"}),
    ],
)
def test_a_program_at_this_machine_is_direct(peer: str | None, headers: dict[str, str]) -> None:
    assert is_direct_from_loopback(connection(peer, **headers))


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.1", {"host": "localhost"}),
        ("127.0.0.1", {"host": "pigture.example.org"}),
        ("127.0.0.1", {"host": "localhost.example.org"}),
        ("127.0.0.1", {}),
        ("127.0.0.1", {"host": "localhost", "origin": "https://evil.example"}),
        ("127.0.0.1", {"host": "localhost", "origin": "null"}),
        ("127.0.0.1", {"host": "localhost", "x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"host": "localhost", "via": "1.1 proxy"}),
        ("127.0.0.1", {"host": "localhost", "x_real_ip": "127.0.0.1"}),
        ("127.0.0.1", {"host": "[::1"}),
        (None, {"host": "localhost"}),
        (None, {"host": "localhost", "x_forwarded_for": "127.0.0.1"}),
        (None, {"x_forwarded_for": "192.0.2.1, 127.0.0.1", "x_forwarded_host": "localhost"}),
        (None, {"x_forwarded_for": "unknown, 127.0.0.1", "x_forwarded_host": "localhost"}),
        (None, {"x_forwarded_for": "192.0.2.1", "x_forwarded_host": "localhost"}),
        (None, {"x_forwarded_for": "127.0.0.1", "x_forwarded_host": "evil.example"}),
    ],
)
def test_whatever_may_come_from_elsewhere_is_not_direct(peer: str | None, headers: dict[str, str]) -> None:
    assert not is_direct_from_loopback(connection(peer, **headers))


def test_two_forwarding_headers_are_two_hops() -> None:
    headers = [
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-host", b"localhost"),
    ]
    scope = {"type": "http", "client": None, "headers": headers, "scheme": "http", "path": "/"}
    assert not is_direct_from_loopback(HTTPConnection(scope))
