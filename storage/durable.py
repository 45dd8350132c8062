"""Files that are complete and on the disk before anybody sees them under their name. Raises OSError only."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
import uuid
from pathlib import Path

_NOT_BETWEEN_THESE = {errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF}


def write_new(folder: Path, data: bytes) -> Path:
    """A new file in `folder` that holds `data`, on the disk. Nothing is left of it after an error."""
    path = folder / uuid.uuid4().hex
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        _write_all(descriptor, data)
        _settle(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return path


def copy_new(folder: Path, source: Path) -> Path:
    """A new file in `folder` with the bytes of `source`, shared with it where the file system can. On the disk."""
    path = folder / uuid.uuid4().hex
    try:
        with source.open("rb") as reader, path.open("xb") as writer:
            if not _copied_in_kernel(reader.fileno(), writer.fileno()):
                shutil.copyfileobj(reader, writer, 1 << 20)
                writer.flush()
            _settle(writer.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def prepare_to_move(source: Path, folder: Path) -> bool:
    """True, with the bytes on the disk, where `source` can be moved to `folder` for good.

    That is a plain file with one name, of the same device, and our own.
    """
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_dev != folder.stat().st_dev:
            return False
        os.fchmod(descriptor, 0o644)  # a temporary file is often closed to the other services' users
        _settle(descriptor)
        return True
    except PermissionError:  # somebody else's file: to be copied
        return False
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Makes the folder and what is missing above it, each entered on the disk."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        # Not by exist_ok, which raises where a delete has taken the folder away again in between: that is no
        # error here, and whoever needs the folder finds it missing.
        if folder.exists() and not folder.is_dir():
            raise
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Brings the names in the folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(descriptor: int) -> None:
    # The kernel's own clock for files ticks every few milliseconds, and inode numbers are used again: only a date
    # in nanoseconds makes two puts in a row differ for certain.
    now = time.time_ns()
    os.utime(descriptor, ns=(now, now))
    os.fsync(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copied_in_kernel(source: int, target: int) -> bool:
    """False where these two cannot be copied so; then nothing was copied."""
    size = os.fstat(source).st_size
    done = 0
    while done < size:
        try:
            count = os.copy_file_range(source, target, size - done, done, done)
        except OSError as exc:
            if done == 0 and exc.errno in _NOT_BETWEEN_THESE:
                return False
            raise
        if count == 0:
            raise OSError(errno.EIO, "the file became shorter while it was copied")
        done += count
    return True
