"""What lies in storage is changed, one thing at a time: right pixels or a clean refusal, never anything else."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.access import hash_token
from iiif_server.http.app import create_app
from iiif_server.layout import TOKENS_KEY, record_key, revision_object_key
from iiif_server.record import SCHEMA_VERSION, Record, format_record, parse_record, parse_revision
from storage.memory import MemoryStore
from tests.fixtures.pyramids import publish_without_head
from tests.fuzz.damage import broken_entries, cut_off, flipped_bits
from tests.fuzz.damaged_scene import (
    MEBIBYTE,
    OPTIONS,
    AttacksOnDescriptions,
    MeasuringStore,
    Scene,
    ask,
    check,
    resident_bytes,
)

OLD, NEW = "01j00000000000000000000001", "01j00000000000000000000002"
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


@pytest.fixture(scope="module")
def sound(publish: Callable[..., Record], photograph: Callable[..., Any]) -> Scene:
    store = MeasuringStore()
    publish(store, 255 - photograph(300, 520), revision=OLD, tile=256)
    publish(store, photograph(700, 600), revision=NEW, tile=256)
    publish(store, photograph(700, 600, 3)[::-1].copy(), "b", revision="01j0000000000000000000000b", tile=256)
    answers = ask(store, PROBES)
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(PROBES, 200)
    return Scene(store, answers)


@pytest.fixture
def scene(sound: Scene) -> Iterator[Scene]:
    """Nothing of this takes more memory than serving does, whatever this process held before."""
    Path("/proc/self/clear_refs").write_text("5")  # from here on the peak is told anew
    before = resident_bytes("VmRSS")
    yield sound
    assert resident_bytes("VmHWM") - before < 256 * MEBIBYTE


RECORD = record_key("a")
OLD_REVISION = revision_object_key("a", OLD, "revision.json")
INDEX = revision_object_key("a", NEW, "index")
PYRAMID = revision_object_key("a", NEW, "pyramid.tif")


@pytest.fixture
def older(scene: Scene) -> Iterator[Scene]:
    """The same with a record that carries nothing of its index, so that every entry is read from there."""
    keys = (RECORD, revision_object_key("a", NEW, "revision.json"))
    sound = {key: scene.store.read(key).data for key in keys}
    publish_without_head(scene.store, parse_record(sound[RECORD]))
    yield scene
    for key, data in sound.items():
        scene.store.put(key, data)


@pytest.mark.parametrize("step", [pytest.param(61, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
@pytest.mark.parametrize("key", [RECORD, OLD_REVISION], ids=["record", "revision"])
class TestDescriptions(AttacksOnDescriptions):
    pass


@pytest.mark.parametrize("step", [pytest.param(19, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
class TestIndex:
    def test_entries_that_lie_show_no_wrong_pixels(self, older: Scene, step: int) -> None:
        damage = list(broken_entries(older.store.read(INDEX).data, step))
        assert older.survive(INDEX, damage) > len(damage) // 2

    def test_changed_and_missing_bytes_show_no_wrong_pixels(self, older: Scene, step: int) -> None:
        data = older.store.read(INDEX).data
        damage = [*flipped_bits(data, step), *cut_off(data, step)]
        assert older.survive(INDEX, damage) > len(damage) // 4

    def test_first_entries_that_lie_in_a_sealed_record_show_no_wrong_pixels(self, scene: Scene, step: int) -> None:
        record = parse_record(scene.store.read(RECORD).data)
        head = head_of(record)
        broken = [*broken_entries(head, step), *flipped_bits(head, step), *cut_off(head, step)]
        damage = [(what, format_record(with_head(record, data))) for what, data in broken]
        assert scene.survive(RECORD, damage) > len(damage) // 2


def head_of(record: Record) -> bytes:
    assert record.revision is not None
    return record.revision.index_head


def with_head(record: Record, head: bytes) -> Record:
    assert record.revision is not None
    return dataclasses.replace(record, revision=dataclasses.replace(record.revision, index_head=head))


def test_first_entries_of_another_revision_or_image_show_no_wrong_pixels(scene: Scene) -> None:
    record = parse_record(scene.store.read(RECORD).data)
    for foreign in (
        parse_revision(scene.store.read(OLD_REVISION).data).index_head,
        head_of(parse_record(scene.store.read(record_key("b")).data)),
    ):
        assert foreign not in (b"", head_of(record))
        assert scene.survive(RECORD, [("foreign head", format_record(with_head(record, foreign)))]) > 0


@pytest.mark.parametrize(
    "step", [pytest.param(12011, id="some"), pytest.param(1009, id="many", marks=pytest.mark.slow)]
)
def test_a_pyramid_that_is_changed_or_cut_shows_no_wrong_pixels(scene: Scene, step: int) -> None:
    data = scene.store.read(PYRAMID).data
    damage = [*flipped_bits(data, step), *cut_off(data, 3 * step)]
    assert scene.survive(PYRAMID, damage) > len(damage) // 2


def test_objects_of_another_image_show_no_wrong_pixels(older: Scene) -> None:
    for name in ("pyramid.tif", "index", "revision.json"):
        foreign = older.store.read(revision_object_key("b", "01j0000000000000000000000b", name)).data
        ours = revision_object_key("a", OLD if name == "revision.json" else NEW, name)
        assert older.survive(ours, [("of another image", foreign)]) > 0
    assert older.survive(RECORD, [("of another image", older.store.read(record_key("b")).data)]) == len(PROBES)


def test_objects_that_are_missing_are_missed(older: Scene) -> None:
    for key in (OLD_REVISION, INDEX, PYRAMID):
        data = older.store.read(key).data
        older.store.delete(key)
        answers = ask(older.store, PROBES)
        older.store.put(key, data)
        assert sum(check(f"{key}: {path}", answers[path], older.answers[path].content) for path in PROBES) > 0


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
