"""What goes round regularly: jobs whose worker is gone, jobs that the queue lost, and what is to be cleared away.

Any number of sweepers may run at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlmodel import Session, col

from ingest.adoption.changed import index_changed
from ingest.broker import enqueue_job, queue_length
from ingest.catalog import lock_image
from ingest.discard import discard_attempts, release_masters, remove_discarded
from ingest.errors import IngestError
from ingest.job import JobState, Step, interruption_sentence, step_after_interruption
from ingest.leases import step_values
from ingest.owner import Owner, is_known_dead
from ingest.publish import adopt
from ingest.scratch import sweep_scratch
from ingest.services import Services
from ingest.tables import Image, Job, Master, PublishedRevision

ENQUEUE_GRACE_S = 5.0
"""How long a message may be on its way before a job that waits is thought lost by the queue."""

ORPHAN_AGE_S = 86_400.0
_BATCH = 500
_DEAD = "The worker that converted it died."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A running job as it was seen: of an attempt whose worker is gone."""

    job_id: str
    identifier: str
    revision: str
    lease_expires: datetime


def sweep(services: Services, here: Owner) -> None:
    """One round. What fails in it is logged and left to the next. `here` is the calling process."""
    for action in (
        lambda: settle_lost_jobs(services, here),
        lambda: enqueue_waiting_jobs(services),
        lambda: index_changed(services),
        lambda: remove_discarded(services.catalog, services.store),
        lambda: release_orphans(services),
        lambda: sweep_scratch(services.scratch),
    ):
        try:
            action()
        except (IngestError, OSError) as exc:
            _log.warning("Sweep: %s", exc)


def settle_lost_jobs(services: Services, here: Owner) -> int:
    """Queues running jobs again whose lease has run out or whose worker is known to be dead; how many were settled.

    One that had published before it died is done; one that has used up its attempts is given up.
    """
    return sum(_settle(services, lost) for lost in _find_lost(services, here))


def enqueue_waiting_jobs(services: Services) -> int:
    """Puts messages into the queue for jobs that wait without one; how many.

    One is known to be missing where none was put, and is thought lost where the queue is empty and yet the job waits.
    """
    length = queue_length(services.broker)
    if length is None:
        return 0
    now = func.clock_timestamp()
    missing: ColumnElement[bool] = col(Job.enqueued).is_(None)
    if length == 0:
        missing = or_(missing, col(Job.enqueued) < now - timedelta(seconds=ENQUEUE_GRACE_S))
    waiting = (
        select(col(Job.id))
        .where(col(Job.state) == JobState.QUEUED, col(Job.not_before) <= now, missing)
        .order_by(col(Job.created))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    with services.catalog.begin() as session:
        statement = update(Job).where(col(Job.id).in_(waiting)).values(enqueued=now).returning(col(Job.id))
        job_ids = sorted(session.execute(statement).scalars())
        # Within the transaction: where the queue goes away in the middle, the rest stays noted as missing.
        sent = [job_id for job_id in job_ids if enqueue_job(services.broker, job_id)]
        if len(sent) < len(job_ids):
            unsent = set(job_ids) - set(sent)
            session.execute(update(Job).where(col(Job.id).in_(unsent)).values(enqueued=None))
    return len(sent)


def release_orphans(services: Services) -> None:
    """Forgets originals that came in without their job following: whoever sent them died in between."""
    with services.catalog.begin() as session:
        orphans = session.execute(
            select(col(Master.id))
            .where(
                col(Master.state).in_(("incoming", "stored")),
                col(Master.created) < func.clock_timestamp() - timedelta(seconds=ORPHAN_AGE_S),
                ~select(Job).where(col(Job.master_id) == col(Master.id)).exists(),
                ~select(PublishedRevision).where(col(PublishedRevision.master_id) == col(Master.id)).exists(),
            )
            .limit(_BATCH)
        ).scalars()
        release_masters(session, list(orphans))


def _find_lost(services: Services, here: Owner) -> list[_Lost]:
    with services.catalog.begin() as session:
        running = session.execute(
            select(Job, col(Image.identifier), col(Job.lease_expires) < func.clock_timestamp())
            .join(Image, col(Image.id) == col(Job.image_id))
            .where(col(Job.state) == JobState.RUNNING)
            .limit(_BATCH)
        ).all()
        return [
            _Lost(job.id, identifier, job.revisions[-1], job.lease_expires)
            for job, identifier, expired in running
            if job.lease_expires is not None and (expired or is_known_dead(job.owner or "", here))
        ]


def _settle(services: Services, lost: _Lost) -> bool:
    with services.catalog.begin() as session:
        image = lock_image(session, lost.identifier)
        job = _lock_lost(session, lost)
        if image is None or job is None:
            return False
        if adopt(session, services.store, image, job):
            _log.info("Job %s had been published already", job.id)
            return True
        step = step_after_interruption(job.attempts, services.settings.job_attempts)
        values = step_values(step)
        if step is Step.FAIL:
            values["error"] = interruption_sentence(job.file_name, job.attempts, _DEAD)
            discard_attempts(session, image.identifier, job.revisions)
        session.execute(update(Job).where(col(Job.id) == job.id).values(**values))
        _log.info("Job %s lost its worker; it is %s now", job.id, values["state"])
        return True


def _lock_lost(session: Session, lost: _Lost) -> Job | None:
    """The job's row, locked, if nothing has happened to it since it was seen."""
    statement = (
        select(Job)
        .where(
            col(Job.id) == lost.job_id,
            col(Job.state) == JobState.RUNNING,
            col(Job.lease_expires) == lost.lease_expires,
            col(Job.revisions)[func.cardinality(col(Job.revisions))] == lost.revision,
        )
        .with_for_update()
    )
    job: Job | None = session.execute(statement).scalar_one_or_none()
    return job
