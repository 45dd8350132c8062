"""A file that stays where it is comes in: its identifier is reserved, and a job queued that makes its index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session
from ulid import ULID

from ingest.adoption.names import file_name_of
from ingest.errors import StorageAwayError, UnreadableSourceError
from ingest.services import Services
from ingest.stores import closing_adopted
from ingest.submission import build_submission
from ingest.submit import Submitted, add_job, lock_or_make_image, send_job, take_image
from ingest.tables import Master
from storage.errors import InvalidKeyError, ObjectNotFoundError, OutsideRootsError, StorageError
from storage.ports import ObjectInfo


def submit_adoption(
    services: Services,
    name: str,
    *,
    identifier: str,
    label: str | None = None,
    replace: bool = False,
    access: str | None = None,
    rights: str | None = None,
    checksums: bool = True,
) -> Submitted:
    """Takes the pyramid under a path or URL (`file:///…`, `s3://…`) in, as it lies there.

    Raises InvalidValueError, IdentifierTakenError, IdentifierDeletedError, UnreadableSourceError, StorageAwayError,
    CatalogUnavailableError.
    """
    submission = build_submission(identifier, label=label, replace=replace, access=access, rights=rights)
    location, info = _look_at(services, name)
    with services.catalog.begin() as session:
        image = lock_or_make_image(session, submission)
        take_image(session, image, submission, None)
        master = add_adopted_master(session, location, info, checksums=checksums)
        job_id = add_job(session, image, master, submission, file_name=master.file_name)
    send_job(services, job_id)
    return Submitted(job_id, submission.identifier)


def add_adopted_master(session: Session, location: str, info: ObjectInfo, *, checksums: bool) -> Master:
    """The row of the original that lies there, in this version. Each version has its own."""
    master = Master(
        id=str(ULID()).lower(),
        sha256=None,
        location=location,
        etag=info.etag,
        checksums=checksums,
        size_bytes=info.size_bytes,
        file_name=file_name_of(location),
        state="stored",
    )
    session.add(master)
    session.flush()
    return master


def _look_at(services: Services, name: str) -> tuple[str, ObjectInfo]:
    with _told(name), closing_adopted(services.settings) as objects:
        location = objects.locate(name)
        return location, objects.head(location)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Storage errors in sentences for whoever named the file."""
    try:
        yield
    except OutsideRootsError as exc:
        raise UnreadableSourceError(f"{name} lies outside of what may be adopted (setting adopt_roots).") from exc
    except ObjectNotFoundError as exc:
        raise UnreadableSourceError(f"{name} is not there, or is no file.") from exc
    except InvalidKeyError as exc:
        raise UnreadableSourceError(f"{name} cannot be adopted: {exc.detail}.") from exc
    except StorageError as exc:
        raise StorageAwayError(f"{name} cannot be read at the moment: {exc.detail}.") from exc
