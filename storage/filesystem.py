"""Objects as plain files below one folder.

`.tmp` holds what is being written, `.locks` what writers of one key wait for; neither can be a key. As files, no
object's key can be the folder of another's. Readers need no lock: a put is one rename.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.durable import copy_new, make_folders, prepare_to_move, sync_folder, write_new
from storage.errors import InvalidKeyError, ObjectNotFoundError, PreconditionFailedError, StorageUnavailableError
from storage.file_reads import FileRangeReader, OpenFile, etag_of
from storage.keys import check_key
from storage.os_errors import translated_os_errors
from storage.ports import ObjectInfo, StoredObject

LOCK_FILES = 256
MOVE_ATTEMPTS = 100
ABANDONED_AFTER_S = 86_400
_ABSENT = (FileNotFoundError, NotADirectoryError)


class FilesystemStore(FileRangeReader):
    """A Store below `root`, which is made where missing. Raises StorageUnavailableError where it cannot be."""

    def __init__(self, root: Path, *, max_open: int = 512) -> None:
        root = root.absolute()
        super().__init__(root, max_open=max_open)
        self._root = root
        self._incoming = root / ".tmp"
        self._locks = root / ".locks"
        try:
            for folder in (self._incoming, self._locks):
                make_folders(folder)
        except OSError as exc:
            raise StorageUnavailableError(str(root), f"the folder cannot be made: {exc.strerror}") from exc

    def prepare(self) -> None:
        """Removes what killed writers left behind more than a day ago."""
        oldest = time.time() - ABANDONED_AFTER_S
        with translated_os_errors(str(self._root)):
            for entry in os.scandir(self._incoming):
                with suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        Path(entry).unlink()

    def read(self, key: str) -> StoredObject:
        """The whole object."""
        with self._reading(key) as path:
            file = OpenFile(str(path))
            return StoredObject(file.read(0, file.size), file.etag)

    def head(self, key: str) -> ObjectInfo:
        """Size, ETag and date."""
        with self._reading(key) as path:
            if not path.is_file():
                raise ObjectNotFoundError(key)
            return _info(key, path.stat())

    def list_objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with `prefix`, in the order of code points.

        One that comes or goes meanwhile may be in it or not.
        """
        folder, _, _ = prefix.rpartition("/")
        with suppress(InvalidKeyError), translated_os_errors(prefix):
            start = self.local_path(folder) if folder else self._root
            yield from _walk(start, f"{folder}/" if folder else "", prefix)

    def download(self, key: str, path: Path) -> ObjectInfo:
        """Copies the object into `path`, sharing its blocks where the file system can."""
        path.parent.stat()  # a local folder that is missing is no missing object
        with self._reading(key) as source:
            file = OpenFile(str(source))
            copy = copy_new(path.parent, Path(f"/proc/self/fd/{file.descriptor}"))
            copy.replace(path)
            return _info(key, os.fstat(file.descriptor))

    def local_path(self, key: str) -> Path:
        """Where the object lies, or would lie."""
        return self._root / check_key(key)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> ObjectInfo:
        """Writes the object; the content type is not kept."""
        del content_type
        target = self.local_path(key)
        with translated_os_errors(key):
            # Once before the bytes are written, for nothing; once under the lock, for good.
            _check_condition(key, target, if_match, if_absent)
            written = write_new(self._incoming, data)
            return self._publish(key, written, lambda: _check_condition(key, target, if_match, if_absent))

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str = "application/octet-stream",
        consume: bool = False,
    ) -> ObjectInfo:
        """Writes the file's bytes; with `consume` the file itself becomes the object, if it can."""
        del content_type
        check_key(key)
        path.stat()  # a local file that is missing is no missing object
        with translated_os_errors(key):
            if consume and prepare_to_move(path, self._incoming):
                with _unless_between_mounts():
                    return self._publish(key, path, lambda: None, keep_on_error=True)
            info = self._publish(key, copy_new(self._incoming, path), lambda: None)
            if consume:
                path.unlink()
            return info

    def delete(self, key: str) -> None:
        """Removes the object, and the folders that are empty without it."""
        path = self.local_path(key)
        with translated_os_errors(key), self._locked(key):
            try:
                path.unlink()
            except (*_ABSENT, IsADirectoryError):
                return
            with suppress(OSError):  # another delete may be doing the same
                sync_folder(path.parent)
                for folder in path.relative_to(self._root).parents[:-1]:
                    (self._root / folder).rmdir()

    def _publish(
        self, key: str, written: Path, check: Callable[[], None], *, keep_on_error: bool = False
    ) -> ObjectInfo:
        """Gives a complete file its name, if `check` under the key's lock raises nothing."""
        target = self._root / key
        try:
            with self._locked(key):
                check()
                status = written.stat()
                _move(written, target)
                sync_folder(target.parent)
                return _info(key, status)
        except BaseException:
            if not keep_on_error:
                written.unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        """Alone among all processes that write or delete this key."""
        number = zlib.crc32(key.encode()) % LOCK_FILES
        descriptor = os.open(self._locks / f"{number:02x}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _reading(self, key: str) -> Iterator[Path]:
        path = self.local_path(key)
        with translated_os_errors(key):
            try:
                yield path
            except _ABSENT as exc:
                raise ObjectNotFoundError(key) from exc


@contextmanager
def _unless_between_mounts() -> Iterator[None]:
    """Suppresses EXDEV: two mounts of one device do not rename into each other."""
    try:
        yield
    except OSError as exc:
        if exc.errno != errno.EXDEV:
            raise


def _check_condition(key: str, target: Path, if_match: str | None, if_absent: bool) -> None:
    if if_match is None and not if_absent:
        return
    try:
        etag: str | None = etag_of(target.stat())
    except _ABSENT:
        etag = None
    if if_absent and etag is not None:
        raise PreconditionFailedError(key, "the object exists already")
    if if_match is not None and etag != if_match:
        raise PreconditionFailedError(key, "the object has another ETag")


def _move(written: Path, target: Path) -> None:
    """Renames, making the folder again where a delete of its last object just took it away."""
    for _ in range(MOVE_ATTEMPTS):
        with suppress(FileNotFoundError):
            make_folders(target.parent)
            written.replace(target)
            return
    raise OSError(errno.EIO, "the folder vanishes again and again")


def _walk(folder: Path, folder_key: str, prefix: str) -> Iterator[ObjectInfo]:
    try:
        entries = [entry for entry in os.scandir(folder) if _encodes(entry.name)]
    except _ABSENT:
        return
    # "a-b" comes before "a/b" among keys: a folder's name sorts with its slash.
    for name, entry in sorted((entry.name + "/" * entry.is_dir(), entry) for entry in entries):
        key = folder_key + name
        if key.startswith(".") or not (key.startswith(prefix) or prefix.startswith(key)):
            continue
        if name.endswith("/"):
            yield from _walk(folder / entry.name, key, prefix)
        elif key.startswith(prefix):
            with suppress(FileNotFoundError):
                yield _info(key, entry.stat())


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _info(key: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, status.st_size, etag_of(status), datetime.fromtimestamp(status.st_mtime, UTC))
