"""Which files `pigture ingest PATH…` means, and how they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file and the identifier that it gets."""

    path: Path
    identifier: str


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
