"""TIFF and BigTIFF: which of the directories are pictures, and how they belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.conversion.readers.document import Document
from ingest.conversion.readers.imagej import is_imagej, parse_imagej
from ingest.conversion.readers.microscopes import LSM_BYTES, is_aperio, parse_lsm
from ingest.conversion.readers.ome import MalformedOmeError, is_ome, parse_ome
from ingest.conversion.readers.pages import read_aperio_pages, read_pages
from ingest.conversion.readers.problems import damaged_header, truncated, unsupported_kind
from ingest.conversion.readers.stacks import build_imagej, build_lsm, build_ome
from ingest.conversion.readers.tiff_file import TiffFile
from ingest.conversion.tiff_layout import (
    DESCRIPTION,
    DNG_VERSION,
    IMAGEJ_COUNTS,
    IMAGEJ_METADATA,
    LSM_INFO,
    SAMPLES_PER_PIXEL,
    Directory,
    MalformedTiffError,
    read_bytes,
    read_directories,
)

_MAX_TEXT_BYTES = 16 * 1024 * 1024
_BAD_OME = "The OME-XML of the file cannot be used and was ignored."


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What stands beside the first picture, in the forms that are understood."""

    description: str
    imagej_counts: bytes
    imagej: bytes
    lsm: bytes


def read_tiff(path: Path, file_name: str) -> Document:
    """All pictures of the TIFF at `path`, which came in by the name `file_name`. Raises SourceProblemError."""
    directories, metadata = _read(path)
    if any(DNG_VERSION in directory.fields for directory in directories):
        raise unsupported_kind("a camera's raw file (DNG)")
    file = TiffFile(path, directories)
    text = metadata.description
    if is_aperio(text):
        return read_aperio_pages(file)
    if is_ome(text):
        return _read_ome(file, text, file_name)
    found = None
    if is_imagej(text):
        stack = parse_imagej(text, metadata.imagej_counts, metadata.imagej, directories[0].order)
        found = build_imagej(file, stack)
    elif (lsm := parse_lsm(metadata.lsm)) is not None:
        found = build_lsm(file, lsm)
    return found or read_pages(file)


def _read_ome(file: TiffFile, text: str, file_name: str) -> Document:
    samples = [directory.number(SAMPLES_PER_PIXEL, 1) for directory in file.directories]
    try:
        images = parse_ome(text, file_name, samples)
    except MalformedOmeError:
        return read_pages(file, losses=(_BAD_OME,))
    return build_ome(file, images)


def _read(path: Path) -> tuple[Sequence[Directory], _Metadata]:
    with path.open("rb") as file:
        try:
            directories = read_directories(file)
            first = directories[0]
            return directories, _Metadata(
                read_bytes(file, first, DESCRIPTION, _MAX_TEXT_BYTES).rstrip(b"\0").decode("utf-8", "replace"),
                read_bytes(file, first, IMAGEJ_COUNTS, _MAX_TEXT_BYTES),
                read_bytes(file, first, IMAGEJ_METADATA, _MAX_TEXT_BYTES),
                read_bytes(file, first, LSM_INFO, _MAX_TEXT_BYTES)[:LSM_BYTES],
            )
        except MalformedTiffError as exc:
            raise (truncated() if exc.cut_off else damaged_header("TIFF")) from exc
