import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from iiif_server import renders
from iiif_server.admission import Admission
from iiif_server.errors import InvalidRequestError, OverloadedError, RenderCancelledError, TooLargeRequestError
from iiif_server.geometry import Limits, resolve_request
from iiif_server.grammar import parse_request
from iiif_server.plan import Render, plan_request
from iiif_server.published import PublishedImage
from iiif_server.record import Record
from iiif_server.renders import Renderer, RenderParts
from iiif_server.request import ImageName, ImageRequest, Version
from iiif_server.source import ImageSource
from iiif_server.tiles import TileReader
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore


class Kitchen:
    """A Renderer whose work stands still in its thread until it is let go, or cancelled."""

    def __init__(
        self,
        store: MemoryStore | FilesystemStore,
        monkeypatch: pytest.MonkeyPatch,
        *,
        slots: int = 1,
        queue: int = 1,
        cache_bytes: int = 0,
    ) -> None:
        self.go = threading.Event()
        self.started = threading.Semaphore(0)
        self.outcomes: list[str] = []
        self.source = ImageSource(store, record_ttl_s=9, record_cache_entries=9, index_cache_bytes=1 << 20)
        self.admission = Admission(slots=slots, queue=queue, capacity_bytes=10_000_000)
        self.threads = ThreadPoolExecutor(slots)
        parts = RenderParts(self.source, TileReader(store), self.admission, self.threads, cache_bytes)
        self.renderer = Renderer(parts)
        monkeypatch.setattr(renders, "render_image", self.cook)

    def cook(
        self,
        plan: Render,
        scale: int,
        bands: int,
        tiles: list[bytes],
        is_cancelled: Callable[[], bool],
        profile: bytes,
    ) -> bytes:
        self.started.release()
        while not self.go.wait(0.001):
            if is_cancelled():
                self.outcomes.append("cancelled")
                raise RenderCancelledError
        self.outcomes.append("done")
        return b"image"

    async def begin(self) -> None:
        """Returns when one more render stands in its thread."""
        await asyncio.get_running_loop().run_in_executor(None, self.started.acquire)

    async def order(self, path: str = "full/90,/0/default.png", key: str = "k") -> asyncio.Task[bytes]:
        image = await self.source.load(ImageName("a"))
        return asyncio.create_task(self.renderer.render(image, plan_of(image, path), key))


def plan_of(image: PublishedImage, path: str) -> Render:
    request = parse_request(Version.V3, f"a/{path}")
    assert isinstance(request, ImageRequest)
    size = image.revision.width, image.revision.height
    plan = plan_request(resolve_request(request, *size, Limits(max_area=1 << 30)), image.revision)
    assert isinstance(plan, Render)
    return plan


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def store(publish: Callable[..., Record], photograph: Callable[..., Any]) -> MemoryStore:
    store = MemoryStore()
    publish(store, photograph(600, 400))
    return store


def test_equal_requests_are_computed_once(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        orders = [await kitchen.order() for _ in range(5)]
        await kitchen.begin()
        kitchen.go.set()
        assert await asyncio.gather(*orders) == [b"image"] * 5
        assert kitchen.outcomes == ["done"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "is_slight"),
    [
        ("full/90,/0/default.jpg", True),
        ("full/90,/0/color.jpg", True),
        ("full/90,/0/default.png", False),
        ("full/90,/90/default.jpg", False),
        ("full/90,/0/gray.jpg", False),
        ("full/^513,513/0/default.jpg", False),
        ("500,10,90,90/max/0/default.jpg", False),
    ],
)
def test_only_a_small_jpeg_of_one_tile_is_computed_within_the_event_loop(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, path: str, *, is_slight: bool
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        threads = []
        monkeypatch.setattr(
            renders, "render_image", lambda *_: threads.append(threading.current_thread()) or b"image"
        )
        assert await (await kitchen.order(path)) == b"image"
        assert [thread is threading.current_thread() for thread in threads] == [is_slight]
        assert kitchen.admission.running == 0

    asyncio.run(scenario())


def test_small_results_are_kept_as_long_as_there_is_room(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch, cache_bytes=9)
        kitchen.go.set()
        for key in ("first", "first", "second", "second", "first"):
            assert await (await kitchen.order(key=key)) == b"image"
        assert kitchen.outcomes == ["done"] * 3

    asyncio.run(scenario())


def test_large_results_are_not_kept(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(renders, "KEPT_BYTES_EACH", 4)
        kitchen = Kitchen(store, monkeypatch, cache_bytes=1000)
        kitchen.go.set()
        for _ in range(2):
            assert await (await kitchen.order()) == b"image"
        assert kitchen.outcomes == ["done"] * 2

    asyncio.run(scenario())


def test_one_who_leaves_does_not_end_the_work_of_the_others(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        first, second = await kitchen.order(), await kitchen.order()
        await kitchen.begin()
        first.cancel()
        await settle()
        kitchen.go.set()
        assert await second == b"image"

    asyncio.run(scenario())


def test_the_last_one_who_leaves_ends_the_work_and_frees_its_place_when_the_thread_is_done(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        only = await kitchen.order()
        await kitchen.begin()
        following = await kitchen.order("full/80,/0/default.png", "other")
        await settle()
        assert kitchen.admission.waiting == 1
        only.cancel()
        await kitchen.begin()
        assert kitchen.outcomes == ["cancelled"]
        kitchen.go.set()
        assert await following == b"image"

    asyncio.run(scenario())


def test_a_full_line_refuses_and_one_who_leaves_the_line_frees_a_place(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        cooking = await kitchen.order()
        await kitchen.begin()
        waiting = await kitchen.order("full/80,/0/default.png", "2")
        await settle()
        with pytest.raises(OverloadedError):
            await (await kitchen.order("full/70,/0/default.png", "3"))
        waiting.cancel()
        await settle()
        successor = await kitchen.order("full/60,/0/default.png", "4")
        await settle()
        kitchen.go.set()
        assert await asyncio.gather(cooking, successor) == [b"image"] * 2
        assert kitchen.outcomes == ["done"] * 2

    asyncio.run(scenario())


def test_what_never_fits_is_refused_before_a_tile_is_read(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        with pytest.raises(TooLargeRequestError):
            await (await kitchen.order("full/^4000,/0/default.png"))
        with pytest.raises(InvalidRequestError):
            await (await kitchen.order("full/^20000,1/0/default.webp"))
        assert kitchen.outcomes == []

    asyncio.run(scenario())


def test_an_error_while_reading_gives_the_place_back(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, publish: Callable[..., Record]
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(store, monkeypatch)
        kitchen.go.set()
        image = await kitchen.source.load(ImageName("a"))
        broken = plan_of(image, "full/90,/0/default.png")
        key = f"{image.pyramid_key}"
        pyramid = store.read(key).data
        store.put(key, bytes(len(pyramid)))
        for _ in range(3):
            with pytest.raises(Exception, match="checksum"):
                await kitchen.renderer.render(image, broken, "k")
        store.put(key, pyramid)
        assert await kitchen.renderer.render(image, broken, "k") == b"image"

    asyncio.run(scenario())


BRIEF = "full/90,/0/default.jpg"


@pytest.fixture
def files(publish: Callable[..., Record], photograph: Callable[..., Any], tmp_path: Path) -> FilesystemStore:
    store = FilesystemStore(tmp_path / "storage")
    publish(store, photograph(600, 400))
    return store


def test_brief_is_a_small_jpeg_of_one_tile_that_can_be_read_at_once(
    files: FilesystemStore, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        cases = ((files, BRIEF, True), (files, "full/90,/0/default.png", False), (store, BRIEF, False))
        for kept, path, is_brief in cases:
            kitchen = Kitchen(kept, monkeypatch)
            image = await kitchen.source.load(ImageName("a"))
            assert kitchen.renderer.is_brief(image, plan_of(image, path)) is is_brief

    asyncio.run(scenario())


def test_what_is_brief_is_computed_once_for_all_who_ask_and_not_where_all_have_gone(
    files: FilesystemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kitchen = Kitchen(files, monkeypatch, queue=3)
        kitchen.go.set()
        image = await kitchen.source.load(ImageName("a"))
        plan = plan_of(image, BRIEF)
        await kitchen.admission.enter(1)
        orders = [
            asyncio.create_task(kitchen.renderer.render(image, plan, "k", None, has_gone))
            for has_gone in (lambda: True, lambda: False, lambda: False)
        ]
        await settle()
        kitchen.admission.leave(1)
        assert await asyncio.gather(*orders) == [b"image"] * 3
        with pytest.raises(RenderCancelledError):
            await kitchen.renderer.render(image, plan, "k", None, lambda: True)
        assert kitchen.admission.running == 0
        assert kitchen.outcomes == ["done"]

    asyncio.run(scenario())
