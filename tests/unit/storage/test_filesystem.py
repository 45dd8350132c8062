"""What only files have: no leftovers, renames, hard links, a full disk."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from storage.errors import InvalidKeyError, PreconditionFailedError, StorageFullError, StorageUnavailableError
from storage.filesystem import FilesystemStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def store(root: Path) -> FilesystemStore:
    return FilesystemStore(root)


@pytest.fixture
def local_file(tmp_path: Path) -> Path:
    path = tmp_path / "local"
    path.write_bytes(b"local bytes")
    return path


def leftovers(root: Path) -> list[Path]:
    return list((root / ".tmp").iterdir())


def fail_with(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, fail)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFullError),
        (errno.EDQUOT, StorageFullError),
        (errno.EFBIG, StorageFullError),
        (errno.EIO, StorageUnavailableError),
        (errno.EROFS, StorageUnavailableError),
        (errno.EACCES, StorageUnavailableError),
    ],
)
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_put_that_fails_changes_nothing_and_leaves_nothing(
    store: FilesystemStore,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    code: int,
    error: type[Exception],
) -> None:
    before = store.put("a/b", b"before")
    with monkeypatch.context() as patched:
        fail_with(patched, call, code)
        with pytest.raises(error):
            store.put("a/b", b"after")
        with pytest.raises(error):
            store.put("c/d", b"after")
    assert list(store.list_objects("")) == [before]
    assert leftovers(root) == []


def test_a_file_that_does_not_fit_is_kept_where_it_is(
    store: FilesystemStore, root: Path, local_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        fail_with(patched, "copy_file_range", errno.ENOSPC)
        with pytest.raises(StorageFullError):
            store.put_file("a", local_file)
    assert local_file.exists()
    assert leftovers(root) == []


def test_a_condition_that_fails_leaves_nothing(store: FilesystemStore, root: Path) -> None:
    store.put("a", b"x")
    with pytest.raises(PreconditionFailedError):
        store.put("a", b"y", if_absent=True)
    with pytest.raises(PreconditionFailedError):
        store.put("b", b"y", if_match='"1-2-3"')
    assert leftovers(root) == []


def test_every_put_makes_another_etag_even_of_the_same_bytes(store: FilesystemStore) -> None:
    assert len({store.put("a", b"same").etag for _ in range(100)}) == 100


def test_the_date_is_exact_and_not_that_of_the_last_tick(
    store: FilesystemStore, local_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)
    store.put("a", b"x")
    store.put_file("b", local_file)
    store.put_file("c", local_file, consume=True)
    assert {store.local_path(key).stat().st_mtime_ns for key in "abc"} == {1_700_000_000_123_456_789}


def test_a_consumed_file_is_moved_and_readable_by_other_users(store: FilesystemStore, local_file: Path) -> None:
    local_file.chmod(0o600)
    inode = local_file.stat().st_ino
    store.put_file("a/b", local_file, consume=True)
    status = store.local_path("a/b").stat()
    assert (status.st_ino, status.st_mode & 0o777) == (inode, 0o644)


def test_a_consumed_file_with_a_second_name_is_copied(
    store: FilesystemStore, local_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other name"
    other.hardlink_to(local_file)
    store.put_file("a", local_file, consume=True)
    other.write_bytes(b"changed afterwards")
    assert store.read("a").data == b"local bytes"
    assert not local_file.exists()


def test_a_consumed_link_is_followed_and_its_target_stays(
    store: FilesystemStore, local_file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(local_file)
    store.put_file("a", link, consume=True)
    assert not store.local_path("a").is_symlink()
    assert store.read("a").data == b"local bytes"
    assert local_file.exists()
    assert not link.is_symlink()


def test_a_consumed_file_of_another_mount_is_copied(
    store: FilesystemStore, root: Path, local_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def replace_below_root(self: Path, target: Path) -> Path:
        if root not in self.parents:
            raise OSError(errno.EXDEV, "another mount")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_below_root)
    store.put_file("a", local_file, consume=True)
    assert store.read("a").data == b"local bytes"
    assert not local_file.exists()
    assert leftovers(root) == []


def test_copies_work_where_the_kernel_cannot_copy(
    store: FilesystemStore, local_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, "copy_file_range", errno.EXDEV)
    store.put_file("a", local_file)
    assert store.read("a").data == b"local bytes"


def test_a_list_is_in_the_order_of_code_points(store: FilesystemStore) -> None:
    names = ["a", "a-b", "a.b", "a0", "b/a-b", "b/a.c", "b/a/c", "b/a0", "Ключ", "б", "ё", "ﬀ", "𐀀"]
    for name in reversed(names):
        store.put(name, b"x")
    assert [info.key for info in store.list_objects("")] == sorted(names)


def test_names_that_cannot_be_keys_are_not_listed(store: FilesystemStore, root: Path) -> None:
    store.put("a", b"x")
    (root / os.fsdecode(b"\xff\xfe")).write_bytes(b"")
    (root / ".hidden").write_bytes(b"")
    (root / "empty folder").mkdir()
    assert [info.key for info in store.list_objects("")] == ["a"]


def test_a_deleted_object_takes_its_empty_folders_along(store: FilesystemStore, root: Path) -> None:
    store.put("a/b/c/d", b"x")
    store.put("a/e", b"x")
    store.delete("a/b/c/d")
    assert not (root / "a/b").exists()
    assert (root / "a/e").exists()
    store.delete("a/e")
    assert root.is_dir()


def test_no_key_is_the_folder_of_another(store: FilesystemStore, root: Path, local_file: Path) -> None:
    store.put("a/b", b"x")
    with pytest.raises(InvalidKeyError):
        store.put("a", b"y")
    with pytest.raises(InvalidKeyError):
        store.put("a/b/c", b"y")
    with pytest.raises(InvalidKeyError):
        store.put_file("a", local_file, consume=True)
    assert local_file.exists()
    assert store.read("a/b").data == b"x"
    assert leftovers(root) == []


def test_prepare_removes_only_what_was_abandoned_long_ago(store: FilesystemStore, root: Path) -> None:
    old, new = root / ".tmp" / "old", root / ".tmp" / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    store.prepare()
    assert leftovers(root) == [new]
    assert list(store.list_objects("")) == []
