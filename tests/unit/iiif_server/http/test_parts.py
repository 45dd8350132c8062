"""Parts of a revision over a store in memory: their images, descriptions, caching and access."""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from config.access import Grant, Role, format_grants, hash_token
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import TOKENS_KEY, part_object_key
from iiif_server.parts import PARTS, AssociatedImage, Page, Plane
from iiif_server.sealing import seal, unseal
from storage.memory import MemoryStore
from storage.ports import StoredObject
from tests.fixtures.pyramids import REVISION, make_photograph

PICTURES = {
    Page(2): make_photograph(200, 150),
    Page(3): 255 - make_photograph(200, 150),
    Plane(2, 3): make_photograph(200, 150, 1),
    AssociatedImage("label"): make_photograph(90, 70),
}
TILE = "0,0,64,64/64,64/0/default.jpg"


class Store(MemoryStore):
    """Notes what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    async def fetch(self, key: str) -> StoredObject:
        self.reads.append(key.rpartition("/")[2])
        return await super().fetch(key)


@pytest.fixture
def store(publish_science: Callable[..., Any]) -> Store:
    store = Store()
    publish_science(store, make_photograph(300, 200)[:, ::-1].copy(), parts=PICTURES)
    return store


def ask(store: MemoryStore, *paths: str, **headers: str) -> list[httpx.Response]:
    async def all_of_them() -> list[httpx.Response]:
        app = create_app(store, ServerOptions(cache_max_age_s=77))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return [await client.get(f"/iiif/{path}", headers=headers) for path in paths]

    return asyncio.run(all_of_them())


def pixels_of(answer: httpx.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


@pytest.mark.parametrize("part", PICTURES)
def test_every_part_shows_its_own_pixels(store: Store, part: Any) -> None:
    field = {Page(2): "page=2", Page(3): "page=3", Plane(2, 3): "t=3;z=2"}.get(part, "image=label")
    tile, render = ask(store, f"3/a;{field}/{TILE}", f"3/a;{field}/3,5,50,60/max/0/default.png")
    picture = np.broadcast_to(PICTURES[part], (*PICTURES[part].shape[:2], 3)).astype(int)
    assert np.abs(pixels_of(tile) - picture[:64, :64]).mean() < 3
    assert np.abs(pixels_of(render) - picture[5:65, 3:53]).mean() < 3


def test_the_canonical_address_has_the_fields_in_order(store: Store) -> None:
    info, image = ask(store, "3/a;t=3;z=2/info.json", f"3/a;t=3;z=2/{TILE}")
    assert info.json()["id"] == "http://h/iiif/3/a;z=2;t=3"
    assert image.headers["link"].startswith("<http://h/iiif/3/a;z=2;t=3/0,0,64,64/max/0/default.jpg>")


def test_page_one_is_the_image_itself(store: Store) -> None:
    first, same = ask(store, "3/a/info.json", "3/a;page=1/info.json")
    assert first.content == same.content


def test_tiles_of_parts_are_found_the_short_way_and_have_validators_of_their_own(store: Store) -> None:
    regions = (TILE, TILE.replace("0,0", "64,0", 1))
    paths = [f"3/a{field}/{region}" for field in ("", ";page=2", ";page=3") for region in regions]
    app = create_app(store, ServerOptions())

    async def scenario() -> list[tuple[bytes, str]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            answers = [await client.get(f"/iiif/{path}") for path in paths]
            reads = len(store.reads)
            again = [await client.get(f"/iiif/{path}") for path in paths]
            assert len(store.reads) == reads
            assert [answer.content for answer in again] == [answer.content for answer in answers]
            return [(answer.content, answer.headers["etag"]) for answer in answers]

    found = asyncio.run(scenario())
    assert len({etag for _, etag in found}) == len({body for body, _ in found}) == len(paths)


def test_caching_is_that_of_the_image(store: Store) -> None:
    unpinned, pinned = ask(store, f"3/a;page=2/{TILE}", f"3/a@{REVISION};page=2/{TILE}")
    assert "max-age=77" in unpinned.headers["cache-control"]
    assert "immutable" in pinned.headers["cache-control"]
    assert unpinned.headers["etag"] == pinned.headers["etag"]


def test_parts_that_are_not_there_are_unknown(store: Store, publish_science: Callable[..., Any]) -> None:
    publish_science(store, make_photograph(64, 64), "single")
    for answer in ask(store, "3/a;page=4/info.json", "3/a;image=macro/info.json", "3/single;page=2/info.json"):
        assert answer.status_code == 404, answer.text
    reads = len(store.reads)
    ask(store, "3/single;page=2/info.json")
    assert len(store.reads) == reads + 1


def test_the_list_of_parts_is_read_for_manifests_only(store: Store) -> None:
    ask(store, "3/a/info.json", f"3/a/{TILE}", f"3/a;page=2/{TILE}")
    assert PARTS not in store.reads
    (manifest,) = ask(store, "presentation/3/a/manifest")
    assert PARTS in store.reads
    assert len(manifest.json()["items"]) == 5


def test_nobody_learns_which_parts_a_restricted_image_has(store: Store, publish_science: Callable[..., Any]) -> None:
    pages = {Page(2): make_photograph(70, 64)}
    publish_science(store, make_photograph(64, 64), "secret", parts=pages, access="restricted")
    store.put(TOKENS_KEY, format_grants([Grant("r", hash_token("pigture_x"), frozenset({Role.READ}))]))
    paths = [f"3/secret;page={page}/info.json" for page in (2, 3)] + ["presentation/3/secret;page=9/manifest"]
    assert [answer.status_code for answer in ask(store, *paths)] == [401, 401, 401]
    read = ask(store, *paths, authorization="Bearer pigture_x")
    assert [answer.status_code for answer in read] == [200, 404, 404]
    assert read[0].headers["cache-control"] == "private, no-store"


def test_a_large_manifest_is_made_once_and_again_when_the_record_changes(
    store: Store, publish_science: Callable[..., Any]
) -> None:
    pages = {Page(number): make_photograph(20, 20) for number in range(2, 42)}
    record = publish_science(store, make_photograph(20, 20), "book", parts=pages)
    assert record.revision.part_count == 40
    app = create_app(store, ServerOptions(record_ttl_s=0))

    async def scenario() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            url = "/iiif/presentation/3/book/manifest"
            first = await client.get(url)
            plain = await client.get(url, headers={"accept-encoding": "identity"})
            assert store.reads.count(PARTS) == 1
            assert first.headers["content-encoding"] == "gzip"
            assert first.json() == plain.json()
            assert len(first.json()["items"]) == 41
            assert first.headers["etag"] != plain.headers["etag"]
            kept = await client.get(url, headers={"if-none-match": first.headers["etag"]})
            assert kept.status_code == 304
            publish_science(store, make_photograph(20, 20), "book", parts=pages, label="Cover")
            changed = await client.get(url)
            assert changed.json()["items"][0]["label"] == {"none": ["Cover"]}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["parts"].pop(),
        lambda document: document["parts"][0].update(width=0),
        lambda document: document["parts"][0].update(name="page=1"),
        lambda document: document["parts"][0].update(name="page=3"),
        lambda document: document["parts"][0].update(name="x"),
    ],
)
def test_a_list_of_parts_that_contradicts_itself_is_damage(store: Store, change: Callable[[Any], Any]) -> None:
    key = part_object_key("a", REVISION, None, PARTS)
    document = json.loads(unseal(store.read(key).data))
    change(document)
    store.put(key, seal(json.dumps(document).encode()))
    (answer,) = ask(store, "presentation/3/a/manifest")
    assert (answer.status_code, answer.json()["title"]) == (500, "Damaged image")
