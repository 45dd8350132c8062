"""Reads that need no thread, and what happens where they do."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from storage.errors import ObjectNotFoundError, StorageUnavailableError
from storage.file_reads import INSTANT_BYTES, FileRangeReader

DATA = bytes(range(256)) * 100


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[FileRangeReader]:
    (tmp_path / "object").write_bytes(DATA)
    opened = FileRangeReader(tmp_path, max_open=4)
    yield opened
    asyncio.run(opened.aclose())


def fetch_range(reader: FileRangeReader, key: str, start: int, end: int) -> bytes:
    return asyncio.run(reader.fetch_range(key, start, end))


def open_descriptors(folder: Path) -> int:
    """How many files of the folder this process has open."""
    gc.collect()
    targets = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the descriptor of this very listing
            targets.append(link.readlink())
    return sum(folder in target.parents for target in targets)


def replace_preadv(monkeypatch: pytest.MonkeyPatch, error: OSError | None = None, limit: int = 0) -> list[int]:
    """Makes preadv fail, or read at most `limit` bytes; returns the list of its calls' offsets."""
    original = os.preadv
    calls: list[int] = []

    def preadv(descriptor: int, buffers: list[memoryview], offset: int, flags: int = 0) -> int:
        calls.append(offset)
        if error is not None:
            raise type(error)(*error.args)  # a new one: its traceback would keep files open
        return original(descriptor, [buffers[0][:limit]], offset, flags)

    monkeypatch.setattr(os, "preadv", preadv)
    return calls


def test_what_would_block_is_read_by_a_thread(reader: FileRangeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replace_preadv(monkeypatch, BlockingIOError(errno.EAGAIN, "would block"))
    assert fetch_range(reader, "object", 10, 300) == DATA[10:300]
    assert fetch_range(reader, "object", 10, 300) == DATA[10:300]
    assert asyncio.run(reader.fetch("object")).data == DATA
    assert calls == [10, 10, 0]


def test_the_rest_of_a_short_read_is_read_by_a_thread(
    reader: FileRangeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_preadv(monkeypatch, limit=7)
    assert fetch_range(reader, "object", 10, 300) == DATA[10:300]
    assert fetch_range(reader, "object", 10, 15) == DATA[10:15]


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_nowait_is_asked_once(
    reader: FileRangeReader, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    calls = replace_preadv(monkeypatch, OSError(code, "not here"))
    assert fetch_range(reader, "object", 10, 300) == DATA[10:300]
    assert fetch_range(reader, "object", 20, 300) == DATA[20:300]
    assert calls == [10]


def test_a_fault_of_the_disk_is_told(reader: FileRangeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_preadv(monkeypatch, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(StorageUnavailableError, match="object: Input/output error"):
        fetch_range(reader, "object", 10, 300)


def test_files_stay_open_up_to_a_bound(reader: FileRangeReader, tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"o{number}").write_bytes(b"%d" % number)
    for number in (*range(10), 3, 9):
        assert fetch_range(reader, f"o{number}", 0, 10) == b"%d" % number
    assert open_descriptors(tmp_path) == 4
    asyncio.run(reader.aclose())
    assert open_descriptors(tmp_path) == 0


def test_a_file_is_not_closed_under_a_read(
    reader: FileRangeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_preadv(monkeypatch, BlockingIOError(errno.EAGAIN, "would block"))
    keys = [f"o{number}" for number in range(64)]
    for key in keys:
        (tmp_path / key).write_bytes(key.encode() * 1000)

    async def read_all() -> list[bytes]:
        return await asyncio.gather(*(reader.fetch_range(key, 0, 10_000) for key in keys))

    assert asyncio.run(read_all()) == [key.encode() * 1000 for key in keys]
    assert open_descriptors(tmp_path) == 4


def test_an_object_that_went_away_is_closed(reader: FileRangeReader, tmp_path: Path) -> None:
    assert fetch_range(reader, "object", 0, 3) == DATA[:3]
    (tmp_path / "object").unlink()
    with pytest.raises(ObjectNotFoundError):
        fetch_range(reader, "object", 0, 3)
    assert open_descriptors(tmp_path) == 0


def test_a_folder_is_no_object(reader: FileRangeReader, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ObjectNotFoundError):
        fetch_range(reader, "folder", 0, 3)
    with pytest.raises(ObjectNotFoundError):
        asyncio.run(reader.fetch("folder"))
    assert open_descriptors(tmp_path) == 0


def test_at_once_means_from_a_file_that_is_open_and_in_memory_or_not_at_all(
    reader: FileRangeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader.read_now("object", 10, 20) is None
    assert fetch_range(reader, "object", 0, 1) == DATA[:1]
    assert reader.read_now("object", 10, 20) == DATA[10:20]
    assert reader.read_now("object", len(DATA) - 5, len(DATA) + 5) is None
    assert reader.read_now("object", 0, INSTANT_BYTES + 1) is None
    replace_preadv(monkeypatch, limit=3)
    assert reader.read_now("object", 10, 20) is None
    replace_preadv(monkeypatch, BlockingIOError(errno.EAGAIN, "would block"))
    assert reader.read_now("object", 10, 20) is None
