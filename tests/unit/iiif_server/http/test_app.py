"""The application over a store in memory: methods, paths, reads, disconnects, fallback."""

import asyncio
import dataclasses
import json
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.asgi import HAS_GONE
from config.codings import LEAST_BYTES
from iiif_server import renders
from iiif_server.http.app import RENDER_NICENESS, ImageServer, create_app
from iiif_server.http.options import ServerOptions
from iiif_server.record import Record
from storage.errors import StorageUnavailableError
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore
from storage.ports import StoredObject
from tests.fixtures.pyramids import publish_without_head

OPTIONS = ServerOptions(version="1", commit="c")
TILE = "/iiif/3/a/0,0,512,512/512,512/0/default.jpg"
RENDER = "/iiif/3/a/full/90,/0/default.png"


class Store(MemoryStore):
    """Notes what is read, and is away on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.away = False
        self.closed = False

    async def fetch(self, key: str) -> StoredObject:
        self.note(key)
        return await super().fetch(key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.note(key)
        return await super().fetch_range(key, start, end, if_match=if_match)

    async def aclose(self) -> None:
        self.closed = True

    def note(self, key: str) -> None:
        self.reads.append(key.rpartition("/")[2])
        if self.away:
            raise StorageUnavailableError(key, "away")


@pytest.fixture
def store(publish: Callable[..., Record], photograph: Callable[..., Any]) -> Store:
    store = Store()
    publish(store, photograph(1100, 700))
    publish(store, photograph(64, 48, 1), identifier="лес/дом@1;%", label={"ru": ["Лес"]})
    return store


def fetch(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return asyncio.run(ask())


def without_duration(head: bytes) -> bytes:
    return re.sub(rb";dur=\d+\.\d{3}", b"", head)


async def call(app: ImageServer, raw_path: bytes, receive: Any = None, **scope: Any) -> list[dict[str, Any]]:
    """The messages that the application sends, without a client library that would mend the path."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def wait_forever() -> Any:
        await asyncio.Event().wait()

    defaults = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": raw_path,
        "headers": [(b"host", b"h")],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(defaults | scope, receive or wait_forever, send)
    return sent


def test_every_answer_tells_how_it_was_made(store: Store) -> None:
    async def scenario() -> None:
        app = create_app(store, dataclasses.replace(OPTIONS, tile_cache_bytes=1_000_000))
        for path, first, again in (
            (TILE, "copy", "cache"),
            (RENDER, "computed", "cache"),
            ("/iiif/3/a/info.json", "computed", "computed"),
            ("/iiif/3/b/info.json", "error", "error"),
        ):
            for expected in (first, again):
                start, _ = await call(app, path.encode())
                headers = dict(start["headers"])
                assert headers[b"server-timing"].decode().partition(";")[0] == expected, path
                assert headers[b"timing-allow-origin"] == b"*"
                assert b"Server-Timing" in headers[b"access-control-expose-headers"]

    asyncio.run(scenario())


def test_the_parts_of_a_render_are_told(store: Store) -> None:
    answer = fetch(create_app(store, OPTIONS), RENDER)
    names = [part.partition(";")[0] for part in answer.headers["server-timing"].split(", ")]
    assert names == ["computed", "wait", "read", "render"]


@pytest.mark.parametrize(
    ("tile", "path", "reads"),
    [
        pytest.param(512, TILE, ["record.json", "pyramid.tif"], id="of a small level"),
        pytest.param(
            *(64, "/iiif/3/a/0,0,64,64/64,64/0/default.jpg", ["record.json", "index", "pyramid.tif"]), id="any other"
        ),
    ],
)
def test_so_many_reads_lead_from_nothing_to_a_tile_and_one_to_the_next(
    store: Store, publish: Callable[..., Record], photograph: Any, tile: int, path: str, reads: list[str]
) -> None:
    async def scenario() -> None:
        publish(store, photograph(1100, 700), tile=tile)
        app = create_app(store, OPTIONS)
        assert (await call(app, b"/iiif/3/a/info.json"))[0]["status"] == 200
        await call(app, path.encode())
        assert store.reads == reads
        for _ in range(3):
            (start, body) = await call(app, path.encode())
            assert start["status"] == 200
            assert body["body"].startswith(b"\xff\xd8")
        assert store.reads[len(reads) :] == ["pyramid.tif"] * 3

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/iiif/3/a/full/275,/0/default.jpg", "/iiif/3/a/full/!200,200/0/default.jpg"])
def test_two_reads_lead_from_nothing_to_a_thumbnail(store: Store, path: str) -> None:
    assert fetch(create_app(store, OPTIONS), path).status_code == 200
    assert store.reads == ["record.json", "pyramid.tif"]


def test_a_record_that_carries_nothing_of_its_index_takes_one_read_more(
    store: Store, publish: Callable[..., Record], photograph: Any
) -> None:
    publish_without_head(store, publish(store, photograph(1100, 700)))
    assert fetch(create_app(store, OPTIONS), TILE).status_code == 200
    assert store.reads == ["record.json", "index", "pyramid.tif"]


def test_with_a_tile_cache_even_that_read_is_saved(store: Store) -> None:
    async def scenario() -> None:
        app = create_app(store, dataclasses.replace(OPTIONS, tile_cache_bytes=1_000_000))
        for _ in range(3):
            await call(app, TILE.encode())
        assert store.reads == ["record.json", "pyramid.tif"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path", [TILE, RENDER, "/iiif/3/a/info.json", "/iiif/presentation/3/a/manifest", "/iiif/3/b"]
)
def test_head_tells_all_headers_and_no_body(store: Store, path: str) -> None:
    app = create_app(store, OPTIONS)
    get, head = fetch(app, path), fetch(app, path, "HEAD")
    assert head.status_code == get.status_code
    for answer in (get, head):
        answer.headers.pop("server-timing")
    assert dict(head.headers) == dict(get.headers)
    assert head.content == b""


def test_head_of_a_tile_reads_no_tile(store: Store) -> None:
    fetch(create_app(store, OPTIONS), TILE, "HEAD")
    assert "pyramid.tif" not in store.reads


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "X"])
def test_other_methods_are_refused_with_those_that_are_offered(store: Store, method: str) -> None:
    response = fetch(create_app(store, OPTIONS), TILE, method)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["access-control-allow-origin"] == "*"


def test_options_allows_scripts_of_every_origin_to_ask_with_a_token(store: Store) -> None:
    response = fetch(
        create_app(store, OPTIONS), TILE, "OPTIONS", Origin="http://x", Access_Control_Request_Method="GET"
    )
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in response.headers["access-control-allow-headers"]
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_identifiers_keep_their_encoding(store: Store) -> None:
    app = create_app(store, OPTIONS)
    name = "%D0%BB%D0%B5%D1%81%2F%D0%B4%D0%BE%D0%BC%401%3B%25"
    for spelled in (name, name.lower(), name.replace("%D0%BB", "л")):
        info = fetch(app, f"/iiif/3/{spelled}/info.json")
        assert info.json()["id"] == f"http://h/iiif/3/{name}"
    redirect = fetch(app, f"/iiif/2/{name}")
    assert (redirect.status_code, redirect.headers["location"]) == (303, f"http://h/iiif/2/{name}/info.json")
    manifest = fetch(app, f"/iiif/presentation/3/{name}/manifest").json()
    assert manifest["label"] == {"ru": ["Лес"]}
    assert fetch(app, manifest["items"][0]["items"][0]["items"][0]["body"]["id"]).status_code == 200


def test_info_is_negotiated_in_both_versions(store: Store) -> None:
    app = create_app(store, OPTIONS)
    profile = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    assert fetch(app, "/iiif/3/a/info.json").headers["content-type"] == profile
    assert fetch(app, "/iiif/2/a/info.json").headers["content-type"] == "application/json"
    as_json = fetch(app, "/iiif/3/a/info.json", Accept="application/json")
    assert as_json.headers["content-type"] == "application/json"
    assert "json-ld#context" in as_json.headers["link"]
    as_ld = fetch(app, "/iiif/2/a/info.json", Accept="application/ld+json")
    assert as_ld.headers["content-type"] == "application/ld+json"
    assert as_ld.headers["vary"] == "Accept, Accept-Encoding"
    assert as_ld.headers["etag"] != fetch(app, "/iiif/2/a/info.json").headers["etag"]


@pytest.mark.parametrize("path", ["/iiif/3/a/info.json", "/iiif/2/a/info.json", "/iiif/presentation/3/a/manifest"])
def test_documents_come_compressed_to_those_who_take_it_each_coding_with_its_own_validator(
    store: Store, path: str
) -> None:
    app = create_app(store, OPTIONS)
    plain = fetch(app, path, Accept_Encoding="identity")
    packed = fetch(app, path, Accept_Encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
    for coding, known, status in (
        ("gzip", packed, 304),
        ("identity", plain, 304),
        ("gzip", plain, 200),
        ("identity", packed, 200),
    ):
        again = fetch(app, path, Accept_Encoding=coding, If_None_Match=known.headers["etag"])
        assert again.status_code == status
        assert again.headers["vary"] == "Accept, Accept-Encoding"


def test_long_problems_are_compressed_too_and_short_ones_and_images_are_not(store: Store) -> None:
    app = create_app(store, OPTIONS)
    long = fetch(app, f"/iiif/3/a/full/max/{'x' * 600}/default.jpg", Accept_Encoding="gzip")
    assert long.status_code == 400
    assert long.headers["vary"] == "Accept-Encoding"
    assert long.headers.get("content-encoding") == ("gzip" if len(long.content) >= LEAST_BYTES else None)
    assert long.json()["status"] == 400
    short = fetch(app, "/iiif/3/b/info.json", Accept_Encoding="gzip")
    assert "content-encoding" not in short.headers
    assert short.headers["vary"] == "Accept-Encoding"
    for path in (TILE, RENDER):
        assert "content-encoding" not in fetch(app, path, Accept_Encoding="gzip").headers


@pytest.mark.parametrize(
    ("raw_path", "status"),
    [
        (b"/iiif/3/", 400),
        (b"/iiif/3/a/", 400),
        (b"/iiif/3/%", 400),
        (b"/iiif/3/%ff/info.json", 400),
        (b"/iiif/3/\xff\xfe/info.json", 400),
        (b"/iiif/3/a%00b/info.json", 400),
        (b"/iiif/3/..%2F..%2Fetc/info.json", 404),
        (b"/iiif/3/a@..%2F..%2Fx/info.json", 400),
        (b"/iiif/3/a@x/info.json", 404),
        (b"/iiif/3/" + b"x" * 70_000, 400),
        (b"/iiif/3/a/full/max/0/default.jp2", 400),
        (b"/iiif/3/a/full/max/0/junk.jpg", 400),
        (b"/iiif/presentation/3/", 404),
        (b"/iiif/presentation/3/a", 404),
        (b"/iiif/presentation/3/\xff/manifest", 400),
        (b"/iiif/presentation/3//manifest", 400),
        (b"/iiif/3", 404),
        (b"/", 404),
        (b"//iiif/3/a/info.json", 404),
    ],
)
def test_every_path_gets_a_proper_answer(store: Store, raw_path: bytes, status: int) -> None:
    start, body = asyncio.run(call(create_app(store, OPTIONS), raw_path))
    assert start["status"] == status
    assert json.loads(body["body"])["status"] == status


def test_without_a_raw_path_the_decoded_one_serves(store: Store) -> None:
    start, _ = asyncio.run(call(create_app(store, OPTIONS), b"", path="/iiif/3/a/info.json"))
    assert start["status"] == 200


def test_hostile_headers_change_nothing(store: Store) -> None:
    headers = [
        (b"host", b'x"\xff'),
        (b"accept", b"\xff" * 5000),
        (b"if-none-match", b'"' * 5000 + b"\xff"),
        (b"cookie", b"pigture_session;=;\xff"),
        (b"authorization", b"Bearer \xff\xfe"),
        (b"range", b"bytes=0-1"),
    ]
    for path in (TILE, RENDER, "/iiif/3/a/info.json"):
        start, _ = asyncio.run(call(create_app(store, OPTIONS), path.encode(), headers=headers))
        assert start["status"] == 200


def test_storage_that_is_away_is_a_503_everywhere(store: Store) -> None:
    app = create_app(store, dataclasses.replace(OPTIONS, record_ttl_s=0))
    fetch(app, TILE)
    store.away = True
    for path in (TILE, RENDER, "/iiif/3/a/info.json", "/health"):
        response = fetch(app, path)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"


def test_an_unforeseen_fault_is_told_in_constant_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("iiif_server.http.images.plan_answer", fail)
    response = fetch(create_app(store, OPTIONS), TILE)
    assert response.status_code == 500
    assert "secret" not in response.text


def test_renders_that_nobody_can_wait_for_are_a_503_and_tiles_are_not(store: Store) -> None:
    app = create_app(store, dataclasses.replace(OPTIONS, render_queue=0, render_threads=1))

    async def scenario() -> None:
        paths = [f"/iiif/3/a/full/{width},/0/default.png".encode() for width in range(100, 110)]
        answers = await asyncio.gather(*(call(app, path) for path in paths), call(app, TILE.encode()))
        statuses = [answer[0]["status"] for answer in answers]
        assert statuses[0] == statuses[-1] == 200
        assert 503 in statuses
        refused = next(answer[0] for answer in answers if answer[0]["status"] == 503)
        assert int(dict(refused["headers"])[b"retry-after"]) > 0

    asyncio.run(scenario())


def test_a_client_that_leaves_gets_no_answer_and_leaves_no_work(store: Store) -> None:
    async def scenario() -> None:
        app = create_app(store, OPTIONS)
        messages = iter([{"type": "http.request", "more_body": True}, {"type": "http.disconnect"}])

        async def receive() -> Any:
            return next(messages)

        path = b"/iiif/3/a/full/max/0/default.webp"
        assert await call(app, path, receive) == []
        assert (await call(app, path))[0]["status"] == 200
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_what_is_brief_is_not_begun_for_a_client_that_has_gone(
    publish: Callable[..., Record], photograph: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        files = FilesystemStore(tmp_path / "storage")
        publish(files, photograph(1100, 700))
        app, path = create_app(files, OPTIONS), b"/iiif/3/a/full/90,/0/default.jpg"
        computed: list[object] = []
        monkeypatch.setattr(renders, "render_image", lambda *_: computed.append(1) or b"image")
        assert await call(app, path, extensions={HAS_GONE: {"ask": lambda: True}}) == []
        assert computed == []
        for extensions in ({}, {HAS_GONE: {"ask": lambda: False}}):
            assert (await call(app, path, extensions=extensions))[0]["status"] == 200
        assert computed == [1]

    asyncio.run(scenario())


def test_other_paths_and_other_kinds_of_connection_go_to_the_fallback(store: Store) -> None:
    seen: list[tuple[str, str]] = []

    async def fallback(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], scope.get("path", "")))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 299, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    app = create_app(store, OPTIONS, fallback)
    for path in ("/", "/health", "/iiif/3", "/iiif/search/2/a"):
        assert fetch(app, path).status_code == 299
    assert fetch(app, "/iiif/3/a/info.json").status_code == 200
    asyncio.run(call(app, b"/ws", type="websocket"))
    assert [kind for kind, _ in seen] == ["http"] * 4 + ["websocket"]


def test_a_websocket_without_a_fallback_is_closed(store: Store) -> None:
    sent = asyncio.run(call(create_app(store, OPTIONS), b"/iiif/3/a", type="websocket"))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_the_store_is_closed_at_the_end(store: Store) -> None:
    async def scenario() -> None:
        events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive() -> Any:
            return next(events)

        sent = await call(create_app(store, OPTIONS), b"", receive, type="lifespan")
        assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert store.closed

    asyncio.run(scenario())


def test_what_is_known_is_said_at_once_and_no_longer_when_the_record_may_have_changed(
    tmp_path: Path, publish: Callable[..., Record], photograph: Callable[..., Any]
) -> None:
    store = FilesystemStore(tmp_path)
    publish(store, photograph(1300, 1100))
    publish(store, photograph(1300, 1100), identifier="secret", access="restricted")
    path = (b"/iiif/3/a", b"512", b"512", b"512,512/512,512/0/default.jpg")

    async def scenario() -> None:
        app = create_app(store, ServerOptions(record_ttl_s=60))
        for name in ("a", "secret"):
            await call(app, f"/iiif/3/{name}/0,0,512,512/512,512/0/default.jpg".encode(), headers=[(b"host", b"h")])
        service, x, y, rest = path
        assert app.known_tiles.kinds_of("http://other", service) == {}
        assert app.known_tiles.kinds_of("http://h", b"/iiif/3/secret") == {}
        kind = app.known_tiles.kinds_of("http://h", service)[rest]
        answer = app.known_tiles.answer_now(kind, x, y)
        assert answer is not None
        start, body = await call(app, b"%b/%b,%b,%b" % path, headers=[(b"host", b"h")])
        assert b"".join(answer[1:]) == body["body"]
        long = b"".join(b"%b: %b\r\n" % pair for pair in start["headers"]) + b"\r\n"
        assert without_duration(answer[0]) == without_duration(long)
        kind.image.lease.end()
        assert app.known_tiles.answer_now(kind, x, y) is None

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="single threads have priorities on Linux only")
def test_renders_give_way_to_tiles(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    priorities: list[int] = []
    original = renders.render_image

    def render_image(*args: Any) -> bytes:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return original(*args)

    monkeypatch.setattr(renders, "render_image", render_image)
    assert fetch(create_app(store, OPTIONS), RENDER).status_code == 200
    assert priorities == [max(os.getpriority(os.PRIO_PROCESS, 0), RENDER_NICENESS)]
