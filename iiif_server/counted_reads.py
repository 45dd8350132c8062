"""A store's reads, counted by how they ended."""

from __future__ import annotations

import time

from config.metrics import Family, Histogram, Samples, series
from storage.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
    StorageError,
)
from storage.ports import InstantReader, RangeReader, StoredObject

READ_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

_READS = Family(
    "pigture_storage_reads", "counter", "Reads of storage, instant reads of tiles apart, by their outcome."
)
_BYTES = Family("pigture_storage_read_bytes", "counter", "Bytes read from storage, instant reads of tiles apart.")
_DURATION = Family("pigture_storage_read_duration_seconds", "histogram", "Time of a successful read of storage.")


class CountedReads:
    """A RangeReader; an InstantReader too where the store is one, whose instant reads are not counted here."""

    def __init__(self, store: RangeReader) -> None:
        self._store = store
        self._outcomes: dict[str, int] = {}
        self._bytes = 0
        self._duration = Histogram(READ_BOUNDS_S)
        if isinstance(store, InstantReader):
            self.read_now = store.read_now

    async def fetch(self, key: str) -> StoredObject:
        """The whole object."""
        began = time.perf_counter()
        try:
            stored = await self._store.fetch(key)
        except StorageError as exc:
            self._fail(exc)
            raise
        self._succeed(len(stored.data), time.perf_counter() - began)
        return stored

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size))."""
        began = time.perf_counter()
        try:
            data = await self._store.fetch_range(key, start, end, if_match=if_match)
        except StorageError as exc:
            self._fail(exc)
            raise
        self._succeed(len(data), time.perf_counter() - began)
        return data

    async def aclose(self) -> None:
        """Lets go of connections and open files."""
        await self._store.aclose()

    def samples(self) -> Samples:
        """Reads by outcome, bytes and durations."""
        reads = {series(_READS, outcome=name): float(count) for name, count in list(self._outcomes.items())}
        return reads | {series(_BYTES): float(self._bytes)} | self._duration.samples(_DURATION)

    def _succeed(self, size_bytes: int, duration_s: float) -> None:
        self._outcomes["ok"] = self._outcomes.get("ok", 0) + 1
        self._bytes += size_bytes
        self._duration.observe(duration_s)

    def _fail(self, error: StorageError) -> None:
        match error:
            case ObjectNotFoundError():
                outcome = "missing"
            case PreconditionFailedError() | RangeNotSatisfiableError():
                outcome = "changed"
            case _:
                outcome = "failed"
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
