from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ingest.http.representations import JsonRepresentations

LONG = {"items": ["a lot of the same"] * 100}


def no_store(_: Request) -> Response:
    return JSONResponse(LONG, headers={"Cache-Control": "private, no-store", "Vary": "Cookie"})


def stream(_: Request) -> Response:
    return StreamingResponse(iter([b"[1,", b"2]"]), media_type="application/json")


@pytest.fixture
def client(open_client: Callable[..., httpx.Client]) -> httpx.Client:
    routes = [
        Route("/long", lambda _: JSONResponse(LONG)),
        Route("/short", lambda _: JSONResponse({})),
        Route("/secret", no_store),
        Route("/wrong", lambda _: JSONResponse(LONG, 400, media_type="application/problem+json")),
        Route("/picture", lambda _: Response(b"{" * 1000, media_type="image/png")),
        Route("/stream", stream),
    ]
    return open_client(Starlette(routes=routes, middleware=[Middleware(JsonRepresentations)]))


def ask(client: httpx.Client, path: str, method: str = "GET", **headers: Any) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, path, headers={"accept-encoding": "identity", **named})


def test_long_json_is_compressed_for_those_who_take_it(client: httpx.Client) -> None:
    plain, packed = ask(client, "/long"), ask(client, "/long", accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) // 5
    assert packed.json() == plain.json() == LONG
    assert {plain.headers["vary"], packed.headers["vary"]} == {"Accept-Encoding"}


def test_codings_have_validators_of_their_own(client: httpx.Client) -> None:
    plain, packed = ask(client, "/long"), ask(client, "/long", accept_encoding="gzip")
    assert plain.headers["etag"] != packed.headers["etag"]
    for coding, known, status in (("identity", plain, 304), ("gzip", packed, 304), ("gzip", plain, 200)):
        answer = ask(client, "/long", accept_encoding=coding, if_none_match=known.headers["etag"])
        assert answer.status_code == status
        assert answer.headers["vary"] == "Accept-Encoding"
        assert ("content-type" in answer.headers) is (status == 200)


def test_head_has_the_headers_of_get(client: httpx.Client) -> None:
    for coding in ("identity", "gzip"):
        get, head = (ask(client, "/long", method, accept_encoding=coding) for method in ("GET", "HEAD"))
        assert dict(get.headers) == dict(head.headers)


def test_short_documents_and_what_is_no_json_go_as_they_are(client: httpx.Client) -> None:
    for path in ("/short", "/picture"):
        assert "content-encoding" not in ask(client, path, accept_encoding="gzip").headers
    assert ask(client, "/short").headers["vary"] == "Accept-Encoding"
    assert "etag" not in ask(client, "/picture").headers


def test_problems_are_compressed_but_have_no_validator(client: httpx.Client) -> None:
    answer = ask(client, "/wrong", accept_encoding="gzip")
    assert (answer.status_code, answer.headers["content-encoding"]) == (400, "gzip")
    assert "etag" not in answer.headers


def test_what_is_not_to_be_stored_has_no_validator_and_keeps_its_vary(client: httpx.Client) -> None:
    answer = ask(client, "/secret", accept_encoding="gzip")
    assert "etag" not in answer.headers
    assert answer.headers["vary"] == "Cookie, Accept-Encoding"


def test_streams_are_not_gathered(client: httpx.Client) -> None:
    answer = ask(client, "/stream", accept_encoding="gzip")
    assert answer.json() == [1, 2]
    assert "content-encoding" not in answer.headers
