import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from iiif_server.errors import DamagedImageError, DeletedImageError, UnknownImageError
from iiif_server.index import FIRST_ENTRIES, HEADER_BYTES
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import Record, format_record
from iiif_server.request import ImageName
from iiif_server.source import UNKNOWN_TTL_S, ImageSource
from storage.errors import StorageUnavailableError
from storage.memory import MemoryStore
from storage.ports import StoredObject
from tests.fixtures.pyramids import publish_without_head

Publish = Callable[..., Record]
A = ImageName("a")


class Store(MemoryStore):
    """Counts reads, and fails on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.failing = False

    async def fetch(self, key: str) -> StoredObject:
        self.reads.append(key.rpartition("/")[2])
        await asyncio.sleep(0)
        if self.failing:
            raise StorageUnavailableError(key, "down")
        return await super().fetch(key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.reads.append(key.rpartition("/")[2])
        await asyncio.sleep(0)
        return await super().fetch_range(key, start, end, if_match=if_match)


class Clock:
    """A time that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclasses.dataclass
class Scene:
    """A store with one image, and a source over it."""

    store: Store
    clock: Clock
    source: ImageSource
    record: Record


@pytest.fixture
def scene(publish: Publish, photograph: Callable[..., Any]) -> Scene:
    store, clock = Store(), Clock()
    record = publish(store, photograph(700, 600), tile=64)
    source = ImageSource(store, record_ttl_s=2, record_cache_entries=10, index_cache_bytes=1 << 20, clock=clock)
    return Scene(store, clock, source, record)


@pytest.fixture
def older(scene: Scene) -> Scene:
    """The same, with a record that carries nothing of its index."""
    return dataclasses.replace(scene, record=publish_without_head(scene.store, scene.record))


def put_head(scene: Scene, head: bytes) -> None:
    assert scene.record.revision is not None
    revision = dataclasses.replace(scene.record.revision, index_head=head)
    scene.store.put(record_key("a"), format_record(dataclasses.replace(scene.record, revision=revision)))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_two_reads_lead_to_a_tile_and_none_to_the_next(scene: Scene) -> None:
    async def scenario() -> None:
        image = await scene.source.load(A)
        first = await scene.source.load_entry(image, FIRST_ENTRIES)
        second = await scene.source.load_entry(await scene.source.load(A), FIRST_ENTRIES + 1)
        assert second.offset == first.offset + first.length
        assert scene.store.reads == ["record.json", "index"]

    asyncio.run(scenario())


def test_the_first_entries_are_told_by_the_record_alone(scene: Scene) -> None:
    async def scenario() -> None:
        image = await scene.source.load(A)
        told = [await scene.source.load_entry(image, number) for number in range(FIRST_ENTRIES)]
        assert [scene.source.peek_entry(image, number) for number in range(FIRST_ENTRIES)] == told
        assert scene.source.peek_entry(image, FIRST_ENTRIES) is None
        assert scene.store.reads == ["record.json"]
        older = await scene.source.load(A)
        older = dataclasses.replace(older, revision=dataclasses.replace(older.revision, index_head=b""))
        assert [await scene.source.load_entry(older, number) for number in range(FIRST_ENTRIES)] == told
        assert scene.store.reads == ["record.json", "index"]

    asyncio.run(scenario())


def test_what_a_short_head_does_not_hold_is_read(scene: Scene) -> None:
    async def scenario() -> None:
        assert scene.record.revision is not None
        put_head(scene, scene.record.revision.index_head[: HEADER_BYTES + 3 * 16])
        image = await scene.source.load(A)
        assert scene.source.peek_entry(image, 2) == await scene.source.load_entry(image, 2)
        assert scene.source.peek_entry(image, 3) is None
        await scene.source.load_entry(image, 3)
        assert scene.store.reads == ["record.json", "index"]

    asyncio.run(scenario())


def test_a_damaged_first_entry_is_damage(scene: Scene) -> None:
    async def scenario() -> None:
        assert scene.record.revision is not None
        broken = bytearray(scene.record.revision.index_head)
        broken[HEADER_BYTES + 7] ^= 0x40  # claims to have no checksum
        put_head(scene, bytes(broken))
        image = await scene.source.load(A)
        assert scene.source.peek_entry(image, 0) is None
        with pytest.raises(DamagedImageError):
            await scene.source.load_entry(image, 0)
        assert scene.store.reads == ["record.json"]

    asyncio.run(scenario())


def test_many_at_a_time_read_once(scene: Scene) -> None:
    async def scenario() -> None:
        images = await asyncio.gather(*(scene.source.load(A) for _ in range(9)))
        numbers = range(FIRST_ENTRIES, FIRST_ENTRIES + 9)
        await asyncio.gather(*(scene.source.load_entry(images[0], number) for number in numbers))
        assert scene.store.reads == ["record.json", "index"]

    asyncio.run(scenario())


def test_an_unchanged_record_gives_the_same_object_again(scene: Scene) -> None:
    async def scenario() -> None:
        first = await scene.source.load(A)
        scene.clock.now = 2.5
        assert first.lease.until < scene.clock.now
        assert await scene.source.load(A) is first
        assert first.lease.until > scene.clock.now
        assert scene.store.reads == ["record.json"] * 2

    asyncio.run(scenario())


def test_a_record_past_half_its_time_is_refreshed_while_the_old_one_serves(scene: Scene, publish: Publish) -> None:
    async def scenario() -> None:
        first = await scene.source.load(A)
        scene.store.put(record_key("a"), format_record(dataclasses.replace(scene.record, access="restricted")))
        scene.clock.now = 1.5
        assert await scene.source.load(A) is first
        await settle()
        now = await scene.source.load(A)
        assert now.record.access == "restricted"
        assert first.lease.until < scene.clock.now < now.lease.until

    asyncio.run(scenario())


def test_while_storage_fails_a_record_serves_until_its_time_is_over(scene: Scene) -> None:
    async def scenario() -> None:
        await scene.source.load(A)
        scene.store.failing = True
        scene.clock.now = 1.5
        first = await scene.source.load(A)
        await settle()
        assert await scene.source.load(A) is first
        assert first.lease.until < scene.clock.now
        scene.clock.now = 2.0
        with pytest.raises(StorageUnavailableError):
            await scene.source.load(A)
        await scene.source.aclose()

    asyncio.run(scenario())


def test_unknown_images_are_remembered_for_a_while_too(scene: Scene) -> None:
    async def scenario() -> None:
        for _ in range(3):
            with pytest.raises(UnknownImageError):
                await scene.source.load(ImageName("nothing"))
        assert scene.store.reads == ["record.json"]

    asyncio.run(scenario())


def test_what_has_just_been_published_is_soon_found(scene: Scene) -> None:
    async def scenario() -> None:
        name = ImageName("new")
        with pytest.raises(UnknownImageError):
            await scene.source.load(name)
        record = dataclasses.replace(scene.record, identifier="new")
        scene.store.put(record_key("new"), format_record(record))
        scene.clock.now += UNKNOWN_TTL_S
        assert (await scene.source.load(name)).record == record

    asyncio.run(scenario())


def test_deleted_images_are_gone_in_every_revision(scene: Scene) -> None:
    tombstone = dataclasses.replace(scene.record, state="deleted", revision=None)
    scene.store.put(record_key("a"), format_record(tombstone))
    assert scene.record.revision is not None
    for name in (A, ImageName("a", scene.record.revision.name)):
        with pytest.raises(DeletedImageError):
            asyncio.run(scene.source.load(name))


def test_an_older_revision_is_read_from_its_own_object_once(scene: Scene, publish: Publish, photograph: Any) -> None:
    async def scenario() -> None:
        assert scene.record.revision is not None
        old_name = scene.record.revision.name
        publish(scene.store, photograph(30, 20), revision="02new")
        old = await scene.source.load(ImageName("a", old_name))
        new = await scene.source.load(ImageName("a", "02new"))
        current = await scene.source.load(A)
        assert (old.revision.width, new.revision.width, current.revision.width) == (700, 30, 30)
        assert (old.pinned, new.pinned, current.pinned) == (True, True, False)
        assert await scene.source.load(ImageName("a", old_name)) is old
        assert scene.store.reads == ["record.json", "revision.json"]
        with pytest.raises(UnknownImageError):
            await scene.source.load(ImageName("a", "03never"))

    asyncio.run(scenario())


@pytest.mark.parametrize("data", [b"{}", b"\xff", b""])
def test_a_record_that_cannot_be_read_is_damage(scene: Scene, data: bytes) -> None:
    scene.store.put(record_key("a"), data)
    with pytest.raises(DamagedImageError):
        asyncio.run(scene.source.load(A))


def test_a_record_of_another_image_is_damage(scene: Scene) -> None:
    scene.store.put(record_key("b"), format_record(scene.record))
    with pytest.raises(DamagedImageError):
        asyncio.run(scene.source.load(ImageName("b")))


@pytest.mark.parametrize("data", [b"NOINDEX!" + bytes(8), b"", b"short"])
def test_an_index_that_cannot_be_read_is_damage(scene: Scene, data: bytes) -> None:
    async def scenario() -> None:
        image = await scene.source.load(A)
        scene.store.put(revision_object_key("a", image.revision.name, "index"), data)
        for number in (FIRST_ENTRIES, FIRST_ENTRIES + 1):
            with pytest.raises(DamagedImageError):
                await scene.source.load_entry(image, number)

    asyncio.run(scenario())


def test_an_entry_behind_the_end_of_the_index_is_damage(scene: Scene) -> None:
    async def scenario() -> None:
        with pytest.raises(DamagedImageError):
            await scene.source.load_entry(await scene.source.load(A), 4000)

    asyncio.run(scenario())


def test_what_is_to_be_forgotten_is_no_longer_taken_for_granted(older: Scene) -> None:
    async def scenario() -> None:
        image = await older.source.load(A)
        assert older.source.peek_entry(image, 0) is None
        entry = await older.source.load_entry(image, 0)
        assert older.source.peek_entry(image, 0) == entry
        assert older.source.peek_entry(image, 4000) is None
        older.source.forget("a")
        assert image.lease.until <= older.clock.now

    asyncio.run(scenario())
