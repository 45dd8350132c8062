"""Which files `pigture ingest PATH…` means, and how they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PosixPath
from urllib.parse import unquote, urlsplit

ADOPTABLE = frozenset({".tif", ".tiff", ".btf", ".svs", ".jpg", ".jpeg", ".png", ".webp"})
"""Endings of files that may be served where they lie."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file and the identifier that it gets."""

    path: Path
    identifier: str


class ObjectPath(PosixPath):
    """A URL of an object in a bucket, in the place of a path."""

    @property
    def url(self) -> str:
        """The URL; a path knows no double slash."""
        return str(self).replace("s3:/", "s3://", 1)


def name_of(path: Path) -> str:
    """What the user called the file: its path, or its URL."""
    return path.url if isinstance(path, ObjectPath) else str(path)


def find_adoptable(names: Sequence[str], identifier: str | None = None) -> Iterator[SourceFile]:
    """The same as find_sources for paths and URLs; of the files in folders only those that may be adopted."""
    for name in names:
        if name.startswith("s3://"):
            remote = ObjectPath(name)
            yield SourceFile(remote, identifier or remote.stem)
        else:
            path = Path(unquote(urlsplit(name).path) if name.startswith("file:///") else name)
            found = find_sources([path], identifier)
            yield from (source for source in found if source.path == path or source.path.suffix.lower() in ADOPTABLE)


def find_sources(paths: Sequence[Path], identifier: str | None = None) -> Iterator[SourceFile]:
    """The named files, and those in the named folders at any depth, in the order of their names.

    A file is called by its stem, one in a folder by its path there without the suffix; `identifier` is for a single
    file. Hidden files and folders are left out. What does not exist is yielded too: reading it tells why not.
    """
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        else:
            yield SourceFile(path, identifier or path.stem)


def _in_folder(folder: Path) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield SourceFile(path, relative.with_suffix("").as_posix())
