import asyncio

import crc32c
import pytest

from iiif_server.errors import DamagedImageError
from iiif_server.tiles import MAX_GAP_BYTES, MAX_RUN_BYTES, TileLocation, TileReader, split_runs
from storage.memory import MemoryStore


class CountingStore(MemoryStore):
    """Knows how often ranges were read."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges: list[tuple[int, int]] = []

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.ranges.append((start, end))
        await asyncio.sleep(0)
        return await super().fetch_range(key, start, end, if_match=if_match)


DATA = bytes(range(256)) * 4


def make_store() -> CountingStore:
    store = CountingStore()
    store.put("p", DATA)
    return store


def location(start: int, end: int, prefix: bytes = b"") -> TileLocation:
    return TileLocation("p", start, end, crc32c.crc32c(DATA[start:end]), prefix)


def test_the_prefix_stands_in_front_of_the_checked_bytes() -> None:
    tile = location(10, 20, b"prefix")
    assert asyncio.run(TileReader(make_store()).read(tile)) == b"prefix" + DATA[10:20]
    assert tile.size_bytes == 16


@pytest.mark.parametrize(
    "damaged",
    [
        TileLocation("p", 10, 20, 12345, b""),
        TileLocation("p", len(DATA) - 2, len(DATA) + 2, crc32c.crc32c(DATA[-2:]), b""),
        TileLocation("p", len(DATA), len(DATA) + 2, 0, b""),
    ],
    ids=["changed", "cut off", "missing"],
)
def test_damaged_bytes_are_never_returned(damaged: TileLocation) -> None:
    with pytest.raises(DamagedImageError):
        asyncio.run(TileReader(make_store()).read(damaged))
    with pytest.raises(DamagedImageError):
        asyncio.run(TileReader(make_store()).read_all([location(0, 5), damaged]))


def test_neighbours_are_read_at_once_and_come_back_in_order() -> None:
    store = make_store()
    wanted = [location(30, 40), location(0, 10, b"x"), location(10, 30)]
    tiles = asyncio.run(TileReader(store).read_all(wanted))
    assert tiles == [DATA[30:40], b"x" + DATA[:10], DATA[10:30]]
    assert store.ranges == [(0, 40)]


def test_runs_end_at_wide_gaps_and_at_their_largest_size() -> None:
    def at(start: int, end: int) -> TileLocation:
        return TileLocation("p", start, end, 0, b"")

    far = 100 + MAX_GAP_BYTES + 1
    assert list(split_runs([at(0, 100), at(far, far + 1)])) == [[at(0, 100)], [at(far, far + 1)]]
    large = [at(0, MAX_RUN_BYTES), at(MAX_RUN_BYTES, MAX_RUN_BYTES + 1)]
    assert list(split_runs(large)) == [[large[0]], [large[1]]]
    assert list(split_runs([])) == []


def test_with_a_cache_a_tile_is_read_once_also_by_many_at_a_time() -> None:
    async def scenario() -> None:
        store = make_store()
        reader = TileReader(store, cache_bytes=1000)
        tile = location(0, 100)
        assert len(set(await asyncio.gather(*(reader.read(tile) for _ in range(4))))) == 1
        await reader.read(tile)
        assert store.ranges == [(0, 100)]

    asyncio.run(scenario())
