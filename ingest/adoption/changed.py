"""Adopted files that have changed: image server or download put a mark where they meet one; it is indexed anew."""

from __future__ import annotations

import json
import logging

from sqlalchemy import select
from sqlmodel import Session, col

from iiif_server.layout import CHANGES_PREFIX, change_key
from ingest.adoption.submit_adoption import add_adopted_master
from ingest.catalog import lock_image
from ingest.faults import translated_storage_errors
from ingest.job import ACTIVE, JobState
from ingest.services import Services
from ingest.stores import closing_adopted
from ingest.submission import Submission
from ingest.submit import add_job, send_job
from ingest.tables import Image, Job, Master, PublishedRevision
from storage.adopted import AdoptedObjects
from storage.errors import ObjectNotFoundError, StorageError
from storage.ports import ObjectWriter

_log = logging.getLogger(__name__)


def index_changed(services: Services) -> int:
    """Queues a job for every adopted image whose file is marked as changed; how many.

    Raises StorageAwayError, CatalogUnavailableError.
    """
    if not _anything_adopted(services):
        return 0
    with translated_storage_errors():
        keys = [found.key for found in services.store.list_objects(CHANGES_PREFIX)]
    if not keys:
        return 0
    with closing_adopted(services.settings) as objects:
        return sum(_settle(services, objects, key) for key in keys)


def mark_changed(store: ObjectWriter, identifier: str, revision: str) -> None:
    """Notes that the revision's file has changed. What goes wrong is logged: whoever comes next notes it again."""
    data = json.dumps([identifier, revision]).encode()
    try:
        store.put(change_key(identifier, revision), data, content_type="application/json")
    except StorageError as exc:
        _log.warning("%s: the change of its file cannot be noted: %s", identifier, exc)


def _anything_adopted(services: Services) -> bool:
    """Without any, no list is asked for, which a store far away wants to be paid for."""
    with services.catalog.begin() as session:
        statement = select(col(Master.id)).where(col(Master.location).is_not(None)).limit(1)
        return session.execute(statement).first() is not None


def _settle(services: Services, objects: AdoptedObjects, key: str) -> bool:
    with translated_storage_errors():
        try:
            named = _parse(services.store.read(key).data)
        except ObjectNotFoundError:
            return False  # another sweeper was faster
    job_id = _queue(services, objects, *named) if named else None
    with translated_storage_errors():
        services.store.delete(key)
    if job_id is not None:
        send_job(services, job_id)
    return job_id is not None


def _parse(data: bytes) -> tuple[str, str] | None:
    try:
        identifier, revision = json.loads(data)
    except (ValueError, TypeError):
        return None
    return (identifier, revision) if isinstance(identifier, str) and isinstance(revision, str) else None


def _queue(services: Services, objects: AdoptedObjects, identifier: str, revision: str) -> str | None:
    """The new job; None where there is nothing to do, or nothing that could be done."""
    with services.catalog.begin() as session:
        image = lock_image(session, identifier)
        row = session.get(PublishedRevision, revision)
        master = session.get(Master, row.master_id) if row else None
        if image is None or image.revision != revision or row is None or master is None or master.location is None:
            return None
        try:
            info = objects.head(objects.locate(master.location))
        except StorageError as exc:
            _log.warning("%s: its file has changed and cannot be read: %s", identifier, exc)
            return None
        if row.document["adopted"]["etag"] == info.etag or _is_settled(session, image, info.etag):
            return None
        renewed = add_adopted_master(session, master.location, info, checksums=master.checksums)
        unchanged = Submission(identifier, label=None, rights=None, access=None, replace=True)
        _log.info("%s: its file has changed and is indexed anew", identifier)
        return add_job(session, image, renewed, unchanged, file_name=master.file_name)


def _is_settled(session: Session, image: Image, etag: str) -> bool:
    """Whether a job is under way, or the last one has failed with just this version of the file."""
    newest = session.execute(
        select(Job, Master)
        .outerjoin(Master, col(Master.id) == col(Job.master_id))
        .where(col(Job.image_id) == image.id)
        .order_by(col(Job.id).desc())
        .limit(1)
    ).first()
    if newest is None:
        return False
    job, master = newest
    return job.state in ACTIVE or (job.state == JobState.FAILED and master is not None and master.etag == etag)
