"""Folders for work in progress, below `scratch` in the data folder.

Whoever works in one holds the lock on it; the kernel drops it with the process, so what a dead process left is known
for certain and at once, without any table of owners.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_GUARD = ".lock"


@contextmanager
def open_scratch(root: Path, name: str) -> Iterator[Path]:
    """A new folder `root/name`, removed at the end with all that is in it."""
    root.mkdir(parents=True, exist_ok=True)
    with _guarded(root):
        folder = root / name
        folder.mkdir()
        lock = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep_scratch(root: Path) -> int:
    """Removes the folders whose process is gone; how many."""
    removed = 0
    if not root.is_dir():
        return removed
    with _guarded(root):
        for folder in [entry for entry in root.iterdir() if entry.is_dir()]:
            lock = _lock(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
                removed += 1
    return removed


@contextmanager
def _guarded(root: Path) -> Iterator[None]:
    """Alone between the making of a folder and the lock on it."""
    descriptor = os.open(root / _GUARD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> int | None:
    """The descriptor that holds the folder's lock; None where another process has it."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
    return None
