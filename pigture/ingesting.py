"""`pigture ingest`: takes files in, waits for their jobs, and tells of each how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from iiif_server.record import WHOLE_HINT
from pigture.errors import sentence_of
from pigture.session import Session
from pigture.sources import SourceFile

if TYPE_CHECKING:
    from ingest.submit import Submitted
    from ingest.views import JobView

T = TypeVar("T")
POLL_S = 0.1
PATIENCE_S = 60.0
"""How long the catalog may be away (a restart of the server) before waiting is given up."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for every file."""

    label: str | None = None
    replace: bool = False
    access: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A file that has become an image; `hint` is a sentence that tells how it could be served better."""

    path: Path
    identifier: str
    width: int
    height: int
    job_id: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that has not; `reason` is a sentence."""

    path: Path
    identifier: str
    reason: str
    job_id: str | None = None


Outcome = Published | Refused


class Watcher(Protocol):
    """Is told how far things are, and shows results between."""

    def say(self, line: str) -> None:
        """A line for standard output."""

    def complain(self, line: str) -> None:
        """A line for standard error."""

    def taking_in(self, path: Path, done: int, total: int) -> None:
        """So many bytes of a file have been copied."""

    def waiting(self, path: Path, job: JobView) -> None:
        """The state of a file's job."""

    def finished(self, path: Path) -> None:
        """A file needs no more watching."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    source: SourceFile
    submitted: Submitted


Submit = Callable[[Session, SourceFile, Wishes, Watcher], "Submitted"]
"""Takes one file in. Raises what has a sentence."""


def submit_copy(session: Session, source: SourceFile, wishes: Wishes, watcher: Watcher) -> Submitted:
    """Takes a file in by copying it, to be converted."""
    from ingest.submit import submit_file

    return submit_file(
        session.services,
        source.path,
        identifier=source.identifier,
        label=wishes.label,
        replace=wishes.replace,
        access=wishes.access,
        rights=wishes.rights,
        on_progress=lambda done, total: watcher.taking_in(source.path, done, total),
    )


def ingest_files(
    session: Session, sources: Iterable[SourceFile], wishes: Wishes, watcher: Watcher, submit: Submit = submit_copy
) -> Iterator[Outcome]:
    """Each file's outcome, as soon as it is known. Files are taken in one by one, while jobs are waited for."""
    waiting: list[_Waiting] = []
    with ThreadPoolExecutor(1, thread_name_prefix="take-in") as taking_in:
        incoming = iter(sources)
        take_in = partial(_take_in, session, wishes=wishes, watcher=watcher, submit=submit)
        upcoming = _take_next(taking_in, incoming, take_in)
        while (upcoming or waiting) and not session.stopped.is_set():
            if upcoming and upcoming.done():
                match upcoming.result():
                    case _Waiting() as taken:
                        waiting.append(taken)
                    case Refused() as refused:
                        yield refused
                upcoming = _take_next(taking_in, incoming, take_in)
            for item in list(waiting):
                outcome = _outcome(session, item, watcher)
                if outcome is not None:
                    waiting.remove(item)
                    watcher.finished(item.source.path)
                    yield outcome
            session.stopped.wait(POLL_S)


def _take_next(
    pool: ThreadPoolExecutor, sources: Iterator[SourceFile], take_in: Callable[[SourceFile], _Waiting | Refused]
) -> Future[_Waiting | Refused] | None:
    source = next(sources, None)
    return pool.submit(take_in, source) if source else None


def _take_in(
    session: Session, source: SourceFile, wishes: Wishes, watcher: Watcher, submit: Submit
) -> _Waiting | Refused:
    try:
        submitted = submit(session, source, wishes, watcher)
    except Exception as exc:
        reason = sentence_of(exc)
        if reason is None:
            raise
        watcher.finished(source.path)
        return Refused(source.path, source.identifier, reason)
    return _Waiting(source, submitted)


def _outcome(session: Session, item: _Waiting, watcher: Watcher) -> Outcome | None:
    """How the job ended; None while it goes on."""
    job = patiently(session, lambda: session.services.catalog.job(item.submitted.job_id))
    path, identifier, job_id = item.source.path, item.submitted.identifier, item.submitted.job_id
    if job is None:
        return Refused(path, identifier, f"{path.name}: its job has been removed.", job_id)
    watcher.waiting(path, job)
    match job.state:
        case "done":
            image = patiently(session, lambda: session.services.catalog.image(identifier))
            if image is None or image.summary.width is None or image.summary.height is None:
                return Refused(path, identifier, f"{identifier} has been deleted meanwhile.", job_id)
            hint = WHOLE_HINT if WHOLE_HINT in image.losses else None
            return Published(path, identifier, image.summary.width, image.summary.height, job_id, hint)
        case "failed":
            return Refused(path, identifier, job.error or f"{path.name}: the conversion failed.", job_id)
        case "cancelled":
            return Refused(path, identifier, f"{path.name}: the job was cancelled.", job_id)
        case _:
            return None


def patiently(session: Session, ask: Callable[[], T]) -> T:
    """The answer, also where the catalog is away for a moment. Raises CatalogUnavailableError."""
    from ingest.errors import CatalogUnavailableError

    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except CatalogUnavailableError:
            if time.monotonic() > deadline or session.stopped.wait(1.0):
                raise
