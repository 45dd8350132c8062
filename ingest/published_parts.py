"""The pictures beside a revision's first one, in the catalog and in storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from iiif_server.layout import part_object_key, revision_object_key
from iiif_server.parts import (
    PARTS,
    MalformedPartNameError,
    MalformedPartsError,
    Part,
    PartName,
    format_parts,
    parse_parts,
)
from iiif_server.record import (
    MalformedRecordError,
    Revision,
    build_revision_document,
    format_revision,
    parse_revision,
    read_revision_document,
)
from ingest.conversion.converted import PartRevision, read_part_name
from ingest.faults import translated_storage_errors
from ingest.tables import PublishedPart
from storage.errors import ObjectNotFoundError
from storage.ports import Store

JSON = "application/json"


def put_parts(store: Store, identifier: str, revision: str, parts: Sequence[PartRevision]) -> None:
    """Puts the description of every part, and the list of them. Raises StorageError."""
    for part in parts:
        key = part_object_key(identifier, revision, read_part_name(part.part.name), "revision.json")
        store.put(key, format_revision(part.revision), content_type=JSON)
    if parts:
        data = format_parts([part.part for part in parts])
        store.put(revision_object_key(identifier, revision, PARTS), data, content_type=JSON)


def add_parts(session: Session, revision: str, parts: Sequence[PartRevision]) -> None:
    """Writes them into the catalog."""
    session.add_all(
        PublishedPart(
            revision=revision,
            position=position,
            name=part.part.name,
            label=part.part.label,
            width=part.part.width,
            height=part.part.height,
            document=build_revision_document(part.revision),
        )
        for position, part in enumerate(parts)
    )


def read_stored_parts(store: Store, identifier: str, revision: Revision) -> tuple[PartRevision, ...] | None:
    """What lies in storage of the revision's parts; None where that is not all of them. Raises StorageAwayError."""
    if not revision.part_count:
        return ()
    with translated_storage_errors():
        try:
            listed = parse_parts(store.read(revision_object_key(identifier, revision.name, PARTS)).data)
            return tuple(_read_part(store, identifier, revision.name, part) for part in listed)
        except (ObjectNotFoundError, MalformedPartsError, MalformedPartNameError, MalformedRecordError):
            return None


def restore_parts(session: Session, store: Store, identifier: str, revision: str) -> None:
    """Puts what is missing or damaged in storage again. Raises StorageAwayError, NoRoomError."""
    names = select(col(PublishedPart.position)).where(col(PublishedPart.revision) == revision).limit(1)
    if session.execute(names).first() is None:
        return
    with translated_storage_errors():
        listed = []
        for part in catalogued_parts(session, revision):
            listed.append(part.part)
            name = read_part_name(part.part.name)
            if not _is_whole(store, identifier, revision, name):
                key = part_object_key(identifier, revision, name, "revision.json")
                store.put(key, format_revision(part.revision), content_type=JSON)
        key, data = revision_object_key(identifier, revision, PARTS), format_parts(listed)
        try:
            whole = store.read(key).data == data
        except ObjectNotFoundError:
            whole = False
        if not whole:
            store.put(key, data, content_type=JSON)


def catalogued_parts(session: Session, revision: str) -> Iterator[PartRevision]:
    """The parts as the catalog knows them, in their order."""
    rows = select(PublishedPart).where(col(PublishedPart.revision) == revision).order_by(col(PublishedPart.position))
    for row in session.execute(rows).scalars():
        found = read_revision_document(row.document)
        smallest = found.levels[-1]
        part = Part(row.name, row.label, row.width, row.height, smallest.width, smallest.height)
        yield PartRevision(part, found)


def _read_part(store: Store, identifier: str, revision: str, part: Part) -> PartRevision:
    key = part_object_key(identifier, revision, read_part_name(part.name), "revision.json")
    return PartRevision(part, parse_revision(store.read(key).data))


def _is_whole(store: Store, identifier: str, revision: str, name: PartName) -> bool:
    try:
        parse_revision(store.read(part_object_key(identifier, revision, name, "revision.json")).data)
    except (ObjectNotFoundError, MalformedRecordError):
        return False
    return True
