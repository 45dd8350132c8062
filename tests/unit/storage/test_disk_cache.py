"""Ranges kept on a local disk: found again, never wrong, never in the way."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.cache_folder import CacheFolder, open_entry, seal_entry
from storage.disk_cache import MAX_ENTRY_BYTES, DiskCachedReader
from storage.errors import ObjectNotFoundError, RangeNotSatisfiableError
from storage.memory import MemoryStore
from storage.ports import StoredObject

KEY, MUTABLE = "images/a/b/c/rev/pyramid.tif", "images/a/b/c/record.json"
DATA = bytes(range(256)) * 4000


class CountingStore(MemoryStore):
    """A store that notes the ranges that were read."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges: list[tuple[str, int, int]] = []
        self.put(KEY, DATA)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.ranges.append((key, start, end))
        return await super().fetch_range(key, start, end, if_match=if_match)

    async def fetch(self, key: str) -> StoredObject:
        return await super().fetch(key)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


Read = Callable[..., list[bytes]]


@pytest.fixture
def read(store: CountingStore, folder: Path) -> Read:
    """read((key, start, end)…, **options): the ranges one after another, by a new reader."""

    def run(*ranges: tuple[str, int, int], name: str = "here", capacity: int = 1 << 24) -> list[bytes]:
        async def go() -> list[bytes]:
            reader = DiskCachedReader(
                store, folder, capacity, name=name, is_immutable=lambda key: key.endswith(".tif")
            )
            found = []
            for key, start, end in ranges:
                found.append(await reader.fetch_range(key, start, end))
                await reader.settle()
            await reader.aclose()
            return found

        return asyncio.run(go())

    return run


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*/*") if path.is_file())


def test_a_range_is_fetched_once_and_outlives_its_reader(read: Read, store: CountingStore) -> None:
    for _ in range(3):
        assert read((KEY, 100, 5000)) == [DATA[100:5000]]
    assert store.ranges == [(KEY, 100, 5000)]
    assert read((KEY, 100, 5001)) == [DATA[100:5001]]
    assert len(store.ranges) == 2


def test_a_range_over_the_end_is_kept_as_it_came(read: Read, store: CountingStore) -> None:
    for _ in range(2):
        assert read((KEY, len(DATA) - 10, len(DATA) + 50_000)) == [DATA[-10:]]
    assert len(store.ranges) == 1


def test_what_may_be_replaced_or_is_long_is_never_kept(read: Read, store: CountingStore, folder: Path) -> None:
    store.put(MUTABLE, b"old")
    assert read((MUTABLE, 0, 10)) == [b"old"]
    store.put(MUTABLE, b"new")
    assert read((MUTABLE, 0, 10)) == [b"new"]
    read((KEY, 0, MAX_ENTRY_BYTES + 1))
    assert not folder.exists()


def test_errors_of_the_store_come_through_and_are_not_kept(read: Read, store: CountingStore, folder: Path) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        read((KEY, len(DATA), len(DATA) + 1))
    with pytest.raises(ObjectNotFoundError):
        read(("x.tif", 0, 1))
    assert not folder.exists()


def test_stores_that_share_a_folder_do_not_meet(read: Read, store: CountingStore) -> None:
    read((KEY, 0, 10))
    store.put(KEY, b"0123456789")
    assert read((KEY, 0, 10), name="elsewhere") == [b"0123456789"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:5],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:-7] + bytes([data[-7] ^ 1]) + data[-6:],
        lambda data: bytes(len(data)),
        lambda data: seal_entry("another/name", data[8:]),
    ],
    ids=["empty", "head", "short", "long", "flipped", "zeros", "misplaced"],
)
def test_a_damaged_file_is_fetched_again_and_replaced(
    read: Read, store: CountingStore, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    read((KEY, 0, 1000))
    (path,) = entries(folder)
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    assert read((KEY, 0, 1000)) == [DATA[:1000]]
    assert len(store.ranges) == 2
    assert path.read_bytes() == sound


def test_a_folder_that_cannot_be_written_is_told_once_and_does_no_harm(
    read: Read, store: CountingStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        assert read((KEY, 0, 10), (KEY, 10, 20), (KEY, 20, 30)) == [DATA[:10], DATA[10:20], DATA[20:30]]
    assert len([record for record in caplog.records if "cannot be written" in record.message]) == 1


def test_the_folder_stays_within_its_size_and_loses_what_was_not_used_for_longest(folder: Path) -> None:
    cache = CacheFolder(folder, 40 * 4096)
    for number in range(30):
        cache.write(f"aa/{number:02}", bytes(4000))
        os.utime(folder / f"aa/{number:02}", (number, number))
    cache.touch(["aa/00", "aa/gone"])
    for number in range(30, 45):
        cache.write(f"aa/{number:02}", bytes(4000))
        assert len(entries(folder)) <= 40
    names = {path.name for path in entries(folder)}
    assert {"00", "44"} <= names
    assert "01" not in names


def test_leftovers_of_killed_writers_are_removed(folder: Path) -> None:
    (folder / "aa").mkdir(parents=True)
    old, fresh = folder / "aa/tmp-old", folder / "aa/tmp-fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    CacheFolder(folder, 1 << 20).write("aa/x", b"data")
    assert not old.exists()
    assert fresh.exists()


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = CacheFolder(folder, 1 << 20)
    cache.write("aa/x", b"data")

    def fail(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="No space"):
        cache.write("aa/y", b"data")
    assert [path.name for path in entries(folder)] == ["x"]


_WRITER = """
import sys, itertools
from pathlib import Path
from storage.cache_folder import CacheFolder
cache = CacheFolder(Path(sys.argv[1]), 60 * 4096)
for number in itertools.count():
    cache.write(f"aa/{number % 90}", bytes([number % 90]) * 3000)
    if number == 100:
        print("going", flush=True)
"""


def test_processes_that_share_the_folder_may_be_killed_at_any_time(folder: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE) for _ in range(3)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"going\n"
        time.sleep(0.05)
    finally:
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
    found = [path for path in entries(folder) if not path.name.startswith("tmp-")]
    assert found
    for path in found:
        assert open_entry(f"aa/{path.name}", path.read_bytes()) == bytes([int(path.name)]) * 3000
    CacheFolder(folder, 60 * 4096).write("aa/after", b"data")
    assert len(entries(folder)) <= 60
