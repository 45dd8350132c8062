"""From a finished conversion to a published image: objects first, then the record, under the image's row lock.

The attempt's lease is checked under that lock; record.json is put last and conditionally, and the commit follows.
A crash between put and commit leaves a record that is ahead of the catalog: `adopt` knows it by the attempt's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col

from iiif_server.layout import part_object_key, revision_object_key
from iiif_server.parts import part_folder
from iiif_server.record import Revision, build_revision_document, format_revision
from iiif_server.samples_record import SAMPLES, SAMPLES_INDEX
from ingest.catalog import Catalog, lock_image
from ingest.conversion.converted import PartRevision, read_part_name
from ingest.discard import discard_attempts
from ingest.errors import LeaseLostError
from ingest.faults import translated_disk_errors, translated_storage_errors
from ingest.job import Step
from ingest.leases import Claim, lock_claimed_job, step_values
from ingest.projection import project, read_stored
from ingest.published_parts import add_parts, put_parts, read_stored_parts
from ingest.tables import Image, Job, Master, PublishedRevision
from storage.ports import Store

_BINARY = "application/octet-stream"
_MEDIA_TYPES = {"pyramid.tif": "image/tiff", "index": _BINARY, SAMPLES: "image/tiff", SAMPLES_INDEX: _BINARY}


def publish(
    catalog: Catalog,
    store: Store,
    claim: Claim,
    folder: Path,
    revision: Revision,
    parts: Sequence[PartRevision] = (),
) -> None:
    """Publishes what lies in `folder` (and may be moved away) as the image's current revision.

    Its files are those that the revision speaks of, and those of each part in a folder of its own.

    Raises LeaseLostError, PublishConflictError, StorageAwayError, NoRoomError, CatalogUnavailableError.
    """
    upload_revision(store, claim.identifier, folder, revision, parts)
    with catalog.begin() as session:
        image, job = _lock(session, claim)
        _complete(session, image, job, revision, parts)
        project(session, store, image)


def upload_revision(
    store: Store, identifier: str, folder: Path, revision: Revision, parts: Sequence[PartRevision] = ()
) -> None:
    """Puts the revision's objects; nobody looks at them before the record names them."""
    with translated_storage_errors(), translated_disk_errors():
        for part in parts:
            name = read_part_name(part.part.name)
            for file in _files(part.revision):
                key = part_object_key(identifier, revision.name, name, file)
                path = folder / part_folder(name) / file
                store.put_file(key, path, content_type=_MEDIA_TYPES[file], consume=True)
        put_parts(store, identifier, revision.name, parts)
        for file in _files(revision):
            key = revision_object_key(identifier, revision.name, file)
            store.put_file(key, folder / file, content_type=_MEDIA_TYPES[file], consume=True)
        store.put(
            revision_object_key(identifier, revision.name, "revision.json"),
            format_revision(revision),
            content_type="application/json",
        )


def _files(revision: Revision) -> tuple[str, ...]:
    # An adopted image has its pyramid elsewhere.
    own = ("index",) if revision.adopted else ("pyramid.tif", "index")
    return (*own, SAMPLES, SAMPLES_INDEX) if revision.samples else own


def adopt_claimed(catalog: Catalog, store: Store, claim: Claim) -> bool:
    """Whether an earlier attempt had published already and died before it could tell the catalog.

    If so, the job is done now. Raises LeaseLostError, StorageAwayError, CatalogUnavailableError.
    """
    with catalog.begin() as session:
        image, job = _lock(session, claim)
        return adopt(session, store, image, job)


def adopt(session: Session, store: Store, image: Image, job: Job) -> bool:
    """The same for rows that are locked. Raises StorageAwayError."""
    stored = read_stored(store, image.identifier)
    record = stored.record
    if record is None or record.revision is None or record.revision.name not in job.revisions:
        return False
    if record.generation <= image.generation:
        return False
    parts = read_stored_parts(store, image.identifier, record.revision)
    if parts is None:
        return False
    _complete(session, image, job, record.revision, parts)
    image.generation = record.generation
    image.updated = record.updated
    session.add(image)
    session.flush()
    return True


def _lock(session: Session, claim: Claim) -> tuple[Image, Job]:
    image = lock_image(session, claim.identifier)
    if image is None:
        raise LeaseLostError(f"The image of job {claim.job_id} has been deleted.")
    return image, lock_claimed_job(session, claim)


def _complete(session: Session, image: Image, job: Job, revision: Revision, parts: Sequence[PartRevision]) -> None:
    """What the catalog says once the revision is published; the rows are locked."""
    image.state, image.revision = "live", revision.name
    image.label = job.label if job.label is not None else image.label
    image.rights = job.rights if job.rights is not None else image.rights
    image.access = job.access if job.access is not None else image.access
    session.add(image)
    session.add(_build_row(image, job, revision))
    session.flush()
    add_parts(session, revision.name, parts)
    session.flush()
    values = step_values(Step.FINISH) | {"progress": 1.0, "error": None}
    session.execute(update(Job).where(col(Job.id) == job.id).values(**values))
    session.execute(update(Master).where(col(Master.id) == job.master_id).values(state="published"))
    discard_attempts(session, image.identifier, (name for name in job.revisions if name != revision.name))


def _build_row(image: Image, job: Job, revision: Revision) -> PublishedRevision:
    if image.id is None or job.master_id is None:
        raise ValueError("a job that runs has an image and an original")
    return PublishedRevision(
        name=revision.name,
        image_id=image.id,
        master_id=job.master_id,
        file_name=job.file_name,
        width=revision.width,
        height=revision.height,
        document=build_revision_document(revision),
    )
