"""Renderings over a store in memory: pixels of samples and of plain tiles, descriptions, caching, damage."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import part_object_key
from iiif_server.samples_record import SAMPLES, SAMPLES_INDEX, Channel
from storage.memory import MemoryStore
from tests.fixtures.pyramids import REVISION, make_photograph

CHANNELS = (
    Channel("DAPI", "0000ff", 0, 4000, 0, 65535),
    Channel("GFP", "00ff00", 0, 4000, 0, 65535),
    Channel("light", "ffffff", 0, 65535, 0, 65535, visible=False),
)
SHAPE = (200, 300)
DEEP = np.random.default_rng(7).integers(0, 65536, (3, *SHAPE)).astype(np.uint16)
PICTURE = make_photograph(300, 200)
WHOLE = "full/max/0/default.png"


class Store(MemoryStore):
    """Notes what is read of which object."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[str, int, int]] = []

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.reads.append((key.rpartition("/")[2], start, end))
        return await super().fetch_range(key, start, end, if_match=if_match)


@pytest.fixture
def store(publish_science: Callable[..., Any]) -> Store:
    store = Store()
    publish_science(store, PICTURE, samples=(DEEP, CHANNELS))
    publish_science(store, PICTURE, "rgb")
    publish_science(store, PICTURE[:, :, :1].copy(), "gray")
    return store


def ask(store: MemoryStore, *paths: str, **options: Any) -> list[httpx.Response]:
    async def all_of_them() -> list[httpx.Response]:
        app = create_app(store, ServerOptions(cache_max_age_s=77, **options))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return [await client.get(f"/iiif/{path}") for path in paths]

    return asyncio.run(all_of_them())


def pixels_of(answer: httpx.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.rint((np.clip(values.astype(float), low, high) - low) / (high - low) * 255).astype(np.uint8)


def test_samples_are_shown_exactly_by_their_windows(store: Store) -> None:
    gray, coloured = ask(store, f"3/a;c3=1000:60000/{WHOLE}", f"3/a;c1=0:65535;c2=200:300,ff00ff/{WHOLE}")
    assert (pixels_of(gray) == scaled(DEEP[2], 1000, 60000)).all()
    shown = pixels_of(coloured).astype(int)
    magenta = scaled(DEEP[1], 200, 300).astype(int)
    assert (shown[:, :, 0] == magenta).all()
    assert not shown[:, :, 1].any()
    assert (shown[:, :, 2] == np.minimum(magenta + scaled(DEEP[0], 0, 65535), 255)).all()


@pytest.mark.parametrize("name", ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"])
def test_every_type_of_samples(store: Store, publish_science: Callable[..., Any], name: str) -> None:
    low, high = (-3.0, 5.0) if name.startswith("f") else (float(np.iinfo(name).min), float(np.iinfo(name).max))
    values = np.random.default_rng(1).uniform(low, high, (1, *SHAPE)).astype(name)
    publish_science(store, PICTURE, "typed", samples=(values, [Channel("x", "ffffff", low, high, low, high)]))
    whole, region = ask(store, f"3/typed;c1/{WHOLE}", "3/typed;c1=inv/70,5,60,90/max/0/default.png")
    assert (pixels_of(whole) == scaled(values[0], low, high)).all()
    expected = 255 - scaled(values[0], low, high)[5:95, 70:130].astype(int)
    assert np.abs(pixels_of(region).astype(int) - expected).max() <= 1


def test_only_what_is_seen_is_read_and_neighbours_together(store: Store) -> None:
    ask(store, "3/a;c1/64,64,64,64/max/0/default.png")
    data = [read for read in store.reads if read[0] == SAMPLES]
    assert len(data) == 1
    assert data[0][2] - data[0][1] < 1.2 * 64 * 64 * 2
    assert ("pyramid.tif" in {name for name, *_ in store.reads}) is False
    store.reads.clear()
    ask(store, "3/a;c1;c2;c3/64,64,128,64/max/0/default.png")
    assert len([read for read in store.reads if read[0] == SAMPLES]) == 1


def test_levels_rotations_qualities_and_formats_are_those_of_images(store: Store) -> None:
    paths = (
        "full/75,/0/default.jpg",
        "full/75,/90/gray.webp",
        "square/!50,50/!0/bitonal.png",
        "full/9,/22.5/color.png",
    )
    answers = ask(store, *(f"3/a;c3/{path}" for path in paths))
    sizes = [Image.open(io.BytesIO(answer.content)).size for answer in answers]
    assert sizes[:3] == [(75, 50), (50, 75), (50, 50)]
    assert np.abs(pixels_of(answers[0]).astype(int) - scaled(DEEP[2, ::4, ::4], 0, 65535)).mean() < 12


def test_bands_of_plain_images_are_channels(store: Store) -> None:
    red, swapped, gray = ask(store, f"3/rgb;c1/{WHOLE}", f"3/rgb;c1=ffffff/{WHOLE}", f"3/gray;c=inv,0:100/{WHOLE}")
    plain, plain_gray = ask(store, f"3/rgb/{WHOLE}", f"3/gray/{WHOLE}")
    shown = pixels_of(plain)
    assert (pixels_of(red)[:, :, 0] == shown[:, :, 0]).all()
    assert not pixels_of(red)[:, :, 1:].any()
    assert (pixels_of(swapped) == shown[:, :, 0]).all()
    inverted = 255 - scaled(pixels_of(plain_gray), 0, 100).astype(int)
    assert np.abs(pixels_of(gray) - inverted).max() <= 1


def test_a_rendering_is_a_service_of_its_own(store: Store) -> None:
    colour, gray, second = ask(store, "3/a;c2;c1=inv,0:9/info.json", "3/a;c3/info.json", "2/a;c3/info.json")
    assert colour.json()["id"] == "http://h/iiif/3/a;c1=0:9,inv;c2"
    assert colour.json()["extraQualities"] == ["color", "gray", "bitonal"]
    assert gray.json()["extraQualities"] == ["gray", "bitonal"]
    assert gray.json()["tiles"] == colour.json()["tiles"]
    assert second.json()["@id"] == "http://h/iiif/2/a;c3"


def test_every_tile_of_a_rendering_has_the_size_that_viewers_expect_and_is_computed(store: Store) -> None:
    (info,) = ask(store, "3/a;c1/info.json")
    paths = []
    for scale in info.json()["tiles"][0]["scaleFactors"]:
        step = 64 * scale
        for y in range(0, SHAPE[0], step):
            for x in range(0, SHAPE[1], step):
                width, height = min(step, SHAPE[1] - x), min(step, SHAPE[0] - y)
                paths.append(f"{x},{y},{width},{height}/{-(-width // scale)},{-(-height // scale)}")
    answers = ask(store, *(f"3/a;c1/{path}/0/default.jpg" for path in paths))
    for path, answer in zip(paths, answers, strict=True):
        size = tuple(int(number) for number in path.split("/")[1].split(","))
        assert Image.open(io.BytesIO(answer.content)).size == size
        assert "computed" in answer.headers["server-timing"]
        assert answer.headers["link"].startswith("<http://h/iiif/3/a;c1/")


def test_spellings_of_one_rendering_share_a_validator_and_others_do_not(store: Store) -> None:
    tile = "0,0,64,64/64,64/0/default.jpg"
    names = ["a;c1=0:100,0000FF", "a;c1=0000ff,0:1e2", "a;c1=0:101", "a;c2", "a"]
    tags = [answer.headers["etag"] for answer in ask(store, *(f"3/{name}/{tile}" for name in names))]
    assert tags[0] == tags[1]
    assert len(set(tags)) == 4
    pinned, unpinned = ask(store, f"3/a@{REVISION};c1/{tile}", f"3/a;c1/{tile}")
    assert "immutable" in pinned.headers["cache-control"]
    assert "max-age=77" in unpinned.headers["cache-control"]


def test_small_results_are_kept_each_under_its_rendering(store: Store) -> None:
    tile = "0,0,64,64/64,64/0/default.jpg"
    first, second, again = ask(store, f"3/a;c1/{tile}", f"3/a;c2/{tile}", f"3/a;c1=/{tile}")
    assert first.content == again.content != second.content
    assert "cache" in again.headers["server-timing"]


def test_channels_that_are_not_there_are_unknown(store: Store) -> None:
    for name in ("a;c4", "rgb;c4", "gray;c2", "a;c1;c256"):
        info, image = ask(store, f"3/{name}/info.json", f"3/{name}/{WHOLE}")
        assert (info.status_code, image.status_code) == (404, 404)
        assert "channels of this image are c1 to" in info.json()["detail"]


def test_samples_are_weighed_before_they_are_read(store: Store) -> None:
    (answer,) = ask(store, f"3/a;c1;c2;c3/{WHOLE}", render_memory_bytes=600_000)
    assert answer.status_code == 413
    assert SAMPLES not in {name for name, *_ in store.reads}


@pytest.mark.parametrize("name", [SAMPLES, SAMPLES_INDEX])
def test_damaged_samples_are_never_shown(store: Store, name: str) -> None:
    key = part_object_key("a", REVISION, None, name)
    data = store.read(key).data
    for broken in (bytes(len(data)), data[: len(data) // 2], data[:-1] + b"!"):
        store.put(key, broken)
        (answer,) = ask(store, f"3/a;c1;c2;c3/{WHOLE}")
        assert (answer.status_code, answer.json()["title"]) == (500, "Damaged image")


def test_tiles_that_hold_something_else_than_samples_are_damage(
    store: Store, publish_science: Callable[..., Any]
) -> None:
    publish_science(store, PICTURE, samples=(DEEP.astype(np.uint8), CHANNELS))
    small = {name: store.read(part_object_key("a", REVISION, None, name)).data for name in (SAMPLES, SAMPLES_INDEX)}
    record = publish_science(store, PICTURE, samples=(DEEP, CHANNELS))
    assert record.revision.samples.type == "uint16"
    for name, data in small.items():
        store.put(part_object_key("a", REVISION, None, name), data)
    (answer,) = ask(store, f"3/a;c1/{WHOLE}")
    assert (answer.status_code, answer.json()["title"]) == (500, "Damaged image")


def test_the_manifest_offers_each_channel(store: Store) -> None:
    (manifest,) = ask(store, "presentation/3/a/manifest")
    body = manifest.json()["items"][0]["items"][0]["items"][0]["body"]
    answers = ask(store, *(item["id"].removeprefix("http://h/iiif/") for item in body["items"]))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 4
