"""Making the index of a file that lies somewhere else, and stays there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from iiif_server.record import MalformedRecordError, build_revision_document, read_revision_document
from ingest.adoption.foreign_file import ForeignFile
from ingest.adoption.foreign_layout import NotAdoptableError
from ingest.adoption.indexed import Indexed
from ingest.adoption.jpeg_header import MalformedJpegError
from ingest.adoption.pyramid_index import index_pyramid
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
    objects: AdoptedObjects, location: str, output: Path, *, checksums: bool, on_progress: Callable[[float], None]
) -> Indexed:
    """Writes the index of the file at `location` to `output`, calling `on_progress` with numbers from 0 to 1.

    Raises UnusableSourceError for good, PublishConflictError where the file is changed meanwhile, StorageAwayError.
    """
    name = location.rpartition("/")[2]
    try:
        with translated_storage_errors(), asyncio.Runner() as runner:
            try:
                indexed, index = index_pyramid(
                    ForeignFile(objects, location, runner), checksums=checksums, on_progress=on_progress
                )
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


def _check(indexed: Indexed) -> None:
    """Raises NotAdoptableError where image servers will not take it."""
    document = build_revision_document(indexed.revision(name="new", created=datetime.now(UTC)))
    try:
        read_revision_document(document)
    except MalformedRecordError as exc:
        raise NotAdoptableError(str(exc)) from exc
