"""Reading the catalog: images, jobs, tokens. PostgreSQL is the truth about all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.engine import Engine
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from iiif_server.layout import normalize_identifier
from ingest.database import IDLE_IN_TRANSACTION_S, open_engine, transaction
from ingest.job import JobState
from ingest.tables import Image, Job, Master, PublishedPart, PublishedRevision
from ingest.views import (
    ImagePage,
    ImageView,
    JobView,
    MasterView,
    PartView,
    build_job_view,
    build_revision_view,
    build_summary,
)

MAX_PAGE = 1000


class Visibility(Enum):
    """Which images are listed."""

    PUBLIC = "live and public"
    LIVE = "live"
    CURRENT = "everything but the deleted"
    ALL = "everything"


class Catalog:
    """The catalog behind one engine. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A transaction. Raises CatalogUnavailableError."""
        with transaction(self._engine) as session:
            yield session

    def close(self) -> None:
        """Lets go of all connections."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises CatalogUnavailableError where PostgreSQL does not answer."""
        with self.begin() as session:
            session.execute(text("SELECT 1"))

    def image(self, identifier: str) -> ImageView | None:
        """Everything about one image; None where the identifier is unknown."""
        with self.begin() as session:
            found = session.execute(
                _summaries().where(col(Image.identifier) == normalize_identifier(identifier))
            ).first()
            return _image_view(session, *found) if found else None

    def images(
        self,
        limit: int = 100,
        after: int | None = None,
        *,
        query: str = "",
        visibility: Visibility = Visibility.CURRENT,
    ) -> ImagePage:
        """Images, the newest first, behind the cursor `after`. `query` is looked for in identifiers and labels."""
        limit = min(max(limit, 1), MAX_PAGE)
        statement = _summaries().order_by(col(Image.id).desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(col(Image.id) < after)
        if query:
            statement = statement.where(_matches(query))
        with self.begin() as session:
            rows = session.execute(statement.where(_visible(visibility))).all()
        items = tuple(build_summary(image, revision, job) for image, revision, job in rows[:limit])
        return ImagePage(items, rows[limit - 1][0].id if len(rows) > limit else None)

    def job(self, job_id: str) -> JobView | None:
        """One job; None where there is none."""
        with self.begin() as session:
            found = session.execute(_jobs().where(col(Job.id) == job_id)).first()
            return build_job_view(*found) if found else None

    def jobs(self, state: JobState | None = None, limit: int = 100) -> tuple[JobView, ...]:
        """The newest jobs, of one state or of all."""
        statement = _jobs().order_by(col(Job.id).desc()).limit(min(max(limit, 1), MAX_PAGE))
        if state is not None:
            statement = statement.where(col(Job.state) == state)
        with self.begin() as session:
            return tuple(build_job_view(job, identifier) for job, identifier in session.execute(statement))

    def count_states(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many jobs and how many images are in each state; states without any count 0."""
        with self.begin() as session:
            jobs = session.execute(select(col(Job.state), func.count()).group_by(col(Job.state))).tuples().all()
            images = session.execute(select(col(Image.state), func.count()).group_by(col(Image.state))).tuples().all()
        return (
            dict.fromkeys(map(str, JobState), 0) | dict(jobs),
            dict.fromkeys(("new", "live", "deleted"), 0) | dict(images),
        )


def open_catalog(database_url: str, *, idle_in_transaction_s: float = IDLE_IN_TRANSACTION_S) -> Catalog:
    """The catalog at that URL; connects on first use."""
    return Catalog(open_engine(database_url, idle_in_transaction_s=idle_in_transaction_s))


def lock_image(session: Session, identifier: str) -> Image | None:
    """The image's row, locked until the transaction ends. Who locks an image and its jobs locks the image first."""
    statement = select(Image).where(col(Image.identifier) == normalize_identifier(identifier)).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def _jobs() -> Select[Job, str]:
    return select(Job, col(Image.identifier)).join(Image, col(Image.id) == col(Job.image_id))


def _summaries() -> Select[Image, PublishedRevision, Job]:
    # The joins are outer ones: an image without a revision or a job has None there.
    newest = (
        select(Job).where(col(Job.image_id) == col(Image.id)).order_by(col(Job.id).desc()).limit(1).lateral("newest")
    )
    job = aliased(Job, newest)
    return (
        select(Image, PublishedRevision, job)
        .outerjoin(PublishedRevision, col(PublishedRevision.name) == col(Image.revision))
        .outerjoin(job, true())
    )


def _visible(visibility: Visibility) -> ColumnElement[bool]:
    match visibility:
        case Visibility.PUBLIC:
            return and_(col(Image.state) == "live", col(Image.access) == "public")
        case Visibility.LIVE:
            return col(Image.state) == "live"
        case Visibility.CURRENT:
            return col(Image.state) != "deleted"
        case Visibility.ALL:
            return true()


def _matches(query: str) -> ColumnElement[bool]:
    # Texts of the label in every language; jsonpath, so that language tags do not match.
    labels = cast(func.jsonb_path_query_array(col(Image.label), cast("$.*[*]", JSONPATH)), Text)
    return or_(col(Image.identifier).icontains(query, autoescape=True), labels.icontains(query, autoescape=True))


def _image_view(session: Session, image: Image, revision: PublishedRevision | None, job: Job | None) -> ImageView:
    revisions = session.execute(
        select(PublishedRevision, Master)
        .join(Master, col(Master.id) == col(PublishedRevision.master_id))
        .where(col(PublishedRevision.image_id) == image.id)
        .order_by(col(PublishedRevision.name).desc())
    ).all()
    jobs = session.execute(_jobs().where(col(Job.image_id) == image.id).order_by(col(Job.id).desc())).all()
    master_id = revision.master_id if revision else job.master_id if job else None
    master = session.get(Master, master_id) if master_id is not None else None
    return ImageView(
        summary=build_summary(image, revision, job),
        master=_master_view(master) if master else None,
        revisions=tuple(build_revision_view(row, original) for row, original in revisions),
        jobs=tuple(build_job_view(row, identifier) for row, identifier in jobs),
        parts=_part_views(session, image.revision) if image.revision else (),
    )


def _part_views(session: Session, revision: str) -> tuple[PartView, ...]:
    part = PublishedPart
    rows = session.execute(
        select(col(part.name), col(part.label), col(part.width), col(part.height))
        .where(col(part.revision) == revision)
        .order_by(col(part.position))
    )
    return tuple(PartView(*row) for row in rows)


def _master_view(master: Master) -> MasterView:
    return MasterView(master.sha256, master.size_bytes, master.file_name, master.state, master.location)
