"""Making the index of a file that lies somewhere else, and stays there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from iiif_server.record import MalformedRecordError, build_revision_document, read_revision_document
from ingest.adoption.foreign_file import ForeignFile
from ingest.adoption.foreign_layout import NoPyramidError, NotAdoptableError
from ingest.adoption.indexed import Indexed
from ingest.adoption.jpeg_header import MalformedJpegError
from ingest.adoption.names import file_name_of
from ingest.adoption.pyramid_index import index_pyramid
from ingest.adoption.whole_index import DEFAULT_LIMITS, WholeLimits, index_whole
from ingest.conversion.tiff_layout import MalformedTiffError
from ingest.errors import PublishConflictError, UnusableSourceError
from ingest.faults import translated_storage_errors
from storage.adopted import AdoptedObjects
from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    OutsideRootsError,
    PreconditionFailedError,
    RangeNotSatisfiableError,
)


def index_adopted(
    objects: AdoptedObjects,
    location: str,
    output: Path,
    *,
    checksums: bool,
    on_progress: Callable[[float], None],
    limits: WholeLimits = DEFAULT_LIMITS,
) -> Indexed:
    """Writes the index of the file at `location` to `output`, calling `on_progress` with numbers from 0 to 1.

    What is no pyramid is taken within the `limits` as a picture from which everything is computed.

    Raises UnusableSourceError for good, PublishConflictError where the file is changed meanwhile, StorageAwayError.
    """
    name = file_name_of(location)
    try:
        with translated_storage_errors(), asyncio.Runner() as runner:
            try:
                file = ForeignFile(objects, location, runner)
                indexed, index = _index(file, limits, checksums=checksums, on_progress=on_progress)
                _check(indexed)
                output.write_bytes(index)
                return indexed
            except PreconditionFailedError as exc:
                raise PublishConflictError(f"{name} was changed while it was read.") from exc
            except (ObjectNotFoundError, OutsideRootsError, InvalidKeyError) as exc:
                raise UnusableSourceError(f"{location} cannot be read: {exc.detail}.") from exc
    except (MalformedTiffError, MalformedJpegError, NotAdoptableError, RangeNotSatisfiableError) as exc:
        detail = "it is cut off" if isinstance(exc, RangeNotSatisfiableError) else exc
        raise UnusableSourceError(f"{name} cannot be served as it lies: {detail}. Ingest converts it.") from exc


def _index(
    file: ForeignFile, limits: WholeLimits, *, checksums: bool, on_progress: Callable[[float], None]
) -> tuple[Indexed, bytes]:
    if not _is_tiff(file):
        return index_whole(file, limits, on_progress=on_progress)
    try:
        return index_pyramid(file, checksums=checksums, on_progress=on_progress)
    except NoPyramidError as no_pyramid:
        try:
            return index_whole(file, limits, on_progress=on_progress)
        except NotAdoptableError as exc:
            raise NotAdoptableError(f"{no_pyramid}, and {exc}") from exc


def _is_tiff(file: ForeignFile) -> bool:
    return file.size_bytes > 0 and file.read(0, 2) in (b"II", b"MM")


def _check(indexed: Indexed) -> None:
    """Raises NotAdoptableError where image servers will not take it."""
    document = build_revision_document(indexed.revision(name="new", created=datetime.now(UTC)))
    try:
        read_revision_document(document)
    except MalformedRecordError as exc:
        raise NotAdoptableError(str(exc)) from exc
