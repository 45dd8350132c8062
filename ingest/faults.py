"""What storage and disk report, in ingest's own errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.errors import NoRoomError, PublishConflictError, StorageAwayError
from storage.errors import PreconditionFailedError, StorageError, StorageFullError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def translated_storage_errors() -> Iterator[None]:
    """Raises NoRoomError, PublishConflictError or StorageAwayError in place of a StorageError."""
    try:
        yield
    except StorageFullError as exc:
        raise NoRoomError("There is no room left in the storage.") from exc
    except PreconditionFailedError as exc:
        raise PublishConflictError("The stored record changed while it was being replaced.") from exc
    except StorageError as exc:
        raise StorageAwayError(f"The storage cannot be used at the moment: {exc.detail}.") from exc


@contextmanager
def translated_disk_errors() -> Iterator[None]:
    """Raises NoRoomError in place of an OSError that says so; lets every other pass."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise NoRoomError("There is no room left on the disk of the data folder.") from exc
        raise
