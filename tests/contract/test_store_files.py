"""What every store promises of local files that are put."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from storage.ports import Store
from tests.fixtures.stores import fetch_range


def test_put_file_keeps_the_local_file(store: Store, local_file: Path) -> None:
    info = store.put_file("a/file", local_file)
    assert store.read("a/file").data == local_file.read_bytes() == b"local bytes"
    assert store.head("a/file") == info or store.head("a/file").etag == info.etag


def test_put_file_that_consumes_stores_the_bytes(store: Store, local_file: Path) -> None:
    info = store.put_file("a/file", local_file, consume=True)
    assert store.read("a/file").data == b"local bytes"
    assert info.size_bytes == 11
    assert not local_file.exists()


def test_put_file_replaces_an_object(store: Store, local_file: Path) -> None:
    before = store.put("a", b"before").etag
    after = store.put_file("a", local_file).etag
    assert before != after
    assert store.read("a").etag == after


def test_large_files_survive_their_parts(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "large"
    block = hashlib.sha256(b"seed").digest() * 32768
    with path.open("wb") as file:
        for number in range(21):
            file.write(number.to_bytes(4, "big") + block)
    info = store.put_file("large", path)
    store.download("large", tmp_path / "back")
    assert info.size_bytes == path.stat().st_size > 2 * 8 * 1024 * 1024
    assert hashlib.sha256((tmp_path / "back").read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert fetch_range(store, "large", 20_000_000, 20_000_010) == path.read_bytes()[20_000_000:20_000_010]
    assert store.head("large").etag == info.etag


def test_a_local_file_that_is_missing_is_no_missing_object(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put_file("a", tmp_path / "missing")
    store.put("a", b"x")
    if store.local_path("a") is not None:
        with pytest.raises(FileNotFoundError):
            store.download("a", tmp_path / "missing" / "file")
