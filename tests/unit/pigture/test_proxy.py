"""Which headers the API sees, and which come back."""

from __future__ import annotations

from typing import Any

from config.base_url import ProxyTrust
from pigture.proxy import Headers, dropped, has_body, request_headers

NOBODY = ProxyTrust()
LOCAL = ProxyTrust.parse(["127.0.0.1"])


def scope(*headers: tuple[bytes, bytes], client: str = "192.0.2.7") -> dict[str, Any]:
    given = [(b"host", b"example.org:8000"), *headers]
    return {"type": "http", "scheme": "http", "client": (client, 5), "headers": given}


def values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def test_the_api_learns_where_a_direct_request_came_from() -> None:
    headers = request_headers(scope(), NOBODY)
    assert values(headers, b"host") == [b"example.org:8000"]
    assert values(headers, b"x-forwarded-host") == [b"example.org:8000"]
    assert values(headers, b"x-forwarded-proto") == [b"http"]
    assert values(headers, b"x-forwarded-for") == [b"192.0.2.7"]


def test_a_strangers_forwarding_headers_are_replaced() -> None:
    forged = scope(
        (b"x-forwarded-host", b"evil.example"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-prefix", b"/evil"),
        (b"forwarded", b"host=evil.example"),
    )
    headers = request_headers(forged, NOBODY)
    assert values(headers, b"x-forwarded-host") == [b"example.org:8000"]
    assert values(headers, b"x-forwarded-proto") == [b"http"]
    assert values(headers, b"x-forwarded-prefix") == []
    assert values(headers, b"forwarded") == []


def test_a_stranger_cannot_pass_for_this_machine() -> None:
    headers = request_headers(scope((b"x-forwarded-for", b"127.0.0.1")), NOBODY)
    assert values(headers, b"x-forwarded-for") == [b"127.0.0.1, 192.0.2.7"]


def test_a_request_that_came_through_something_is_never_one_hop() -> None:
    headers = request_headers(scope((b"forwarded", b"for=192.0.2.1"), client="127.0.0.1"), NOBODY)
    assert values(headers, b"x-forwarded-for") == [b"unknown, 127.0.0.1"]


def test_what_a_trusted_proxy_says_is_handed_on() -> None:
    told = scope(
        (b"x-forwarded-for", b"198.51.100.1"),
        (b"x-forwarded-host", b"museum.example"),
        (b"x-forwarded-proto", b"https"),
        client="127.0.0.1",
    )
    headers = request_headers(told, LOCAL)
    assert values(headers, b"x-forwarded-host") == [b"museum.example"]
    assert values(headers, b"x-forwarded-proto") == [b"https"]
    assert values(headers, b"x-forwarded-for") == [b"198.51.100.1, 127.0.0.1"]


def test_headers_of_the_connection_end_here() -> None:
    connection = scope(
        (b"connection", b"keep-alive, X-Mine"),
        (b"keep-alive", b"timeout=5"),
        (b"x-mine", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"authorization", b"Bearer x"),
    )
    names = {name for name, _ in request_headers(connection, NOBODY)}
    assert names.isdisjoint({b"connection", b"keep-alive", b"x-mine", b"transfer-encoding"})
    assert b"authorization" in names


def test_bodies_are_announced_by_length_or_by_chunks() -> None:
    assert has_body([(b"content-length", b"1")])
    assert has_body([(b"transfer-encoding", b"chunked")])
    assert not has_body([(b"content-length", b"0")])
    assert not has_body([])


def test_names_in_connection_are_found_in_any_spelling() -> None:
    assert b"x-one" in dropped([(b"connection", b" X-One ,close")])


def test_spaces_around_values_end_here() -> None:
    headers = request_headers(scope((b"cookie", b" a=b; \t"), (b"x", b"\t ")), NOBODY)
    assert values(headers, b"cookie") == [b"a=b;"]
    assert values(headers, b"x") == [b""]
