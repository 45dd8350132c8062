"""From a path to a Source, and what may go wrong while its picture is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from typing import assert_never

import pyvips

from ingest.conversion.readers.document import Document, single_picture
from ingest.conversion.readers.jpeg import read_jpeg
from ingest.conversion.readers.kinds import SNIFF_BYTES, Kind, sniff_kind
from ingest.conversion.readers.png import read_png
from ingest.conversion.readers.problems import SourceProblemError, damaged, truncated
from ingest.conversion.readers.source import Source
from ingest.conversion.readers.tiff import read_tiff
from ingest.conversion.readers.webp import read_webp

_LOADERS = ("Jpeg", "Png", "Webp", "Tiff", "Raw")
_TRUNCATED = ("premature end of jpeg image", "read error at scanline", "read error on strip", "read error at row")
_OUT_OF_MEMORY = (
    "out of memory",
    "insufficient memory",
    "no space for",
    "cannot allocate",
    "failed to allocate",
    "malloc",
)
_CANNOT_WRITE = ("no space left on device", "file too large", "disk quota exceeded")


def block_other_loaders() -> None:
    """Makes every loader of libvips but these unreachable in this process."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)


def read_document(path: Path, file_name: str) -> Document:
    """The file's headers. Raises SourceProblemError."""
    with path.open("rb") as file:
        kind = sniff_kind(file.read(SNIFF_BYTES))
    match kind:
        case Kind.JPEG:
            return single_picture(read_jpeg(path))
        case Kind.PNG:
            return single_picture(read_png(path))
        case Kind.WEBP:
            return single_picture(read_webp(path))
        case Kind.TIFF:
            return read_tiff(path, file_name)
        case _:
            assert_never(kind)


@contextmanager
def decoding(source: Source) -> Iterator[None]:
    """Turns libvips' errors while the picture is read into SourceProblemError, MemoryError or OSError."""
    try:
        yield
    except pyvips.Error as exc:
        text = str(exc).lower()
        if any(phrase in text for phrase in _CANNOT_WRITE):
            raise OSError(ENOSPC, str(exc)) from exc
        if any(phrase in text for phrase in _OUT_OF_MEMORY):
            raise MemoryError(str(exc)) from exc
        raise _problem(source, text) from exc


def _problem(source: Source, text: str) -> SourceProblemError:
    if any(phrase in text for phrase in _TRUNCATED) or _png_is_cut_off(source):
        return truncated()
    return damaged(source.kind)


def _png_is_cut_off(source: Source) -> bool:
    """libpng says `read error` for whatever is wrong; a whole PNG ends in an IEND chunk."""
    if source.kind is not Kind.PNG:
        return False
    with source.path.open("rb") as file:
        file.seek(max(0, source.path.stat().st_size - 64))
        return b"IEND" not in file.read()
