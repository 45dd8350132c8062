"""What every store promises of reading, whole objects and ranges, and of what is not there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
)
from storage.ports import ObjectReader, ObjectWriter, RangeReader, Store
from tests.fixtures.stores import fetch_range


def test_a_store_has_every_capability(store: Store) -> None:
    for capability in (RangeReader, ObjectReader, ObjectWriter, Store):
        assert isinstance(store, capability)


# Round trips


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 1000])
def test_what_was_put_is_read_by_every_way(store: Store, data: bytes, tmp_path: Path) -> None:
    info = store.put("folder/object.bin", data, content_type="image/jpeg")
    read = store.read("folder/object.bin")
    downloaded = store.download("folder/object.bin", tmp_path / "copy")
    assert read.data == data
    assert asyncio.run(store.fetch("folder/object.bin")) == read
    assert (tmp_path / "copy").read_bytes() == data
    assert info.key == downloaded.key == "folder/object.bin"
    assert info.size_bytes == downloaded.size_bytes == len(data)
    assert info.etag == read.etag == downloaded.etag


def test_head_tells_size_etag_and_an_aware_date(store: Store) -> None:
    put = store.put("a", b"12345")
    info = store.head("a")
    assert (info.key, info.size_bytes, info.etag) == ("a", 5, put.etag)
    assert abs((info.modified - put.modified).total_seconds()) < 60


def test_download_replaces_a_local_file_and_leaves_nothing_else(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "file").write_bytes(b"something longer than the object")
    store.put("a", b"new")
    store.download("a", folder / "file")
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("file", b"new")]


def test_a_local_path_holds_the_object_and_remote_stores_have_none(store: Store) -> None:
    store.put("a/b", b"bytes")
    path = store.local_path("a/b")
    assert path is None or path.read_bytes() == b"bytes"


# Ranges


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 1, b"0"), (3, 7, b"3456"), (0, 10, b"0123456789"), (8, 1000, b"89"), (9, 10, b"9")],
)
def test_ranges_are_half_open_and_clipped_at_the_end(store: Store, start: int, end: int, expected: bytes) -> None:
    store.put("a", b"0123456789")
    assert fetch_range(store, "a", start, end) == expected


@pytest.mark.parametrize(("start", "end"), [(10, 11), (10, 1000), (5000, 6000)])
def test_a_range_that_begins_at_or_behind_the_end_is_refused(store: Store, start: int, end: int) -> None:
    etag = store.put("a", b"0123456789").etag
    with pytest.raises(RangeNotSatisfiableError):
        fetch_range(store, "a", start, end)
    with pytest.raises(RangeNotSatisfiableError):
        fetch_range(store, "a", start, end, if_match=etag)


def test_an_empty_object_has_no_range(store: Store) -> None:
    store.put("a", b"")
    with pytest.raises(RangeNotSatisfiableError):
        fetch_range(store, "a", 0, 10)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_what_is_no_range_is_a_programming_error(store: Store, start: int, end: int) -> None:
    store.put("a", b"0123456789")
    with pytest.raises(ValueError, match="not a range"):
        fetch_range(store, "a", start, end)


def test_a_range_larger_than_any_buffer_is_complete(store: Store) -> None:
    data = b"".join(number.to_bytes(4, "big") for number in range(1_500_000))
    store.put("large", data)
    assert fetch_range(store, "large", 3, 5_999_990) == data[3:5_999_990]


def test_many_tasks_read_ranges_at_once(store: Store) -> None:
    data = bytes(range(256)) * 40
    for number in range(8):
        store.put(f"o{number}", bytes([number]) + data)

    async def read_all() -> list[bytes]:
        reads = (store.fetch_range(f"o{n % 8}", n // 8, n // 8 + 100) for n in range(200))
        return await asyncio.gather(*reads)

    results = asyncio.run(read_all())
    assert results == [(bytes([n % 8]) + data)[n // 8 : n // 8 + 100] for n in range(200)]


def test_a_range_with_if_match_wants_the_present_etag(store: Store) -> None:
    old = store.put("a", b"old bytes").etag
    assert fetch_range(store, "a", 0, 3, if_match=old) == b"old"
    new = store.put("a", b"new bytes").etag
    with pytest.raises(PreconditionFailedError):
        fetch_range(store, "a", 0, 3, if_match=old)
    assert fetch_range(store, "a", 0, 3, if_match=new) == b"new"


def test_a_range_after_a_replacement_has_the_new_bytes(store: Store) -> None:
    for number in range(10):
        store.put("a", b"%09d" % number)
        assert fetch_range(store, "a", 0, 9) == b"%09d" % number
    store.delete("a")
    with pytest.raises(ObjectNotFoundError):
        fetch_range(store, "a", 0, 9)


@pytest.mark.parametrize("key", ["missing", "folder", "folder/object/below"])
def test_what_is_missing_is_not_found(store: Store, key: str, tmp_path: Path) -> None:
    store.put("folder/object", b"x")
    for act in (
        lambda: asyncio.run(store.fetch(key)),
        lambda: fetch_range(store, key, 0, 1),
        lambda: store.read(key),
        lambda: store.head(key),
        lambda: store.download(key, tmp_path / "copy"),
    ):
        with pytest.raises(ObjectNotFoundError) as caught:
            act()
        assert caught.value.key == key
    assert not (tmp_path / "copy").exists()


def test_a_condition_on_what_is_missing_is_not_found(store: Store) -> None:
    with pytest.raises(ObjectNotFoundError):
        fetch_range(store, "missing", 0, 1, '"etag"')
