"""A folder of small files that are kept while there is room, shared by any number of processes. Blocking.

Nothing in it is ever relied on: a file is written under another name and moved into place, and carries a checksum
over its name and bytes, so that what a killed process, a full disk or a power cut left behind is recognised. Whoever
holds the lock removes what was not used for longest.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import crc32c

_HEAD = struct.Struct("<4sI")
_MAGIC = b"PGC1"
_TEMPORARY = "tmp-"
_TEMPORARY_S = 3600
"""A file that is still being written after so long never will be."""

_BLOCK_BYTES = 4096
_TRIM_TO = 7 / 8
_STEP = 1 / 32
"""What share of the capacity a process writes before it looks whether something must go."""


class _Kept(NamedTuple):
    used_at: float
    size_bytes: int
    path: str


def seal_entry(name: str, data: bytes) -> bytes:
    """The bytes of the file `name` that holds the data."""
    return _HEAD.pack(_MAGIC, _checksum(name, data)) + data


def open_entry(name: str, file: bytes) -> bytes | None:
    """The data in the bytes of the file `name`; None where they are not what was written."""
    if len(file) <= _HEAD.size:
        return None
    magic, checksum = _HEAD.unpack_from(file)
    data = file[_HEAD.size :]
    return data if magic == _MAGIC and checksum == _checksum(name, data) else None


class CacheFolder:
    """Writes entries into `folder`, and keeps it at about `capacity_bytes`. For one thread. Raises OSError."""

    def __init__(self, folder: Path, capacity_bytes: int) -> None:
        self._folder = folder
        self._capacity_bytes = capacity_bytes
        self._unseen_bytes = capacity_bytes  # a folder that is found may be too large already

    def write(self, name: str, data: bytes) -> None:
        """Keeps the data under the name, a relative path of one folder and a file."""
        if self._unseen_bytes >= self._capacity_bytes * _STEP:
            self._trim()
        path = self._folder / name
        temporary = path.parent / f"{_TEMPORARY}{os.urandom(8).hex()}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            temporary.write_bytes(seal_entry(name, data))
            temporary.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        self._unseen_bytes += _on_disk(len(data) + _HEAD.size)

    def touch(self, names: Iterable[str]) -> None:
        """Notes that these were used now."""
        for name in names:
            with contextlib.suppress(OSError):
                os.utime(self._folder / name)

    def _trim(self) -> None:
        """Removes what was not used for longest, unless another process is about it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            kept = sorted(self._scan())
            total = sum(entry.size_bytes for entry in kept)
            target = self._capacity_bytes * _TRIM_TO if total > self._capacity_bytes * _TRIM_TO else total
            for entry in kept:
                if total <= target:
                    break
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()
                total -= entry.size_bytes
        self._unseen_bytes = 0

    def _scan(self) -> Iterator[_Kept]:
        """All entries; what killed writers left is removed on the way."""
        too_old = time.time() - _TEMPORARY_S
        for folder in self._folder.iterdir():
            if not folder.is_dir():
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        if entry.name.startswith(_TEMPORARY) and status.st_mtime < too_old:
                            os.unlink(entry.path)  # noqa: PTH108 - scandir gives no Path
                        else:
                            yield _Kept(status.st_mtime, _on_disk(status.st_size), entry.path)


def _on_disk(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES


def _checksum(name: str, data: bytes) -> int:
    return crc32c.crc32c(data, crc32c.crc32c(name.encode()))
