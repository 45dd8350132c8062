"""What can go wrong with stored objects. Adapters translate botocore, obstore and OS errors into these."""

from __future__ import annotations


class StorageError(Exception):
    """Base of all storage errors; `key` is the object meant, as the caller named it."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


class ObjectNotFoundError(StorageError):
    """There is no object under that key."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "no such object")


class PreconditionFailedError(StorageError):
    """The object is not (or no longer) in the state that the caller demanded; nothing was written."""


class RangeNotSatisfiableError(StorageError):
    """The range begins at or behind the end of the object."""


class StorageUnavailableError(StorageError):
    """The store cannot be reached or answers with a fault of its own; trying again may help."""


class OutsideRootsError(StorageUnavailableError):
    """The location is below none of the folders and buckets that may be read in place."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "it lies below none of the places that may be read")


class StorageFullError(StorageError):
    """There is no room left (file system, quota)."""


class InvalidKeyError(StorageError):
    """The key is not a clean relative path (empty, absolute, with `.`/`..`, control characters), or too long."""
