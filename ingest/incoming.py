"""A file on its way in: copied once, and hashed in the same pass, so that what is kept is what was hashed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.errors import SourceTooLargeError, UnreadableSourceError
from ingest.faults import translated_disk_errors

CHUNK_BYTES = 1024 * 1024
MAX_NAME_BYTES = 200

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A complete copy in a scratch folder, and what is known of it. `file_name` is fit for a storage key."""

    path: Path
    file_name: str
    sha256: str
    size_bytes: int


class IncomingFile:
    """Takes bytes as they come, up to `limit_bytes`."""

    def __init__(self, folder: Path, file_name: str, limit_bytes: int) -> None:
        self._path = folder / "original"
        self._file_name = file_name
        self._limit = limit_bytes
        self._hash = hashlib.sha256()
        self._size = 0
        self._file: BinaryIO = self._path.open("xb")

    @property
    def size_bytes(self) -> int:
        """The bytes so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Appends. Raises SourceTooLargeError, NoRoomError."""
        self._size += len(data)
        if self._size > self._limit:
            raise SourceTooLargeError(self._file_name, self._limit)
        self._hash.update(data)
        with translated_disk_errors():
            self._file.write(data)

    def close(self) -> None:
        """Lets go of the file; more than once is no error."""
        self._file.close()

    def finish(self) -> Incoming:
        """The complete file. Raises UnreadableSourceError where nothing came, NoRoomError."""
        with translated_disk_errors():
            self.close()
        if not self._size:
            raise UnreadableSourceError(f"{self._file_name} is empty.")
        return Incoming(self._path, clean_file_name(self._file_name), self._hash.hexdigest(), self._size)


def copy_source(source: Path, folder: Path, limit_bytes: int, on_progress: Progress | None = None) -> Incoming:
    """A copy of `source` in `folder`. Raises UnreadableSourceError, SourceTooLargeError, NoRoomError."""
    total = _check_source(source, limit_bytes)
    incoming = IncomingFile(folder, source.name, limit_bytes)
    try:
        with _open_source(source) as file:
            while data := _read(file, source):
                incoming.write(data)
                if on_progress is not None:
                    on_progress(incoming.size_bytes, max(total, incoming.size_bytes))
        return incoming.finish()
    finally:
        incoming.close()


def clean_file_name(name: str) -> str:
    """The name without what has a meaning in paths and keys, and at most MAX_NAME_BYTES long, its suffix kept."""
    text = "".join("_" if char in "/\\" or not char.isprintable() else char for char in name)
    text = text.encode("utf-8", "replace").decode().strip()
    if text.strip(".") == "":
        return "original"
    suffix = Path(text).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    stem = text.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix


def _check_source(source: Path, limit_bytes: int) -> int:
    try:
        status = source.stat()
    except OSError as exc:
        raise UnreadableSourceError(f"{source} cannot be read: {exc.strerror}.") from exc
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableSourceError(f"{source} is not a file.")
    if status.st_size > limit_bytes:
        raise SourceTooLargeError(source.name, limit_bytes)
    return status.st_size


def _open_source(source: Path) -> BinaryIO:
    try:
        # What was a file may be a pipe by now, and to open one may take for ever.
        return os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
    except OSError as exc:
        raise UnreadableSourceError(f"{source} cannot be read: {exc.strerror}.") from exc


def _read(file: BinaryIO, source: Path) -> bytes:
    try:
        return file.read(CHUNK_BYTES)
    except OSError as exc:
        raise UnreadableSourceError(f"{source} cannot be read: {exc.strerror}.") from exc
