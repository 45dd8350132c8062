"""What lies in storage is changed, one thing at a time: right pixels or a clean refusal, never anything else."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from config.access import hash_token
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.layout import TOKENS_KEY, part_object_key, record_key, revision_object_key
from iiif_server.parts import AssociatedImage, Page
from iiif_server.record import SCHEMA_VERSION, Record, format_record, parse_record
from iiif_server.samples_record import Channel
from storage.memory import MemoryStore
from tests.fixtures.pyramids import REVISION as SCIENCE_REVISION
from tests.fuzz.damage import broken_entries, broken_fields, cut_off, flipped_bits, unsealed_fields

MEBIBYTE = 1024 * 1024
OLD, NEW = "01j00000000000000000000001", "01j00000000000000000000002"
OPTIONS = ServerOptions(render_memory_bytes=64 * MEBIBYTE)
PROBES = tuple(
    f"/iiif/{path}"
    for path in (
        "3/a/0,0,256,256/256,256/0/default.jpg",
        "2/a/0,0,512,512/256,/0/default.jpg",
        "3/a/512,256,188,256/188,256/0/default.jpg",
        "3/a/0,0,700,600/88,75/0/default.jpg",
        "3/a/200,200,333,300/111,100/0/default.png",
        "3/a/full/!90,90/90/gray.webp",
        "3/a/full/max/0/default.tif",
        f"3/a@{NEW}/256,256,256,256/256,256/0/default.jpg",
        f"3/a@{OLD}/0,0,256,256/256,256/0/default.jpg",
        f"3/a@{OLD}/full/50,/0/default.png",
        "3/a/info.json",
        f"2/a@{OLD}/info.json",
        "presentation/3/a/manifest",
    )
)
Damage = Iterable[tuple[str, bytes]]


class MeasuringStore(MemoryStore):
    """Notes the longest range that was asked for."""

    longest = 0

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.longest = max(self.longest, end - start)
        return await super().fetch_range(key, start, end, if_match=if_match)


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """A store with two revisions of an image, and what a server says about it while all is well."""

    store: MeasuringStore
    answers: dict[str, httpx.Response]

    def survive(self, key: str, damage: Damage, *, intact: bool = True) -> int:
        """Asks after each damage to the object; how often somebody was refused.

        With `intact` a success must say what it said before.
        """
        sound, refusals = self.store.read(key).data, 0
        for what, data in damage:
            self.store.put(key, data)
            for path, answer in ask(self.store, self.answers).items():
                expected = self.answers[path].content if intact else None
                refusals += check(f"{key}: {what}: {path}", answer, expected)
        self.store.put(key, sound)
        assert self.store.longest <= 5 * MEBIBYTE
        return refusals


def ask(store: MemoryStore, paths: Iterable[str] = PROBES) -> dict[str, httpx.Response]:
    """The answers of a server that has just started."""

    async def all_of_them() -> dict[str, httpx.Response]:
        app = create_app(store, OPTIONS)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            async with asyncio.timeout(60):
                return {path: await client.get(path) for path in paths}

    return asyncio.run(all_of_them())


def check(what: str, answer: httpx.Response, expected: bytes | None) -> bool:
    """Whether it was refused."""
    if answer.status_code == 200:
        assert expected is None or answer.content == expected, f"{what}: another answer than before"
        return False
    assert answer.status_code in (400, 404, 410, 413, 500), f"{what}: {answer.status_code}"
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["type"] != "urn:pigture:problem:internal-error", what
    assert answer.headers["access-control-allow-origin"] == "*"
    return True


@pytest.fixture(scope="module")
def sound(publish: Callable[..., Record], photograph: Callable[..., Any]) -> Scene:
    store = MeasuringStore()
    publish(store, 255 - photograph(300, 520), revision=OLD, tile=256)
    publish(store, photograph(700, 600), revision=NEW, tile=256)
    publish(store, photograph(700, 600, 3)[::-1].copy(), "b", revision="01j0000000000000000000000b", tile=256)
    answers = ask(store)
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(PROBES, 200)
    return Scene(store, answers)


@pytest.fixture
def scene(sound: Scene) -> Iterator[Scene]:
    """Nothing of this takes more memory than serving does, whatever this process held before."""
    Path("/proc/self/clear_refs").write_text("5")  # from here on the peak is told anew
    before = resident_bytes("VmRSS")
    yield sound
    assert resident_bytes("VmHWM") - before < 256 * MEBIBYTE


def resident_bytes(name: str) -> int:
    """What Linux tells of this process under that name."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024


RECORD = record_key("a")
OLD_REVISION = revision_object_key("a", OLD, "revision.json")
INDEX = revision_object_key("a", NEW, "index")
PYRAMID = revision_object_key("a", NEW, "pyramid.tif")


def strided(damage: Damage, step: int) -> Iterator[tuple[str, bytes]]:
    """Every `step`-th of them."""
    return (one for number, one in enumerate(damage) if number % step == 0)


@pytest.mark.parametrize("step", [pytest.param(61, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
@pytest.mark.parametrize("key", [RECORD, OLD_REVISION], ids=["record", "revision"])
class TestDescriptions:
    def test_a_changed_field_is_noticed(self, scene: Scene, key: str, step: int) -> None:
        damage = list(strided(unsealed_fields(scene.store.read(key).data), step))
        assert scene.survive(key, damage) >= len(damage)

    def test_a_field_that_somebody_wrote_so_does_no_harm(self, scene: Scene, key: str, step: int) -> None:
        damage = list(strided(broken_fields(scene.store.read(key).data), step))
        assert scene.survive(key, damage, intact=False) >= len(damage) // 2

    def test_changed_and_missing_bytes_are_noticed(self, scene: Scene, key: str, step: int) -> None:
        data = scene.store.read(key).data
        damage = [*flipped_bits(data, 2 * step), *cut_off(data, 3 * step)]
        assert scene.survive(key, damage) >= len(damage)


@pytest.mark.parametrize("step", [pytest.param(19, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
class TestIndex:
    def test_entries_that_lie_show_no_wrong_pixels(self, scene: Scene, step: int) -> None:
        damage = list(broken_entries(scene.store.read(INDEX).data, step))
        assert scene.survive(INDEX, damage) > len(damage) // 2

    def test_changed_and_missing_bytes_show_no_wrong_pixels(self, scene: Scene, step: int) -> None:
        data = scene.store.read(INDEX).data
        damage = [*flipped_bits(data, step), *cut_off(data, step)]
        assert scene.survive(INDEX, damage) > len(damage) // 4


@pytest.mark.parametrize(
    "step", [pytest.param(12011, id="some"), pytest.param(1009, id="many", marks=pytest.mark.slow)]
)
def test_a_pyramid_that_is_changed_or_cut_shows_no_wrong_pixels(scene: Scene, step: int) -> None:
    data = scene.store.read(PYRAMID).data
    damage = [*flipped_bits(data, step), *cut_off(data, 3 * step)]
    assert scene.survive(PYRAMID, damage) > len(damage) // 2


def test_objects_of_another_image_show_no_wrong_pixels(scene: Scene) -> None:
    for name in ("pyramid.tif", "index", "revision.json"):
        foreign = scene.store.read(revision_object_key("b", "01j0000000000000000000000b", name)).data
        ours = revision_object_key("a", OLD if name == "revision.json" else NEW, name)
        assert scene.survive(ours, [("of another image", foreign)]) > 0
    assert scene.survive(RECORD, [("of another image", scene.store.read(record_key("b")).data)]) == len(PROBES)


def test_objects_that_are_missing_are_missed(scene: Scene) -> None:
    for key in (OLD_REVISION, INDEX, PYRAMID):
        data = scene.store.read(key).data
        scene.store.delete(key)
        answers = ask(scene.store)
        scene.store.put(key, data)
        assert sum(check(f"{key}: {path}", answers[path], scene.answers[path].content) for path in PROBES) > 0


def test_a_record_of_a_newer_schema_is_refused(scene: Scene) -> None:
    record = Record(**json_of(scene.store), schema_version=SCHEMA_VERSION + 1)
    assert scene.survive(RECORD, [("newer", format_record(record))]) == len(PROBES)


def json_of(store: MemoryStore) -> dict[str, Any]:
    record = parse_record(store.read(RECORD).data)
    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record) if f.name != "schema_version"}


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"null",
            b"[]",
            b"{",
            b'{"tokens": 5}',
            b'{"tokens": [5]}',
            b'{"tokens": [{}]}',
            b"\xff",
            b"[" * 50_000,
        ),
        b'{"tokens": [{"name": "x", "sha256": 5, "roles": "read"}]}',
        b'{"tokens": [{"name": "x", "sha256": "%s", "roles": [["read"]]}]}' % (b"0" * 64),
    ],
)
def test_broken_tokens_open_nothing(data: bytes, publish: Callable[..., Record], photograph: Any) -> None:
    store = MemoryStore()
    publish(store, photograph(40, 30), access="restricted")
    store.put(TOKENS_KEY, data)
    app = create_app(store, OPTIONS)

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return await client.get("/iiif/3/a/info.json", headers={"Authorization": "Bearer x"})

    answer = asyncio.run(get())
    assert (answer.status_code, json.loads(answer.content)["title"]) == (401, "Unauthorized")


def test_a_token_whose_expiry_has_no_time_zone_opens_nothing_wrongly(
    publish: Callable[..., Record], photograph: Any
) -> None:
    store = MemoryStore()
    publish(store, photograph(40, 30), access="restricted")
    row = {"name": "x", "sha256": hash_token("x"), "roles": ["read"], "expires": "2020-01-01T00:00:00"}
    store.put(TOKENS_KEY, json.dumps({"tokens": [row]}).encode())
    app = create_app(store, OPTIONS)

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            return await client.get("/iiif/3/a/info.json", headers={"Authorization": "Bearer x"})

    assert asyncio.run(get()).status_code == 401


SCIENCE_PROBES = tuple(
    f"/iiif/{path}"
    for path in (
        "3/s;c1;c3=g2/0,0,300,200/150,100/0/default.png",
        "3/s;c2=inv,viridis/10,10,90,90/max/0/default.jpg",
        "2/s;c3/info.json",
        "3/s;page=2/0,0,128,128/128,128/0/default.jpg",
        "3/s;page=2;c=hot/full/50,/0/default.png",
        "3/s;image=label/info.json",
        "presentation/3/s/manifest",
        "presentation/3/s;page=2/manifest",
    )
)


@pytest.fixture(scope="module")
def sound_science(publish_science: Callable[..., Record], photograph: Callable[..., Any]) -> Scene:
    store, noise = MeasuringStore(), np.random.default_rng(5)
    values = noise.integers(0, 5000, (3, 200, 300)).astype(np.uint16)
    channels = [Channel(name, "00ff00", 0, 5000, 0, 5000) for name in "abc"]
    parts = {Page(2): photograph(200, 200), AssociatedImage("label"): photograph(90, 40)}
    publish_science(
        store, photograph(300, 200), "s", samples=(values, channels), parts=parts, tile=128, pixel_size_mm=(0.1, 0.1)
    )
    answers = ask(store, SCIENCE_PROBES)
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(SCIENCE_PROBES, 200)
    return Scene(store, answers)


def science_key(name: str, part: Page | None = None) -> str:
    return part_object_key("s", SCIENCE_REVISION, part, name)


@pytest.mark.parametrize("step", [pytest.param(61, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "key",
    [record_key("s"), science_key("parts.json"), science_key("revision.json", Page(2))],
    ids=["record", "parts", "part"],
)
class TestScientificDescriptions:
    def test_a_changed_field_is_noticed(self, sound_science: Scene, key: str, step: int) -> None:
        damage = list(strided(unsealed_fields(sound_science.store.read(key).data), step))
        assert sound_science.survive(key, damage) >= len(damage)

    def test_a_field_that_somebody_wrote_so_does_no_harm(self, sound_science: Scene, key: str, step: int) -> None:
        damage = list(strided(broken_fields(sound_science.store.read(key).data), step))
        assert sound_science.survive(key, damage, intact=False) >= len(damage) // 2

    def test_changed_and_missing_bytes_are_noticed(self, sound_science: Scene, key: str, step: int) -> None:
        data = sound_science.store.read(key).data
        damage = [*flipped_bits(data, 2 * step), *cut_off(data, 3 * step)]
        assert sound_science.survive(key, damage) >= len(damage)


@pytest.mark.parametrize("step", [pytest.param(19, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
def test_an_index_of_samples_that_lies_shows_no_wrong_pixels(sound_science: Scene, step: int) -> None:
    key = science_key("samples.index")
    data = sound_science.store.read(key).data
    damage = [*broken_entries(data, step), *flipped_bits(data, step), *cut_off(data, step)]
    assert sound_science.survive(key, damage) > len(damage) // 4


@pytest.mark.parametrize(
    "step", [pytest.param(12011, id="some"), pytest.param(1009, id="many", marks=pytest.mark.slow)]
)
def test_samples_that_are_changed_or_cut_show_no_wrong_pixels(sound_science: Scene, step: int) -> None:
    key = science_key("samples.tif")
    data = sound_science.store.read(key).data
    damage = [*flipped_bits(data, step), *cut_off(data, 3 * step)]
    assert sound_science.survive(key, damage) > len(damage) // 4


def test_scientific_objects_that_are_missing_are_missed(sound_science: Scene) -> None:
    for name in ("parts.json", "samples.tif", "samples.index"):
        data = sound_science.store.read(science_key(name)).data
        sound_science.store.delete(science_key(name))
        answers = ask(sound_science.store, SCIENCE_PROBES)
        sound_science.store.put(science_key(name), data)
        refused = [check(f"{name}: {path}", answers[path], sound_science.answers[path].content) for path in answers]
        assert any(refused)
