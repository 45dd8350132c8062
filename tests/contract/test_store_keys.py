"""What every store promises of unusual keys and hostile ones."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.errors import InvalidKeyError
from storage.ports import Store
from tests.fixtures.stores import fetch_range, keys

HOSTILE_KEYS = [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a\\b", "a\0b", "a\nb", "\x7f",
    ".tmp/a", ".locks/00", "\ud800", "a" * 256, "/".join(["ab"] * 400),
]  # fmt: skip


def hostile_calls(store: Store, local_file: Path) -> tuple[Callable[[str], object], ...]:
    return (
        lambda key: asyncio.run(store.fetch(key)),
        lambda key: fetch_range(store, key, 0, 1),
        lambda key: store.read(key),
        lambda key: store.head(key),
        lambda key: store.download(key, local_file),
        lambda key: store.local_path(key),
        lambda key: store.put(key, b"x"),
        lambda key: store.put_file(key, local_file, consume=True),
        lambda key: store.delete(key),
    )


def test_a_hostile_key_is_refused_by_every_call(store: Store, local_file: Path) -> None:
    for key, act in itertools.product(HOSTILE_KEYS, hostile_calls(store, local_file)):
        with pytest.raises(InvalidKeyError):
            act(key)
    assert local_file.read_bytes() == b"local bytes"
    assert keys(store, "") == []


@pytest.mark.parametrize(
    "key",
    [
        "masters/Старая карта №5 (копия).tif", "a/%2e%2e%2Fb", "a/b c+d&e=f;g@h?i#j", "a/'\"<>*|~^`[]{}!$,:",
        "é", "e\u0301", "😀/🗺️.png", "a/ leading", "a/trailing ", "a/.hidden", "a/...", "я" * 127,
    ],
)  # fmt: skip
def test_an_unusual_key_is_kept_as_it_is(store: Store, key: str, tmp_path: Path) -> None:
    etag = store.put(key, b"0123").etag
    assert store.read(key).data == b"0123"
    assert fetch_range(store, key, 1, 3) == b"12"
    assert fetch_range(store, key, 1, 3, etag) == b"12"
    assert asyncio.run(store.fetch(key)).data == b"0123"
    assert store.head(key).key == store.download(key, tmp_path / "copy").key == key
    assert keys(store, key) == [key]
    store.delete(key)
    assert keys(store, "") == []
