"""Objects of other people's that are read where they lie: below the folders and buckets that were allowed.

They are named by their URL: `file:///folder/a.tif` or `s3://bucket/folder/a.tif`.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from storage.errors import InvalidKeyError, ObjectNotFoundError, OutsideRootsError
from storage.file_reads import FileRangeReader, etag_of
from storage.keys import check_key
from storage.os_errors import translated_os_errors
from storage.ports import ObjectInfo, ObjectReader, RangeReader
from storage.s3_options import S3Options


@dataclass(frozen=True, slots=True)
class _Root:
    """A folder or a bucket's prefix: its URL with a slash at the end, and what reads the objects below.

    What lies in the folders named `reserved` is out of reach.
    """

    url: str
    reader: RangeReader
    reserved: tuple[str, ...] = ()


class AdoptedObjects:
    """An AdoptedReader for what lies below `roots` (`/folder`, `file:///folder` or `s3://bucket/prefix`).

    `own` is the storage's URL, and a root too, but for its folders `reserved`.
    Raises StorageUrlError where a root is none of these. Nothing is opened or asked before it is read.
    """

    def __init__(
        self,
        roots: Sequence[str],
        options: S3Options | None = None,
        *,
        own: str | None = None,
        reserved: Sequence[str] = (),
    ) -> None:
        options = options or S3Options()
        self._roots = [_open_root(root, options) for root in roots]
        if own is not None and own.startswith(("file:", "s3:")):
            # The first, so that no wider root leads into the reserved folders.
            self._roots.insert(0, _open_root(own, options, tuple(reserved)))

    def locate(self, name: str) -> str:
        """The URL of a path or URL, symbolic links resolved. Raises OutsideRootsError, InvalidKeyError."""
        if not name.startswith("s3://"):
            path = _path(name) if name.startswith("file:") else Path(name).absolute()
            name = _file_url(path.resolve())
        self._find(name)
        return name

    def head(self, location: str) -> ObjectInfo:
        """Size, ETag and date. Raises ObjectNotFoundError, StorageUnavailableError, OutsideRootsError."""
        root, key = self._find(location)
        return root.reader.head(key) if isinstance(root.reader, ObjectReader) else _head_file(location)

    async def fetch_range(self, location: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        """What RangeReader.fetch_range returns and raises, and OutsideRootsError."""
        root, key = self._find(location)
        return await root.reader.fetch_range(key, start, end, if_match=if_match)

    async def aclose(self) -> None:
        """Lets go of connections and open files."""
        for root in self._roots:
            await root.reader.aclose()

    def _find(self, location: str) -> tuple[_Root, str]:
        for root in self._roots:
            if location.startswith(root.url):
                rest = location.removeprefix(root.url)
                key = check_key(unquote(rest) if root.url.startswith("file:") else rest)
                if key.partition("/")[0] in root.reserved:
                    break
                return root, key
        raise OutsideRootsError(location)


def _open_root(text: str, options: S3Options, reserved: tuple[str, ...] = ()) -> _Root:
    if text.startswith("s3://"):
        from storage.urls import open_store  # AWS's libraries take a quarter of a second to import

        return _Root(f"{text.rstrip('/')}/", open_store(text, options), reserved)
    folder = (_path(text) if text.startswith("file:") else Path(text).absolute()).resolve()
    url = _file_url(folder)
    reader = FileRangeReader(folder)
    return _Root(url if url.endswith("/") else f"{url}/", reader, reserved)


def _path(url: str) -> Path:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or "\0" in path:
        raise InvalidKeyError(url, "no absolute path")
    return Path(path)


def _file_url(path: Path) -> str:
    return f"file://{quote(str(path))}"


def _head_file(location: str) -> ObjectInfo:
    path = _path(location)
    with translated_os_errors(location):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ObjectNotFoundError(location)
    return ObjectInfo(location, status.st_size, etag_of(status), datetime.fromtimestamp(status.st_mtime, UTC))
