"""What every store promises of conditional puts, also of those that race."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import PreconditionFailedError
from storage.ports import Store
from storage.urls import open_store
from tests.fixtures.stores import S3, keys


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


def test_puts_and_deletes_in_one_folder_do_not_disturb_each_other(store: Store) -> None:
    def act(number: int) -> None:
        for step in range(15):
            store.put(f"folder/sub/{number}", b"%d" % step)
            assert store.read(f"folder/sub/{number}").data == b"%d" % step
            store.delete(f"folder/sub/{number}")

    assert race(3, act) == [None, None, None]
    assert keys(store, "") == []
