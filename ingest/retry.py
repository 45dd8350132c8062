"""Trying a failed job again, after whatever stood in its way is gone."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlmodel import col

from ingest.catalog import lock_image
from ingest.errors import NotRetriableError, UnknownJobError
from ingest.job import JobState, Step
from ingest.leases import step_values
from ingest.services import Services
from ingest.submit import send_job
from ingest.tables import Job, Master


def retry_job(services: Services, job_id: str) -> None:
    """Queues a failed job again, its attempts counted from the beginning.

    Only the newest job of an image, or an older file would take the place of a newer one. Raises UnknownJobError,
    NotRetriableError, CatalogUnavailableError.
    """
    view = services.catalog.job(job_id)
    if view is None:
        raise UnknownJobError(job_id)
    with services.catalog.begin() as session:
        image = lock_image(session, view.identifier)
        if image is None:
            raise UnknownJobError(job_id)
        newest = session.execute(
            select(Job).where(col(Job.image_id) == image.id).order_by(col(Job.id).desc()).limit(1)
        ).scalar_one_or_none()
        if newest is None or newest.id != job_id or newest.state != JobState.FAILED or image.state == "deleted":
            raise NotRetriableError(
                f"Job {job_id} cannot be tried again: it is no failed job, or not the newest one."
            )
        session.execute(
            update(Job)
            .where(col(Job.id) == job_id)
            .values(
                **step_values(Step.RETRY)
                | {
                    "attempts": 0,
                    "progress": 0.0,
                    "error": None,
                    "not_before": func.clock_timestamp(),
                    "enqueued": func.clock_timestamp(),
                }
            )
        )
        session.execute(
            update(Master)
            .where(col(Master.id) == newest.master_id, col(Master.state) == "quarantined")
            .values(state="stored")
        )
    send_job(services, job_id)
