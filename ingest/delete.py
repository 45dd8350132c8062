"""Deleting: a published image leaves a tombstone for good, one that never was published leaves nothing."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from iiif_server.layout import normalize_identifier, revision_object_key
from ingest.catalog import lock_image
from ingest.discard import discard, discard_attempts, release_masters, remove_discarded
from ingest.errors import IdentifierDeletedError, UnknownImageError
from ingest.job import Step
from ingest.leases import is_before, step_values
from ingest.projection import project, read_stored
from ingest.services import Services
from ingest.tables import Image, Job, PublishedRevision


def delete_image(services: Services, identifier: str, purge: bool = False) -> None:
    """Deletes the image and cancels what is being made of it.

    Its originals and pyramids stay unless `purge`, which also works on an image that is deleted already; an original
    that another image uses stays in any case. A never published image goes away wholly; its identifier is free again.
    Raises UnknownImageError, IdentifierDeletedError, PublishConflictError, StorageAwayError, CatalogUnavailableError.
    """
    with services.catalog.begin() as session:
        image = lock_image(session, identifier)
        if image is None:
            raise UnknownImageError(normalize_identifier(identifier))
        if image.state == "deleted" and not purge:
            raise IdentifierDeletedError(image.identifier)
        _cancel_jobs(session, image)
        # A record without a published row: a worker died before it could tell the catalog, but viewers have seen it.
        if image.state == "new" and read_stored(services.store, image.identifier).record is None:
            _remove_unpublished(session, image)
        else:
            _bury(session, services, image, purge)
    remove_discarded(services.catalog, services.store)


def _cancel_jobs(session: Session, image: Image) -> None:
    cancelled = session.execute(
        update(Job)
        .where(col(Job.image_id) == image.id, is_before(Step.CANCEL))
        .values(**step_values(Step.CANCEL), error="The image was deleted.")
        .returning(Job)
    ).scalars()
    for job in list(cancelled):
        discard_attempts(session, image.identifier, job.revisions)


def _remove_unpublished(session: Session, image: Image) -> None:
    masters = _job_masters(session, image)
    session.execute(delete(Image).where(col(Image.id) == image.id))  # its jobs go with it
    release_masters(session, masters)


def _bury(session: Session, services: Services, image: Image, purge: bool) -> None:
    masters = _job_masters(session, image)
    session.execute(update(Job).where(col(Job.image_id) == image.id).values(master_id=None))
    if purge:
        rows = session.execute(
            delete(PublishedRevision)
            .where(col(PublishedRevision.image_id) == image.id)
            .returning(col(PublishedRevision.name), col(PublishedRevision.master_id))
        ).all()
        discard(session, (revision_object_key(image.identifier, name, "") for name, _ in rows))
        masters |= {master_id for _, master_id in rows}
    if image.state != "deleted":
        image.state, image.revision = "deleted", None
        project(session, services.store, image)
    release_masters(session, masters)


def _job_masters(session: Session, image: Image) -> set[str]:
    found = session.execute(select(col(Job.master_id)).where(col(Job.image_id) == image.id)).scalars()
    return {master_id for master_id in found if master_id is not None}
