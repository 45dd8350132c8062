"""A file comes in: its bytes are kept, its identifier reserved, and a job queued."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col
from ulid import ULID

from iiif_server.grammar import MAX_IDENTIFIER_BYTES
from iiif_server.layout import normalize_identifier
from iiif_server.record import LanguageMap
from ingest.broker import enqueue_job
from ingest.catalog import lock_image
from ingest.errors import (
    IdentifierDeletedError,
    IdentifierTakenError,
    InvalidValueError,
    StorageAwayError,
)
from ingest.incoming import Incoming, Progress, copy_source
from ingest.job import ACTIVE
from ingest.masters import keep_master, lock_master
from ingest.publish import current_master_sha256
from ingest.scratch import open_scratch
from ingest.services import Services
from ingest.tables import Image, Job, Master

Access = Literal["public", "restricted"]
_RACES = 3


class _MasterGoneError(Exception):
    """The original was removed between the moment when it was found and the one when a job could refer to it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked for. Empty values mean: as the image has them, or the default for a new one."""

    identifier: str
    label: LanguageMap | None
    rights: str | None
    access: Access | None
    replace: bool


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
    check_identifier_free(services, submission)
    with open_scratch(services.scratch, f"incoming-{ULID()}") as folder:
        incoming = copy_source(path, folder, services.settings.max_source_bytes, on_progress)
        return submit_incoming(services, incoming, submission)


def build_submission(
    identifier: str, *, label: str | None, replace: bool, access: str | None, rights: str | None
) -> Submission:
    """The checked values. Raises InvalidValueError."""
    name = normalize_identifier(identifier)
    if not name or len(name.encode("utf-8", "replace")) > MAX_IDENTIFIER_BYTES:
        raise InvalidValueError(
            "identifier", f"The identifier must have between 1 and {MAX_IDENTIFIER_BYTES} bytes of UTF-8."
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise InvalidValueError("identifier", "The identifier holds a control character.")
    return Submission(name, parse_label(label), rights or None, parse_access(access), replace)


def parse_label(label: str | None) -> LanguageMap | None:
    """A text without a language. Raises InvalidValueError."""
    if label is not None and "\0" in label:
        raise InvalidValueError("label", "The label holds a NUL character.")
    return {"none": [label]} if label else None


def parse_access(access: str | None) -> Access | None:
    """Raises InvalidValueError for anything but `public` and `restricted`."""
    match access:
        case None | "public" | "restricted":
            return access
        case _:
            raise InvalidValueError("access", f"Access is public or restricted, not {access}.")


def check_identifier_free(services: Services, submission: Submission) -> None:
    """Refuses early, before any byte is copied. Raises IdentifierTakenError, IdentifierDeletedError."""
    with services.catalog.begin() as session:
        image = session.execute(
            select(Image).where(col(Image.identifier) == submission.identifier)
        ).scalar_one_or_none()
        if image is not None and not (image.state == "live" and not submission.replace):
            _check_free(session, image, submission, None)


def submit_incoming(services: Services, incoming: Incoming, submission: Submission) -> Submitted:
    """The rest of submit_file, for a file that is in the scratch folder already."""
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


def _reserve(services: Services, master_id: str, incoming: Incoming, submission: Submission) -> str:
    """The new job's id."""
    with services.catalog.begin() as session:
        image = _lock_or_make_image(session, submission)
        master = lock_master(session, master_id)
        if master is None:
            raise _MasterGoneError
        _check_free(session, image, submission, master)
        if image.state == "new":
            _describe(image, submission)
            session.add(image)
        return _add_job(session, image, master, incoming, submission)


def _lock_or_make_image(session: Session, submission: Submission) -> Image:
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


def _check_free(session: Session, image: Image, submission: Submission, master: Master | None) -> None:
    name = image.identifier
    if image.state == "deleted":
        raise IdentifierDeletedError(name)
    active = session.execute(
        select(col(Job.id)).where(col(Job.image_id) == image.id, col(Job.state).in_(sorted(ACTIVE)))
    ).scalar_one_or_none()
    if active is not None:
        raise IdentifierTakenError(name, f"{name} is being converted already, by job {active}.")
    if image.state == "live" and not submission.replace:
        same = master is not None and current_master_sha256(session, image) == master.sha256
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


def _add_job(session: Session, image: Image, master: Master, incoming: Incoming, submission: Submission) -> str:
    if image.id is None:
        raise ValueError("the image has not been stored")
    job_id = str(ULID()).lower()
    session.execute(
        insert(Job).values(
            id=job_id,
            image_id=image.id,
            master_id=master.id,
            file_name=incoming.file_name,
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
