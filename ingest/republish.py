"""Rebuilding what lies in storage from the catalog: records, revision descriptions, and the tokens in force."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select
from sqlmodel import Session, col

from iiif_server.layout import revision_object_key
from iiif_server.record import MalformedRecordError, format_revision, parse_revision, read_revision_document
from ingest.catalog import lock_image
from ingest.faults import translated_storage_errors
from ingest.projection import build_record, current_revision, project, read_stored
from ingest.published_parts import restore_parts
from ingest.services import Services
from ingest.tables import Image, PublishedRevision
from ingest.tokens import publish_tokens
from storage.errors import ObjectNotFoundError
from storage.ports import Store


def republish(services: Services) -> int:
    """Puts every record that is missing or differs from the catalog, and the tokens; how many records were put.

    May run beside everything else. Raises StorageAwayError, PublishConflictError, CatalogUnavailableError.
    """
    with services.catalog.begin() as session:
        publish_tokens(session, services.store)
        published = select(col(Image.identifier)).where(col(Image.state) != "new").order_by(col(Image.id))
        identifiers = list(session.execute(published).scalars())
    return sum(_republish(services, identifier) for identifier in identifiers)


def _republish(services: Services, identifier: str) -> bool:
    with services.catalog.begin() as session:
        image = lock_image(session, identifier)
        if image is None or image.state == "new":
            return False
        _restore_revisions(session, services.store, image)
        stored = read_stored(services.store, identifier).record
        wanted = build_record(image, current_revision(session, image))
        if stored is not None and dataclasses.replace(stored, updated=wanted.updated) == wanted:
            return False
        project(session, services.store, image)
        return True


def _restore_revisions(session: Session, store: Store, image: Image) -> None:
    rows = session.execute(select(PublishedRevision).where(col(PublishedRevision.image_id) == image.id)).scalars()
    for row in rows:
        key = revision_object_key(image.identifier, row.name, "revision.json")
        with translated_storage_errors():
            if not _is_readable(store, key):
                data = format_revision(read_revision_document(row.document))
                store.put(key, data, content_type="application/json")
        restore_parts(session, store, image.identifier, row.name)


def _is_readable(store: Store, key: str) -> bool:
    try:
        parse_revision(store.read(key).data)
    except (ObjectNotFoundError, MalformedRecordError):
        return False
    return True
