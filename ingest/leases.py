"""Claiming jobs and keeping them: each step of a job is one conditional UPDATE.

The name of the attempt's revision is the token of the lease: an attempt that has lost it can change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col
from ulid import ULID

from ingest.catalog import Catalog
from ingest.discard import discard_attempts
from ingest.errors import LeaseLostError
from ingest.job import JobState, Step, interruption_sentence, state_after, states_before, step_after_interruption
from ingest.tables import Image, Job, Master


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """In seconds: how long a lease lasts, how often it is renewed, and how often lost jobs are looked for."""

    lease_s: float = 30.0
    heartbeat_s: float = 5.0
    sweep_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to convert one file. `revision` names this attempt, `earlier` the ones before it.

    With `location` there is nothing to convert: the file that lies there is to be indexed.
    """

    job_id: str
    identifier: str
    file_name: str
    revision: str
    earlier: tuple[str, ...]
    attempts: int
    master_id: str
    master_file_name: str
    master_sha256: str
    location: str | None = None
    checksums: bool = True


def claim_job(catalog: Catalog, job_id: str, owner: str, lease_s: float) -> Claim | None:
    """Takes a queued job whose time has come; None where it is not to be had. The attempt counts from here."""
    revision = str(ULID()).lower()
    with catalog.begin() as session:
        statement = (
            update(Job)
            .where(col(Job.id) == job_id, is_before(Step.CLAIM), col(Job.not_before) <= func.clock_timestamp())
            .values(
                state=state_after(Step.CLAIM),
                attempts=Job.attempts + 1,
                revisions=func.array_append(Job.revisions, revision),
                lease_expires=_after(lease_s),
                owner=owner,
                progress=0.0,
                error=None,
                updated=func.clock_timestamp(),
            )
            .returning(Job)
        )
        job = session.execute(statement).scalar_one_or_none()
        if job is None:
            return None
        image = session.get_one(Image, job.image_id)
        master = session.get_one(Master, job.master_id)
        return Claim(
            job_id=job.id,
            identifier=image.identifier,
            file_name=job.file_name,
            revision=revision,
            earlier=tuple(job.revisions[:-1]),
            attempts=job.attempts,
            master_id=master.id,
            master_file_name=master.file_name,
            master_sha256=master.sha256 or "",
            location=master.location,
            checksums=master.checksums,
        )


def renew_lease(catalog: Catalog, claim: Claim, lease_s: float, progress: float) -> None:
    """Keeps the job for another `lease_s`. Raises LeaseLostError."""
    with catalog.begin() as session:
        _change(session, claim, lease_expires=_after(lease_s), progress=progress)


def fail_job(catalog: Catalog, claim: Claim, sentence: str, *, quarantine: bool) -> None:
    """Ends the job as failed. With `quarantine` its original is marked as unusable, unless a revision was made of it.

    Raises LeaseLostError.
    """
    with catalog.begin() as session:
        _change(session, claim, Step.FAIL, error=sentence)
        discard_attempts(session, claim.identifier, (*claim.earlier, claim.revision))
        if quarantine:
            session.execute(
                update(Master)
                .where(col(Master.id) == claim.master_id, col(Master.state) == "stored")
                .values(state="quarantined")
            )


def hand_back(catalog: Catalog, claim: Claim, *, delay_s: float = 0.0, reason: str | None = None) -> None:
    """Queues the job again as if this attempt had not been; nothing is wrong with it. Raises LeaseLostError."""
    with catalog.begin() as session:
        _change(
            session,
            claim,
            Step.REQUEUE,
            attempts=Job.attempts - 1,
            not_before=_after(delay_s),
            error=reason,
        )


def interrupt_job(catalog: Catalog, claim: Claim, detail: str, limit: int, *, delay_s: float = 0.0) -> None:
    """Queues the job again, or gives it up where `limit` attempts came to nothing. Raises LeaseLostError."""
    step = step_after_interruption(claim.attempts, limit)
    if step is Step.FAIL:
        fail_job(catalog, claim, interruption_sentence(claim.file_name, claim.attempts, detail), quarantine=False)
        return
    with catalog.begin() as session:
        _change(session, claim, step, not_before=_after(delay_s), error=detail)


def lock_claimed_job(session: Session, claim: Claim) -> Job:
    """The job's row, locked, while the claim is in force. Raises LeaseLostError."""
    statement = select(Job).where(*_in_force(claim)).with_for_update()
    job: Job | None = session.execute(statement).scalar_one_or_none()
    if job is None:
        raise LeaseLostError(f"Job {claim.job_id} is no longer this worker's.")
    return job


def is_before(step: Step) -> ColumnElement[bool]:
    """The condition that a job is in a state from which the step starts."""
    return col(Job.state).in_(sorted(states_before(step)))


def step_values(step: Step) -> dict[str, Any]:
    """What every UPDATE of that step sets."""
    values: dict[str, Any] = {"state": state_after(step), "updated": func.clock_timestamp()}
    if state_after(step) is not JobState.RUNNING:
        values |= {"lease_expires": None, "owner": None, "enqueued": None}
    return values


def _change(session: Session, claim: Claim, step: Step | None = None, **values: Any) -> None:
    if step is not None:
        values = step_values(step) | values
    changed = session.execute(update(Job).where(*_in_force(claim)).values(**values).returning(col(Job.id)))
    if changed.first() is None:
        raise LeaseLostError(f"Job {claim.job_id} is no longer this worker's.")


def _in_force(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    last = col(Job.revisions)[func.cardinality(Job.revisions)]
    return col(Job.id) == claim.job_id, is_before(Step.FINISH), last == claim.revision


def _after(seconds: float) -> ColumnElement[Any]:
    return func.clock_timestamp() + timedelta(seconds=seconds)
