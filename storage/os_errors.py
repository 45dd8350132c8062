"""What an operating system's error means for a stored object."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def translate_os_error(key: str, exc: OSError) -> StorageError:
    """The storage error that says the same; whatever is not known counts as StorageUnavailableError."""
    match exc.errno:
        case errno.ENOENT:
            return ObjectNotFoundError(key)
        case errno.ENAMETOOLONG | errno.EISDIR | errno.ENOTDIR | errno.EEXIST:
            return InvalidKeyError(key, "the key is too long, or one object's key is a folder of another's")
        case code if code in _NO_ROOM:
            return StorageFullError(key, exc.strerror or str(exc))
        case _:
            return StorageUnavailableError(key, exc.strerror or str(exc))


@contextmanager
def translated_os_errors(key: str) -> Iterator[None]:
    """Raises StorageError in place of OSError."""
    try:
        yield
    except OSError as exc:
        raise translate_os_error(key, exc) from exc
