"""The record in storage: a projection of the catalog's row, put under that row's lock.

The put is conditional on the record that was read under the same lock. So a process that froze in the middle, and
lost the lock to PostgreSQL's limit on idle transactions, cannot overwrite what came after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from iiif_server.layout import record_key
from iiif_server.record import (
    MalformedRecordError,
    Record,
    Revision,
    format_record,
    parse_record,
    read_revision_document,
)
from ingest.faults import translated_storage_errors
from ingest.tables import Image, PublishedRevision
from storage.errors import ObjectNotFoundError
from storage.ports import Store

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """What lies at a record's key: nothing (no ETag), or something that may not be readable (no record)."""

    etag: str | None
    record: Record | None

    @property
    def generation(self) -> int:
        """Of the readable record; 0 without one."""
        return self.record.generation if self.record else 0


def read_stored(store: Store, identifier: str) -> StoredRecord:
    """The record as it lies in storage. Raises StorageAwayError."""
    return read_stored_at(store, record_key(identifier))


def read_stored_at(store: Store, key: str) -> StoredRecord:
    """The same by its key."""
    with translated_storage_errors():
        try:
            found = store.read(key)
        except ObjectNotFoundError:
            return StoredRecord(None, None)
    try:
        return StoredRecord(found.etag, parse_record(found.data))
    except MalformedRecordError:
        return StoredRecord(found.etag, None)


def project(session: Session, store: Store, image: Image) -> None:
    """Puts the record of the locked image, one generation on; the transaction's end makes the catalog agree.

    All of the transaction's statements are sent before, so that after the put only the commit can fail.
    Raises PublishConflictError, StorageAwayError, NoRoomError.
    """
    stored = read_stored(store, image.identifier)
    image.generation = max(image.generation, stored.generation) + 1
    image.updated = datetime.now(UTC)
    session.add(image)
    session.flush()
    put_record(store, build_record(image, current_revision(session, image)), stored)


def put_record(store: Store, record: Record, over: StoredRecord) -> None:
    """Puts the record over exactly what was read. Raises PublishConflictError, StorageAwayError, NoRoomError."""
    with translated_storage_errors():
        store.put(
            record_key(record.identifier),
            format_record(record),
            content_type=_JSON,
            if_match=over.etag,
            if_absent=over.etag is None,
        )


def build_record(image: Image, revision: Revision | None) -> Record:
    """The record that the catalog's row demands; a deleted image tells nothing but that it is."""
    deleted = image.state == "deleted"
    return Record(
        identifier=image.identifier,
        generation=image.generation,
        state="deleted" if deleted else "live",
        access="restricted" if image.access == "restricted" else "public",
        label={} if deleted else image.label,
        updated=image.updated or datetime.now(UTC),
        rights=None if deleted else image.rights,
        revision=None if deleted else revision,
    )


def current_revision(session: Session, image: Image) -> Revision | None:
    """The revision that the image shows."""
    row = session.get(PublishedRevision, image.revision) if image.revision else None
    return read_revision_document(row.document) if row else None
