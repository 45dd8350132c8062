"""The whole image server over each kind of storage, by HTTP."""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import simplejpeg

from config.access import Grant, Role, format_grants, hash_token
from config.base_url import ProxyTrust
from iiif_server.geometry import Limits
from iiif_server.http.app import ImageServer, create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import TOKENS_KEY, record_key, revision_object_key
from iiif_server.record import Record, format_record
from storage.ports import Store
from storage.urls import open_store

S3 = pytest.param("s3", marks=pytest.mark.integration)
WIDTH, HEIGHT = 1300, 1001
TILE = "/iiif/3/a/0,0,512,512/512,512/0/default.jpg"
EDGE = "/iiif/3/a/1024,512,276,489/276,489/0/default.jpg"
RENDER = "/iiif/3/a/100,100,700,700/333,333/0/default.jpg"
Scenario = Callable[[httpx.AsyncClient], Awaitable[None]]


@pytest.fixture(params=["memory", "filesystem", S3])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            opened = open_store("memory:")
        case "filesystem":
            opened = open_store((tmp_path / "root").as_uri(), create=True)
        case _:
            opened = open_store(request.getfixturevalue("s3_url"), request.getfixturevalue("s3_options"), create=True)
    yield opened
    asyncio.run(opened.aclose())


class Site:
    """A server over a store with one image `a`; `run` plays a scenario in an event loop of its own."""

    def __init__(self, store: Store, publish: Callable[..., Record], pixels: Any) -> None:
        self.store = store
        self.publish = publish
        self.pixels = pixels
        self.record = publish(store, pixels)
        self.options = ServerOptions(record_ttl_s=0, limits=Limits(max_area=3_000_000), version="1", commit="c0ffee")

    def run(self, scenario: Scenario, **changes: Any) -> None:
        async def play() -> None:
            app = create_app(self.store, dataclasses.replace(self.options, **changes))
            async with client_of(app) as client:
                await scenario(client)

        asyncio.run(play())


def client_of(app: ImageServer) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("10.0.0.9", 1))  # type: ignore[arg-type]  # ours is a plain ASGI app
    return httpx.AsyncClient(transport=transport, base_url="http://images.example")


@pytest.fixture
def site(store: Store, publish: Callable[..., Record], photograph: Callable[..., Any]) -> Site:
    return Site(store, publish, photograph(WIDTH, HEIGHT))


def decode(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/jpeg"
    assert int(response.headers["content-length"]) == len(response.content)
    return simplejpeg.decode_jpeg(response.content).astype(int)


def test_tiles_renders_and_info_show_the_picture(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        for _ in range(2):
            tile = decode(await client.get(TILE))
            assert np.abs(tile - site.pixels[:512, :512]).mean() < 3
            edge = decode(await client.get(EDGE))
            assert np.abs(edge - site.pixels[512:, 1024:]).mean() < 3
        assert decode(await client.get(RENDER)).shape == (333, 333, 3)
        info = (await client.get("/iiif/3/a/info.json")).json()
        assert (info["id"], info["width"], info["height"]) == ("http://images.example/iiif/3/a", WIDTH, HEIGHT)
        info = (await client.get("/iiif/2/a/info.json")).json()
        assert info["@id"] == "http://images.example/iiif/2/a"
        for size in info["sizes"]:
            image = decode(await client.get(f"/iiif/2/a/full/{size['width']},{size['height']}/0/default.jpg"))
            assert image.shape == (size["height"], size["width"], 3)

    site.run(scenario)


def test_two_versions_of_the_api_send_the_same_tile(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        three = await client.get(EDGE)
        two = await client.get("/iiif/2/a/1024,512,276,489/276,/0/default.jpg")
        assert (two.content, two.headers["etag"]) == (three.content, three.headers["etag"])
        assert two.headers["link"].startswith("<http://images.example/iiif/2/a/1024,512,276,489/full/0/default.jpg>")
        assert three.headers["link"] == (
            '<http://images.example/iiif/3/a/1024,512,276,489/max/0/default.jpg>;rel="canonical", '
            '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
        )

    site.run(scenario)


@pytest.mark.parametrize("path", [TILE, EDGE, RENDER, "/iiif/3/a/info.json", "/iiif/presentation/3/a/manifest"])
def test_validators_bring_304_until_the_image_is_replaced(site: Site, path: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        first = await client.get(path)
        etag = first.headers["etag"]
        assert etag.startswith('"')
        for value in (etag, f"W/{etag}", f'"x", {etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": value})
            assert (again.status_code, again.content) == (304, b"")
            for name in ("etag", "cache-control", "access-control-allow-origin"):
                assert again.headers[name] == first.headers[name]
            assert "content-type" not in again.headers
        assert (await client.get(path, headers={"If-None-Match": '"x"'})).status_code == 200
        site.publish(site.store, site.pixels[::-1].copy(), revision="02second")
        replaced = await client.get(path, headers={"If-None-Match": etag})
        assert replaced.status_code == 200
        assert replaced.headers["etag"] != etag

    site.run(scenario)


def test_a_pinned_revision_stays_when_the_image_is_replaced(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        revision = site.record.revision
        assert revision is not None
        before = (await client.get(TILE)).content
        site.publish(site.store, np.full((600, 600, 3), 200, np.uint8), revision="02second")
        pinned = await client.get(TILE.replace("/a/", f"/a@{revision.name}/"))
        assert pinned.content == before
        assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert f"/iiif/3/a@{revision.name}/" in pinned.headers["link"]
        current = await client.get(TILE)
        assert decode(current).mean() == pytest.approx(200, abs=2)
        assert current.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=60"
        unknown = await client.get("/iiif/3/a@03never/info.json")
        assert unknown.status_code == 404

    site.run(scenario)


def test_an_image_replaced_and_purged_under_a_cached_record_is_found_again(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        before = decode(await client.get(TILE))
        site.publish(site.store, np.full((600, 600, 3), 200, np.uint8), revision="02second")
        assert site.record.revision is not None
        for name in ("pyramid.tif", "index", "revision.json"):
            site.store.delete(revision_object_key("a", site.record.revision.name, name))
        after = decode(await client.get(TILE))
        assert after.mean() != before.mean()
        assert after.mean() == pytest.approx(200, abs=2)

    site.run(scenario, record_ttl_s=3600)


def test_an_image_whose_tiles_are_missing_is_damaged(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        assert site.record.revision is not None
        site.store.delete(revision_object_key("a", site.record.revision.name, "pyramid.tif"))
        for path in (TILE, RENDER):
            response = await client.get(path)
            assert response.status_code == 500
            assert response.json()["type"] == "urn:pigture:problem:damaged-image"

    site.run(scenario)


def test_one_flipped_bit_gives_an_error_and_never_pixels(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        assert site.record.revision is not None
        key = revision_object_key("a", site.record.revision.name, "pyramid.tif")
        pyramid = site.store.read(key).data
        site.store.put(key, bytes(byte ^ 0x10 if not number % 1000 else byte for number, byte in enumerate(pyramid)))
        for path in (TILE, EDGE, RENDER):
            response = await client.get(path)
            assert response.status_code == 500
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["cache-control"] == "no-store"
            assert "pyramid" not in response.text

    site.run(scenario)


def test_deleted_and_unknown_images_are_told_apart(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        tombstone = dataclasses.replace(site.record, state="deleted", revision=None)
        site.store.put(record_key("a"), format_record(tombstone))
        for path in (TILE, "/iiif/3/a", "/iiif/2/a/info.json", "/iiif/presentation/3/a/manifest"):
            assert (await client.get(path)).status_code == 410
            assert (await client.get(path.replace("/a", "/b"))).status_code == 404

    site.run(scenario)


def test_restricted_images_need_a_token_even_for_a_304(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        etags = {path: (await client.get(path)).headers["etag"] for path in (TILE, RENDER)}
        site.store.put(record_key("a"), format_record(dataclasses.replace(site.record, access="restricted")))
        grants = [Grant("r", hash_token("good"), frozenset({Role.READ})), Grant("n", hash_token("none"), frozenset())]
        site.store.put(TOKENS_KEY, format_grants(grants))
        for path in (*etags, "/iiif/3/a/info.json", "/iiif/3/a", "/iiif/presentation/3/a/manifest"):
            if_none_match = {"If-None-Match": etags.get(path, "*")}
            for headers, status in (
                ({}, 401),
                ({"Authorization": "Bearer bad"}, 401),
                ({"Cookie": "pigture_session=bad"}, 401),
                ({"Authorization": "Bearer none"}, 403),
            ):
                denied = await client.get(path, headers=if_none_match | headers)
                assert denied.status_code == status, path
                assert ("www-authenticate" in denied.headers) == (status == 401)
                assert denied.headers["access-control-allow-origin"] == "*"
            for headers in ({"Authorization": "Bearer good"}, {"Cookie": "x=1; pigture_session=good"}):
                allowed = await client.get(path, headers=headers)
                assert allowed.status_code in (200, 303)
                assert allowed.headers["cache-control"] == "private, no-store"

    site.run(scenario)


def test_health_tells_version_and_commit(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        response = await client.get("/health")
        assert response.json() == {"status": "ok", "version": "1", "commit": "c0ffee"}

    site.run(scenario)


def test_what_one_server_would_never_fit_is_refused(site: Site) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        response = await client.get("/iiif/3/a/full/max/0/gray.png")
        assert response.status_code == 413
        assert (await client.get("/iiif/3/a/full/100,/0/gray.png")).status_code == 200

    site.run(scenario, render_memory_bytes=2_000_000)


def test_forwarding_headers_are_believed_from_trusted_proxies_only(site: Site) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "p.example", "X-Forwarded-Prefix": "/pig"}

    async def ask(client: httpx.AsyncClient) -> str:
        response = await client.get("/iiif/3/a/info.json", headers=headers)
        return str(json.loads(response.content)["id"])

    async def trusted(client: httpx.AsyncClient) -> None:
        assert await ask(client) == "https://p.example/pig/iiif/3/a"

    async def stranger(client: httpx.AsyncClient) -> None:
        assert await ask(client) == "http://images.example/iiif/3/a"

    async def fixed(client: httpx.AsyncClient) -> None:
        assert await ask(client) == "https://x.example/y/iiif/3/a"

    site.run(trusted, trust=ProxyTrust.parse(["10.0.0.0/8"]))
    site.run(stranger, trust=ProxyTrust.parse(["10.0.1.0/24"]))
    site.run(fixed, public_url="https://x.example/y")
