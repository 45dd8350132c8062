"""What the catalog tells about images and jobs, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from iiif_server.record import LanguageMap
from iiif_server.samples_record import Channel
from ingest.job import ACTIVE, JobState
from ingest.tables import Image, Job, Master, PublishedRevision

ImageState = Literal["converting", "live", "failed", "deleted"]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job; `progress` runs from 0.0 to 1.0, `error` is a sentence."""

    id: str
    identifier: str
    state: JobState
    progress: float
    error: str | None
    attempts: int
    file_name: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class SamplesView:
    """What is kept beyond 8-bit colours; `type` is numpy's name."""

    type: str
    channels: tuple[Channel, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PartView:
    """A picture beside the first; `name` is that of its URLs."""

    name: str
    label: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A published revision, and the original that it was made of. A pixel measures `pixel_size_mm`, if known."""

    name: str
    width: int
    height: int
    published: datetime
    losses: tuple[str, ...]
    pyramid_size_bytes: int
    file_name: str
    master_sha256: str | None
    master_size_bytes: int
    samples: SamplesView | None = None
    part_count: int = 0
    pixel_size_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class MasterView:
    """An original: of the current revision, or else of the last job. One with a `location` was adopted there."""

    sha256: str | None
    size_bytes: int
    file_name: str
    state: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """An image in a list. Sizes and revision are empty until something is published.

    `adopted`: its pixels lie in a file of somebody else's.
    """

    identifier: str
    state: ImageState
    label: LanguageMap
    rights: str | None
    access: Literal["public", "restricted"]
    updated: datetime
    generation: int
    revision: str | None
    width: int | None
    height: int | None
    job: JobView | None
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class ImageView:
    """An image with everything that is known of it; revisions and jobs begin with the newest.

    `parts` are those of the current revision, in their order.
    """

    summary: ImageSummary
    master: MasterView | None
    revisions: tuple[RevisionView, ...]
    jobs: tuple[JobView, ...]
    parts: tuple[PartView, ...] = ()

    @property
    def current(self) -> RevisionView | None:
        """The revision that is shown."""
        return next((item for item in self.revisions if item.name == self.summary.revision), None)

    @property
    def losses(self) -> tuple[str, ...]:
        """What the current revision's conversion could not keep, in sentences."""
        return self.current.losses if self.current else ()


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some images; `next` is the cursor of those after them."""

    items: tuple[ImageSummary, ...]
    next: int | None


def build_job_view(job: Job, identifier: str) -> JobView:
    """From its row."""
    return JobView(
        id=job.id,
        identifier=identifier,
        state=JobState(job.state),
        progress=job.progress,
        error=job.error,
        attempts=job.attempts,
        file_name=job.file_name,
        created=known(job.created),
        updated=known(job.updated),
    )


def build_revision_view(row: PublishedRevision, master: Master) -> RevisionView:
    """From the rows of the revision and its original."""
    return RevisionView(
        name=row.name,
        width=row.width,
        height=row.height,
        published=known(row.published),
        losses=tuple(row.document["losses"]),
        pyramid_size_bytes=row.document["pyramid_size_bytes"],
        file_name=row.file_name,
        master_sha256=master.sha256,
        master_size_bytes=master.size_bytes,
        samples=_samples_view(row.document.get("samples")),
        part_count=row.document.get("part_count", 0),
        pixel_size_mm=tuple(size) if (size := row.document.get("pixel_size_mm")) else None,
    )


def _samples_view(document: dict[str, Any] | None) -> SamplesView | None:
    if document is None:
        return None
    channels = tuple(Channel(**channel) for channel in document["channels"])
    return SamplesView(document["type"], channels, document["size_bytes"])


def build_summary(image: Image, revision: PublishedRevision | None, job: Job | None) -> ImageSummary:
    """From the rows of the image, its current revision and its newest job."""
    return ImageSummary(
        identifier=image.identifier,
        state=image_state(image.state, JobState(job.state) if job else None),
        label=image.label,
        rights=image.rights,
        access="restricted" if image.access == "restricted" else "public",
        updated=known(image.updated),
        generation=image.generation,
        revision=image.revision,
        width=revision.width if revision else None,
        height=revision.height if revision else None,
        job=build_job_view(job, image.identifier) if job else None,
        adopted=bool(revision and revision.document.get("adopted")),
    )


def image_state(stored: str, job: JobState | None) -> ImageState:
    """How an image stands for people, from its row's state and that of its newest job."""
    match stored:
        case "live":
            return "live"
        case "deleted":
            return "deleted"
        case _:
            return "converting" if job in ACTIVE else "failed"


def known(moment: datetime | None) -> datetime:
    """A time that every stored row has."""
    if moment is None:
        raise ValueError("the row has not been stored")
    return moment
