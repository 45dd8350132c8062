"""From the text of the setting `storage` to a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.errors import InvalidKeyError
from storage.filesystem import FilesystemStore
from storage.keys import check_key
from storage.memory import MemoryStore
from storage.ports import Store
from storage.s3_options import S3Options

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class StorageUrlError(ValueError):
    """The storage URL cannot be used; the text is one plain sentence that says why."""


def open_store(url: str, options: S3Options | None = None, *, create: bool = False) -> Store:
    """The store behind `file:///folder`, `s3://bucket/prefix` or `memory:` (a new one, for tests).

    With `create`, for the side that writes: makes the bucket where missing and removes what killed writers left.
    Raises StorageUrlError; StorageUnavailableError where a folder cannot be made or, with `create`, a bucket.
    """
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise StorageUrlError(
            f"Storage URL {url!r}: ? and # have no meaning here; write %3F and %23 in a folder's name."
        )
    match parts.scheme:
        case "file":
            files = FilesystemStore(_folder(url))
            if create:
                files.prepare()
            return files
        case "s3":
            return _open_s3(url, options or S3Options(), create)
        case "memory":
            return MemoryStore()
        case _:
            raise StorageUrlError(f"Storage URL {url!r} must begin with file:/// or s3://.")


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or "\0" in path:
        raise StorageUrlError(f"Storage URL {url!r} must name an absolute folder: file:///var/lib/pigture.")
    return Path(path)


def _open_s3(url: str, options: S3Options, create: bool) -> Store:
    # Only here, because AWS's libraries take a process a quarter of a second and 25 MB.
    from storage.s3 import S3Store

    bucket, prefix = _bucket_and_prefix(url)
    if (options.access_key is None) != (options.secret_key is None):
        raise StorageUrlError("An S3 access key and its secret key go together: set both or neither.")
    if options.endpoint is not None and not options.endpoint.startswith(("http://", "https://")):
        raise StorageUrlError(f"S3 endpoint {options.endpoint!r} must begin with http:// or https://.")
    store = S3Store(bucket, prefix, options)
    if create:
        store.prepare()
    return store


def _bucket_and_prefix(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    if not _BUCKET.fullmatch(parts.netloc):
        raise StorageUrlError(f"Storage URL {url!r} must name a bucket: s3://bucket/prefix.")
    try:
        return parts.netloc, check_key(prefix) if prefix else ""
    except InvalidKeyError as exc:
        raise StorageUrlError(f"Storage URL {url!r} has a prefix that cannot be used: {exc.detail}.") from exc
