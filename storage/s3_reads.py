"""Asynchronous reads from a bucket by obstore, which makes more than twice as many range reads as boto3."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import obstore
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store as ObstoreS3

from storage.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
    StorageUnavailableError,
)
from storage.keys import check_key, check_range
from storage.ports import StoredObject
from storage.s3_errors import first_line, obstore_status
from storage.s3_options import S3Options

if TYPE_CHECKING:
    from obstore.store import S3Credential

READ_TIMEOUT_S = 5
"""For a read of some megabytes at the most, tries included: whoever waits for a tile wants to be told soon."""

_FAULTS = (BaseError, OSError, ValueError)


class S3RangeReader:
    """A RangeReader over the objects whose names begin with `prefix` and a slash."""

    def __init__(self, bucket: str, prefix: str, options: S3Options) -> None:
        self._reads = _open(bucket, prefix, options)

    async def fetch(self, key: str) -> StoredObject:
        """The whole object."""
        check_key(key)
        try:
            result = await obstore.get_async(self._reads, key)
            data = bytes(await result.bytes_async())
        except _FAULTS as exc:
            _raise_translated(key, exc)
        return StoredObject(data, result.meta["e_tag"] or "")

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """Bytes [start, min(end, size))."""
        check_range(start, end)
        check_key(key)
        try:
            if if_match is None:
                return bytes(await obstore.get_range_async(self._reads, key, start=start, end=end))
            options: Any = {"range": (start, end), "if_match": if_match}
            result = await obstore.get_async(self._reads, key, options=options)
            return bytes(await result.bytes_async())
        except _FAULTS as exc:
            _raise_translated(key, exc)

    async def aclose(self) -> None:
        """Idle connections end by themselves."""


def _open(bucket: str, prefix: str, options: S3Options) -> ObstoreS3:
    return ObstoreS3(
        bucket,
        prefix=prefix or None,
        region=options.region,
        client_options={
            "allow_http": (options.endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=2),
            "timeout": timedelta(seconds=READ_TIMEOUT_S),
        },
        retry_config={
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=READ_TIMEOUT_S),
            "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=1), "base": 2},
        },
        credential_provider=_credentials(options),
        config={"endpoint": options.endpoint} if options.endpoint else {},
    )


def _credentials(options: S3Options) -> Any:
    """Exactly the keys that are set, or exactly what boto3 finds: obstore alone would mix in its own environment."""
    if options.access_key is None or options.secret_key is None:
        return _ChainCredentials()
    keys: S3Credential = {
        "access_key_id": options.access_key,
        "secret_access_key": options.secret_key,
        "expires_at": None,
    }
    return lambda: keys


class _ChainCredentials:
    """boto3's credential chain, asked at the first read: it may call other services, and may find nothing."""

    def __init__(self) -> None:
        self._chain: Boto3CredentialProvider | None = None

    def __call__(self) -> S3Credential:
        if self._chain is None:
            self._chain = Boto3CredentialProvider()
        return self._chain()


def _raise_translated(key: str, exc: Exception) -> NoReturn:
    if isinstance(exc, PreconditionError):
        raise PreconditionFailedError(key, "the object has another ETag") from exc
    if isinstance(exc, FileNotFoundError) and "NoSuchBucket" not in str(exc):
        raise ObjectNotFoundError(key) from exc
    if obstore_status(exc) == 416:
        raise RangeNotSatisfiableError(key, "the range begins behind the end") from exc
    raise StorageUnavailableError(key, first_line(exc)) from exc
