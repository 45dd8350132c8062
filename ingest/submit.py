"""A file comes in: its bytes are kept, its identifier reserved, and a job queued."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col
from ulid import ULID

from ingest.broker import enqueue_job
from ingest.catalog import lock_image
from ingest.errors import (
    IdentifierDeletedError,
    IdentifierTakenError,
    StorageAwayError,
)
from ingest.incoming import Incoming, Progress, copy_source
from ingest.job import ACTIVE
from ingest.masters import current_master, keep_master, lock_master
from ingest.scratch import open_scratch
from ingest.services import Services
from ingest.submission import Submission, build_submission
from ingest.tables import Image, Job, Master

_RACES = 3


class _MasterGoneError(Exception):
    """The original was removed between the moment when it was found and the one when a job could refer to it."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that is queued."""

    job_id: str
    identifier: str


def submit_file(
    services: Services,
    path: Path,
    *,
    identifier: str,
    label: str | None = None,
    replace: bool = False,
    access: str | None = None,
    rights: str | None = None,
    on_progress: Progress | None = None,
) -> Submitted:
    """Takes a file of this machine in. Where the queue is away the job is queued later, by the sweeper.

    `access` is `public` for a new image and unchanged for a replaced one, if not given.
    Raises InvalidValueError, IdentifierTakenError, IdentifierDeletedError, UnreadableSourceError,
    SourceTooLargeError, NoRoomError, StorageAwayError, CatalogUnavailableError.
    """
    submission = build_submission(identifier, label=label, replace=replace, access=access, rights=rights)
    check_identifier_free(services, submission, _size(path))
    with open_scratch(services.scratch, f"incoming-{ULID()}") as folder:
        incoming = copy_source(path, folder, services.settings.max_source_bytes, on_progress)
        return submit_incoming(services, incoming, submission)


def check_identifier_free(
    services: Services, submission: Submission, size_bytes: int | None, sha256: str | None = None
) -> None:
    """Refuses early: before any byte is copied, or (with the hash) before any is stored.

    What may be the same bytes passes until the hash is known, so that the sentence can tell. Raises
    IdentifierTakenError, IdentifierDeletedError.
    """
    with services.catalog.begin() as session:
        found = session.execute(select(Image).where(col(Image.identifier) == submission.identifier))
        image = found.scalar_one_or_none()
        if image is None:
            return
        if image.state == "live" and not submission.replace and sha256 is None:
            master = current_master(session, image)
            if master is not None and size_bytes in (None, master.size_bytes):
                return
        _check_free(session, image, submission, sha256)


def submit_incoming(services: Services, incoming: Incoming, submission: Submission) -> Submitted:
    """The rest of submit_file, for a file that is in the scratch folder already."""
    check_identifier_free(services, submission, incoming.size_bytes, incoming.sha256)
    for _ in range(_RACES):
        master_id = keep_master(services.catalog, services.store, incoming)
        try:
            job_id = _reserve(services, master_id, incoming, submission)
        except _MasterGoneError:
            continue
        send_job(services, job_id)
        return Submitted(job_id, submission.identifier)
    raise StorageAwayError(f"{incoming.file_name} was being removed while it came in; please send it again.")


def send_job(services: Services, job_id: str) -> None:
    """Puts a message into the queue, or leaves that to the sweeper."""
    if not enqueue_job(services.broker, job_id):
        with services.catalog.begin() as session:
            session.execute(update(Job).where(col(Job.id) == job_id).values(enqueued=None))


def _size(path: Path) -> int | None:
    """None where it cannot be told; reading the file says why."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def _reserve(services: Services, master_id: str, incoming: Incoming, submission: Submission) -> str:
    """The new job's id."""
    with services.catalog.begin() as session:
        image = lock_or_make_image(session, submission)
        master = lock_master(session, master_id)
        if master is None:
            raise _MasterGoneError
        take_image(session, image, submission, master.sha256)
        return add_job(session, image, master, submission, file_name=incoming.file_name)


def take_image(session: Session, image: Image, submission: Submission, sha256: str | None) -> None:
    """Makes sure that the locked image may be given these bytes. Raises what check_identifier_free raises."""
    _check_free(session, image, submission, sha256)
    if image.state == "new":
        _describe(image, submission)
        session.add(image)


def lock_or_make_image(session: Session, submission: Submission) -> Image:
    """The image's row, locked, and new where there was none. Raises IdentifierTakenError."""
    session.execute(
        insert(Image)
        .values(
            identifier=submission.identifier,
            state="new",
            label={"none": [submission.identifier]},
            access="public",
            generation=0,
        )
        .on_conflict_do_nothing(index_elements=["identifier"])
    )
    image = lock_image(session, submission.identifier)
    if image is None:
        raise IdentifierTakenError(
            submission.identifier, f"{submission.identifier} is being deleted; please try again."
        )
    return image


def _check_free(session: Session, image: Image, submission: Submission, sha256: str | None) -> None:
    name = image.identifier
    if image.state == "deleted":
        raise IdentifierDeletedError(name)
    active = session.execute(
        select(col(Job.id)).where(col(Job.image_id) == image.id, col(Job.state).in_(sorted(ACTIVE)))
    ).scalar_one_or_none()
    if active is not None:
        raise IdentifierTakenError(name, f"{name} is being converted already, by job {active}.")
    if image.state == "live" and not submission.replace:
        master = current_master(session, image)
        same = master is not None and sha256 is not None and master.sha256 == sha256
        raise IdentifierTakenError(
            name,
            f"{name} is there already, with exactly these bytes."
            if same
            else f"{name} is there already, with other content; replace it, or take another identifier.",
        )


def _describe(image: Image, submission: Submission) -> None:
    """What a new image is called while it waits; the job says it once more for publication."""
    image.label = submission.label or {"none": [image.identifier]}
    image.rights = submission.rights
    image.access = submission.access or "public"


def add_job(session: Session, image: Image, master: Master, submission: Submission, *, file_name: str) -> str:
    """The id of a new job for the locked image, to be sent once the transaction has ended."""
    if image.id is None:
        raise ValueError("the image has not been stored")
    job_id = str(ULID()).lower()
    session.execute(
        insert(Job).values(
            id=job_id,
            image_id=image.id,
            master_id=master.id,
            file_name=file_name,
            label=submission.label,
            rights=submission.rights,
            access=submission.access,
            state="queued",
            progress=0.0,
            attempts=0,
            enqueued=func.clock_timestamp(),
        )
    )
    # An original that failed elsewhere gets another verdict.
    session.execute(
        update(Master).where(col(Master.id) == master.id, col(Master.state) == "quarantined").values(state="stored")
    )
    return job_id
