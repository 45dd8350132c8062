"""What every store promises (storage.ports), over memory, files and a real S3 server."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from storage.disk_cache import DiskCachedReader
from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
    StorageUnavailableError,
)
from storage.memory import MemoryStore
from storage.ports import ObjectInfo, ObjectReader, ObjectWriter, RangeReader, Store, StoredObject
from storage.s3_options import S3Options
from storage.urls import open_store

S3 = pytest.param("s3", marks=pytest.mark.integration)


class _Plain:
    """A memory store's own reads."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def fetch(self, key: str) -> StoredObject:
        return await MemoryStore.fetch(self._store, key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        return await MemoryStore.fetch_range(self._store, key, start, end, if_match=if_match)

    async def aclose(self) -> None:
        """Nothing to let go."""


class StoreBehindDiskCache(MemoryStore):
    """A memory store whose objects are kept on disk when they are read, as long as they are put only once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._changes: Counter[str] = Counter()
        self._cached = DiskCachedReader(
            _Plain(self), folder, 1 << 24, name="contract", is_immutable=lambda key: self._changes[key] == 1
        )

    def put(self, key: str, data: bytes, **options: Any) -> ObjectInfo:
        self._changes[key] += 1
        return super().put(key, data, **options)

    def put_file(self, key: str, path: Path, **options: Any) -> ObjectInfo:
        self._changes[key] += 1
        return super().put_file(key, path, **options)

    def delete(self, key: str) -> None:
        self._changes[key] += 1
        super().delete(key)

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        await self._cached.settle()
        for _ in range(2):
            data = await self._cached.fetch_range(key, start, end, if_match=if_match)
            await self._cached.settle()
        return data

    async def aclose(self) -> None:
        await self._cached.aclose()


@pytest.fixture(params=["memory", "filesystem", "disk cache", S3])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            opened = open_store("memory:")
        case "disk cache":
            opened = StoreBehindDiskCache(tmp_path / "cache")
        case "filesystem":
            opened = open_store((tmp_path / "root").as_uri(), create=True)
        case _:
            options = request.getfixturevalue("s3_options")
            opened = open_store(request.getfixturevalue("s3_url"), options, create=True)
    yield opened
    asyncio.run(opened.aclose())


@pytest.fixture
def local_file(tmp_path: Path) -> Path:
    path = tmp_path / "local"
    path.write_bytes(b"local bytes")
    return path


def fetch_range(store: Store, key: str, start: int, end: int, if_match: str | None = None) -> bytes:
    return asyncio.run(store.fetch_range(key, start, end, if_match=if_match))


def keys(store: Store, prefix: str) -> list[str]:
    return [info.key for info in store.list_objects(prefix)]


def race(count: int, act: Callable[[int], object]) -> list[object]:
    """The results, or PreconditionFailedErrors, of acts that begin at the same moment."""
    barrier = threading.Barrier(count)

    def run(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        except PreconditionFailedError as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


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


# Puts and their conditions


def test_the_etag_changes_with_the_bytes(store: Store) -> None:
    etags = {store.put("a", b"%04d" % number).etag for number in range(20)}
    assert len(etags) == 20


def test_if_absent_writes_once(store: Store) -> None:
    store.put("a", b"first", if_absent=True)
    with pytest.raises(PreconditionFailedError):
        store.put("a", b"second", if_absent=True)
    assert store.read("a").data == b"first"
    store.delete("a")
    store.put("a", b"third", if_absent=True)
    assert store.read("a").data == b"third"


def test_if_match_replaces_only_the_state_that_was_seen(store: Store) -> None:
    first = store.put("a", b"first").etag
    second = store.put("a", b"second", if_match=first).etag
    with pytest.raises(PreconditionFailedError):
        store.put("a", b"third", if_match=first)
    assert store.read("a").data == b"second"
    assert store.read("a").etag == second


def test_if_match_on_nothing_fails_and_writes_nothing(store: Store) -> None:
    etag = store.put("other", b"x").etag
    with pytest.raises(PreconditionFailedError):
        store.put("a", b"x", if_match=etag)
    assert keys(store, "") == ["other"]


@pytest.mark.parametrize("round_number", range(2))
def test_of_racing_puts_on_nothing_exactly_one_wins(store: Store, round_number: int) -> None:
    del round_number
    results = race(4, lambda number: store.put("a/b", b"writer %d" % number, if_absent=True))
    winners = [n for n, result in enumerate(results) if not isinstance(result, PreconditionFailedError)]
    assert len(winners) == 1
    assert store.read("a/b").data == b"writer %d" % winners[0]


@pytest.mark.parametrize("round_number", range(2))
def test_of_racing_puts_over_one_state_exactly_one_wins(store: Store, round_number: int) -> None:
    del round_number
    etag = store.put("a", b"before").etag
    results = race(4, lambda number: store.put("a", b"writer %d" % number, if_match=etag))
    winners = [n for n, result in enumerate(results) if not isinstance(result, PreconditionFailedError)]
    assert len(winners) == 1
    assert store.read("a").data == b"writer %d" % winners[0]


_INCREMENT = """
import sys
from storage.errors import PreconditionFailedError
from storage.s3_options import S3Options
from storage.urls import open_store
store = open_store(sys.argv[1], S3Options(*sys.argv[2:]) if sys.argv[2:] else None)
done = 0
while done < 20:
    seen = store.read("counter")
    try:
        store.put("counter", b"%d" % (int(seen.data) + 1), if_match=seen.etag)
        done += 1
    except PreconditionFailedError:
        pass
"""


@pytest.mark.parametrize("kind", ["filesystem", S3])
def test_no_update_is_lost_between_processes(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    url, options, arguments = (tmp_path / "root").as_uri(), None, []
    if kind == "s3":
        url, options = request.getfixturevalue("s3_url"), request.getfixturevalue("s3_options")
        arguments = [options.endpoint, options.region, options.access_key, options.secret_key]
    store = open_store(url, options, create=True)
    store.put("counter", b"0")
    command = [sys.executable, "-c", _INCREMENT, url, *arguments]
    children = [subprocess.Popen(command, cwd=pytestconfig.rootpath) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert store.read("counter").data == b"60"
    asyncio.run(store.aclose())


def test_readers_never_see_a_part_of_a_put(store: Store) -> None:
    versions = [bytes([number]) * 300_000 for number in range(6)]
    store.put("a", versions[0])
    stop = threading.Event()
    seen: list[bytes] = []

    def read_on() -> None:
        while not stop.is_set():
            data = store.read("a").data
            seen.append(data if data not in versions else b"")

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read_on) for _ in range(2)]
        for version in versions * 3:
            store.put("a", version)
        stop.set()
        for reader in readers:
            reader.result()
    assert seen
    assert set(seen) == {b""}


# Files


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


# Lists


def test_a_list_has_every_object_once(store: Store) -> None:
    names = ["a", "a-b", "a.b", "a0", "b/a-b", "b/a.c", "b/a/c", "b/a0", "Ключ", "б", "ё", "ﬀ", "𐀀"]
    for name in reversed(names):
        store.put(name, b"x")
    assert sorted(keys(store, "")) == sorted(names)


def test_a_prefix_is_text_and_no_folder(store: Store) -> None:
    for name in ("img/a/1", "img/ab/2", "img/b/3", "imgs/4", "other"):
        store.put(name, b"x")
    assert keys(store, "img") == ["img/a/1", "img/ab/2", "img/b/3", "imgs/4"]
    assert keys(store, "img/") == ["img/a/1", "img/ab/2", "img/b/3"]
    assert keys(store, "img/a") == ["img/a/1", "img/ab/2"]
    assert keys(store, "img/a/1") == ["img/a/1"]
    assert keys(store, "img/a/1/") == []
    assert keys(store, "nothing/") == []


def test_a_hostile_prefix_lists_nothing(store: Store) -> None:
    store.put("a/b", b"x")
    for prefix in ("../", "/", "//", "a/../", ".", ".tmp/", ".locks/"):
        assert keys(store, prefix) == []


def test_a_list_tells_what_head_tells(store: Store) -> None:
    store.put("a/b", b"12345")
    (listed,) = store.list_objects("a/")
    assert (listed.key, listed.size_bytes, listed.etag) == ("a/b", 5, store.head("a/b").etag)


# Deletes and what is missing


def test_delete_removes_only_its_object_and_twice_is_no_error(store: Store) -> None:
    store.put("a/b/c", b"x")
    store.put("a/b/d", b"x")
    store.delete("a/b/c")
    store.delete("a/b/c")
    store.delete("never/was")
    assert keys(store, "") == ["a/b/d"]
    store.put("a/b/c", b"again")
    assert keys(store, "") == ["a/b/c", "a/b/d"]


def test_delete_of_a_folder_removes_nothing(store: Store) -> None:
    store.put("a/b/c", b"x")
    store.delete("a")
    store.delete("a/b")
    assert keys(store, "") == ["a/b/c"]


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


def test_puts_and_deletes_in_one_folder_do_not_disturb_each_other(store: Store) -> None:
    def act(number: int) -> None:
        for step in range(15):
            store.put(f"folder/sub/{number}", b"%d" % step)
            assert store.read(f"folder/sub/{number}").data == b"%d" % step
            store.delete(f"folder/sub/{number}")

    assert race(3, act) == [None, None, None]
    assert keys(store, "") == []


# Keys

HOSTILE_KEYS = [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a\\b", "a\0b", "a\nb", "\x7f",
    ".tmp/a", ".locks/00", "\ud800", "a" * 256, "/".join(["ab"] * 400),
]  # fmt: skip


def test_a_hostile_key_is_refused_by_every_call(store: Store, local_file: Path) -> None:
    for key, act in itertools.product(HOSTILE_KEYS, hostile_calls(store, local_file)):
        with pytest.raises(InvalidKeyError):
            act(key)
    assert local_file.read_bytes() == b"local bytes"
    assert keys(store, "") == []


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


# A store that is not there


def test_an_unreachable_store_says_so(tmp_path: Path, local_file: Path) -> None:
    store = open_store("s3://bucket/prefix", S3Options("http://127.0.0.1:9", "us-east-1", "key", "secret"))
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
        lambda: list(store.list_objects("")),
        lambda: store.put_file("a", local_file, consume=True),
    ):
        with pytest.raises(StorageUnavailableError):
            act()
    assert local_file.exists()
    asyncio.run(store.aclose())


def test_credentials_that_are_nowhere_to_be_found_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = open_store("s3://bucket/prefix", S3Options("http://127.0.0.1:9"))
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
    ):
        with pytest.raises(StorageUnavailableError, match="redentials"):
            act()
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_keys_in_the_environment_do_not_mix_with_those_that_are_set(
    s3_options: S3Options, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "of somebody else")
    store = open_store(s3_url, s3_options)
    store.put("a", b"bytes")
    assert fetch_range(store, "a", 0, 5) == b"bytes"
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_keys_may_come_from_the_environment(
    s3_options: S3Options, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_options.access_key or "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_options.secret_key or "")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    store = open_store(s3_url, S3Options(s3_options.endpoint))
    store.put("a", b"bytes")
    assert fetch_range(store, "a", 0, 5) == b"bytes"
    asyncio.run(store.aclose())


@pytest.mark.integration
def test_a_missing_bucket_is_made_on_demand(s3_options: S3Options) -> None:
    url = f"s3://pigture-{uuid.uuid4().hex}/prefix"
    for _ in range(2):
        store = open_store(url, s3_options, create=True)
        store.put("a", b"x")
        assert keys(store, "") == ["a"]
        asyncio.run(store.aclose())


@pytest.mark.integration
@pytest.mark.parametrize(("bucket", "secret"), [("no-such-bucket", None), (None, "wrong")])
def test_a_missing_bucket_or_wrong_key_is_no_missing_object(
    s3_options: S3Options, s3_url: str, bucket: str | None, secret: str | None
) -> None:
    options = S3Options(s3_options.endpoint, "us-east-1", s3_options.access_key, secret or s3_options.secret_key)
    store = open_store(f"s3://{bucket}/prefix" if bucket else s3_url, options)
    for act in (
        lambda: asyncio.run(store.fetch("a")),
        lambda: fetch_range(store, "a", 0, 1),
        lambda: store.read("a"),
    ):
        with pytest.raises(StorageUnavailableError):
            act()
    asyncio.run(store.aclose())
