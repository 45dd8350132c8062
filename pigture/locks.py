"""Advisory locks (flock) on files of the data folder. The kernel gives them back however a process ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pigture.datafolder import DataFolder, DataFolderBusyError, DataFolderError

_TRIES = 10


@contextmanager
def open_lock(path: Path) -> Iterator[int]:
    """A descriptor to lock, closed at the end. Children do not inherit it. Raises DataFolderError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise DataFolderError(f"The data folder {path.parent} cannot be written to: {exc.strerror}.") from exc
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def lock_now(descriptor: int, kind: int) -> bool:
    """Takes the lock (LOCK_EX or LOCK_SH) where that is possible at once."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(folder: DataFolder) -> Iterator[None]:
    """Holds the supervisor's lock. Raises DataFolderBusyError where somebody else does, DataFolderError."""
    with open_lock(folder.lock) as descriptor:
        for _ in range(_TRIES):
            if lock_now(descriptor, fcntl.LOCK_EX):
                break
            time.sleep(0.02)  # is_locked() may hold it for a moment
        else:
            raise DataFolderBusyError(f"Another Pigture works in {folder.path}.")
        yield


def is_locked(folder: DataFolder) -> bool:
    """Whether a supervisor works in the folder now."""
    if not folder.lock.exists():
        return False
    with open_lock(folder.lock) as descriptor:
        return not lock_now(descriptor, fcntl.LOCK_SH)
