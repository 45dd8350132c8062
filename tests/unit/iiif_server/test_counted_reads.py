from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from config.metrics import Samples
from iiif_server.counted_reads import CountedReads
from storage.errors import ObjectNotFoundError, RangeNotSatisfiableError, StorageUnavailableError
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore
from storage.ports import InstantReader, StoredObject


class Away(MemoryStore):
    async def fetch(self, key: str) -> StoredObject:
        raise StorageUnavailableError(key, "away")


def totals(samples: Samples, name: str) -> dict[str, float]:
    return {
        ",".join(value for _, value in key.labels): value
        for key, value in samples.items()
        if key.family.name == name and key.suffix in ("_total", "_count")
    }


def test_reads_are_counted_by_how_they_ended() -> None:
    async def scenario() -> None:
        store = MemoryStore()
        store.put("a", b"12345")
        reads = CountedReads(store)
        assert (await reads.fetch("a")).data == b"12345"
        assert await reads.fetch_range("a", 1, 3) == b"23"
        with pytest.raises(ObjectNotFoundError):
            await reads.fetch("b")
        with pytest.raises(RangeNotSatisfiableError):
            await reads.fetch_range("a", 10, 11)
        assert totals(reads.samples(), "pigture_storage_reads") == {"ok": 2, "missing": 1, "changed": 1}
        assert totals(reads.samples(), "pigture_storage_read_bytes") == {"": 7}
        assert totals(reads.samples(), "pigture_storage_read_duration_seconds") == {"": 2}

    asyncio.run(scenario())


def test_a_store_that_does_not_answer_is_seen() -> None:
    async def scenario() -> None:
        reads = CountedReads(Away())
        with pytest.raises(StorageUnavailableError):
            await reads.fetch("a")
        assert totals(reads.samples(), "pigture_storage_reads") == {"failed": 1}

    asyncio.run(scenario())


def test_instant_reads_are_offered_where_the_store_offers_them(tmp_path: Path) -> None:
    store = FilesystemStore(tmp_path)
    assert isinstance(CountedReads(store), InstantReader)
    assert CountedReads(store).read_now == store.read_now
    assert not isinstance(CountedReads(MemoryStore()), InstantReader)
