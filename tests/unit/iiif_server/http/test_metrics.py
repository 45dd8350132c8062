from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from config.access import Grant, Role, format_grants, hash_token
from config.metrics import Samples
from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.counting import kind_of
from iiif_server.http.options import ServerOptions
from iiif_server.layout import TOKENS_KEY, record_key
from iiif_server.record import Record, parse_record
from storage.memory import MemoryStore
from tests.fixtures.pyramids import publish_without_head

TILE = "/iiif/3/a/0,0,512,512/512,512/0/default.jpg"
RENDER = "/iiif/3/a/full/90,/0/default.png"
OPTIONS = ServerOptions(record_ttl_s=3600, tile_cache_bytes=1_000_000)


@pytest.fixture
def store(publish: Callable[..., Record], photograph: Callable[..., Any]) -> MemoryStore:
    made = MemoryStore()
    publish(made, photograph(600, 600), identifier="a")
    grants = [Grant(role, hash_token(role), frozenset({role})) for role in Role]
    made.put(TOKENS_KEY, format_grants(grants))
    return made


async def ask(app: ImageServer, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
        return await client.request(method, path, headers=headers)


def values(samples: Samples, name: str) -> dict[str, float]:
    """By their labels, without those that are 0."""
    return {
        " ".join(value for _, value in key.labels): value
        for key, value in samples.items()
        if key.family.name == name and key.suffix in ("", "_total", "_count") and value
    }


def test_answers_are_counted_by_kind_way_and_status(store: MemoryStore) -> None:
    async def scenario() -> Samples:
        publish_without_head(store, parse_record(store.read(record_key("a")).data))
        app = create_app(store, OPTIONS)
        for path in (TILE, TILE, RENDER, RENDER, "/iiif/3/a/info.json", "/iiif/presentation/3/a/manifest"):
            tag = (await ask(app, path)).headers["etag"]
        await ask(app, "/iiif/presentation/3/a/manifest", **{"if-none-match": tag})
        for path in ("/iiif/3/b/info.json", "/iiif/3/a", "/iiif/3/a/x/max/0/default.jpg", "/iiif/2/a/"):
            await ask(app, path)
        return app.samples()

    samples = asyncio.run(scenario())
    assert values(samples, "pigture_image_requests") == {
        "tile copy 200": 1,
        "tile cache 200": 1,
        "image computed 200": 1,
        "image cache 200": 1,
        "info computed 200": 1,
        "manifest computed 200": 1,
        "manifest revalidated 304": 1,
        "info error 404": 1,
        "other computed 303": 1,
        "image error 400": 1,
        "other error 400": 1,
    }
    assert values(samples, "pigture_render_duration_seconds") == {"": 1}
    assert values(samples, "pigture_render_wait_seconds") == {"": 1}
    assert values(samples, "pigture_cache_lookups")["renders hit"] == 1
    assert values(samples, "pigture_cache_entries") == {"records": 2, "indexes": 1, "renders": 1, "tiles": 2}
    assert values(samples, "pigture_storage_reads")["missing"] == 1


def test_tiles_on_the_short_way_are_counted_with_their_bytes(store: MemoryStore) -> None:
    async def scenario() -> tuple[int, Samples, Samples]:
        app = create_app(store, dataclasses.replace(OPTIONS, tile_cache_bytes=1_000_000))
        await ask(app, TILE)
        before = app.samples()
        service, _, rest = TILE.encode().partition(b"/0,0,")
        kind = app.known_tiles.kinds_of("http://h", service)[rest]
        answer = app.known_tiles.answer_now(kind, b"0", b"0")
        assert answer is not None
        return len(answer[1] + answer[2]), before, app.samples()

    size, before, after = asyncio.run(scenario())
    requests = values(after, "pigture_image_requests")
    assert (requests["tile copy 200"], requests["tile cache 200"]) == (1, 1)
    sent = [values(samples, "pigture_image_sent_bytes")["tile"] for samples in (before, after)]
    assert sent[1] - sent[0] == size


def test_what_is_refused_is_counted(store: MemoryStore) -> None:
    async def scenario() -> Samples:
        app = create_app(store, dataclasses.replace(OPTIONS, render_memory_bytes=1))
        assert (await ask(app, RENDER)).status_code == 413
        return app.samples()

    assert values(asyncio.run(scenario()), "pigture_render_rejections") == {"too_large": 1}


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("wrong", 401), ("read", 403), ("curate", 403), ("administer", 200)]
)
def test_the_numbers_are_for_administrators(store: MemoryStore, token: str | None, status: int) -> None:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = asyncio.run(ask(create_app(store, OPTIONS), "/metrics", **headers))
    assert answer.status_code == status
    assert ("pigture_image_requests_total" in answer.text) is (status == 200)
    if status == 200:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert answer.headers["cache-control"] == "no-store"


def test_what_the_process_tells_is_told_along(store: MemoryStore, sample: Samples) -> None:
    app = create_app(store, OPTIONS, process=lambda: sample)
    assert app.samples().items() >= sample.items()


@pytest.fixture
def sample() -> Samples:
    from config.process import build_samples

    return build_samples("1", "c")


def test_a_path_tells_what_is_asked_for() -> None:
    assert kind_of(b"/iiif/3/a%2Fb/info.json") == "info"
    assert kind_of(b"/iiif/2/a/full/max/0/default.jpg") == "image"
    assert kind_of(b"/iiif/presentation/3/a/manifest") == "manifest"
    assert kind_of(b"/iiif/3/a") == kind_of(b"/health") == "other"
