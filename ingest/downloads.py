"""Which file a download is: an original as it came in, or a revision's pyramid. PostgreSQL knows, storage holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from iiif_server.layout import master_key, normalize_identifier, revision_object_key
from ingest.adoption.changed import mark_changed
from ingest.errors import IdentifierDeletedError, IngestError, StorageAwayError, UnknownImageError
from ingest.services import Services
from ingest.tables import Image, Job, Master, PublishedRevision
from storage.adopted import AdoptedObjects
from storage.errors import InvalidKeyError, ObjectNotFoundError, OutsideRootsError, StorageError

PYRAMID = "pyramid.tif"


class MissingFileError(IngestError):
    """The image is there, the file that was asked for is not."""


class ChangedFileError(IngestError):
    """The adopted file is gone, or another one by now; it has to be indexed anew."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file in storage under `key`, or an adopted one under the URL `location`, in the version of `stored_etag`.

    `etag` is a strong validator of the bytes, with its quotes; `sha256` in hexadecimal, where it is known.
    """

    key: str | None
    location: str | None
    stored_etag: str
    size_bytes: int
    etag: str
    file_name: str
    sha256: str | None = None


def find_original(services: Services, adopted: AdoptedObjects, identifier: str, revision: str | None) -> Download:
    """The original that the revision was made of; without one, of the current revision, or else of the last job.

    Blocks. Raises UnknownImageError, IdentifierDeletedError, MissingFileError, ChangedFileError, StorageAwayError,
    CatalogUnavailableError.
    """
    with services.catalog.begin() as session:
        image = _find_image(session, identifier)
        published = _find_revision(session, image, revision)
        master = _find_master(session, image, published)
        if master is None or master.state == "incoming":
            raise MissingFileError(f"The original of {identifier} is not kept.")
        if master.location is not None:
            file = _adopted_file(published) or (master.location, master.etag or "")
            return _open_or_mark(services, adopted, image, published, file, master.file_name)
        key, name, sha256 = master_key(master.id, master.file_name), master.file_name, master.sha256
    return _open_stored(services, key, f'"{sha256}"', name, sha256)


def find_pyramid(services: Services, adopted: AdoptedObjects, identifier: str, revision: str | None) -> Download:
    """The pyramid of the revision, or of the current one; of an adopted image, the file that holds it.

    Blocks, and raises what find_original does.
    """
    with services.catalog.begin() as session:
        image = _find_image(session, identifier)
        published = _find_revision(session, image, revision)
        if published is None:
            raise MissingFileError(f"{identifier} has no pyramid yet.")
        file = _adopted_file(published)
        if file is not None:
            return _open_or_mark(services, adopted, image, published, file, published.file_name)
        name, key = published.name, revision_object_key(image.identifier, published.name, PYRAMID)
    # Named by the identifier: the names of originals are not for everybody who may read.
    return _open_stored(services, key, f'"{name}"', f"{identifier.rpartition('/')[2] or 'image'}.tif", None)


def is_adopted(services: Services, identifier: str, revision: str | None) -> bool:
    """Whether the revision's pyramid is somebody else's file. Blocks; raises as find_pyramid does."""
    with services.catalog.begin() as session:
        image = _find_image(session, identifier)
        return _adopted_file(_find_revision(session, image, revision)) is not None


def _find_image(session: Session, identifier: str) -> Image:
    statement = select(Image).where(col(Image.identifier) == normalize_identifier(identifier))
    image: Image | None = session.execute(statement).scalar_one_or_none()
    if image is None:
        raise UnknownImageError(identifier)
    if image.state == "deleted":
        raise IdentifierDeletedError(identifier)
    return image


def _find_revision(session: Session, image: Image, revision: str | None) -> PublishedRevision | None:
    name = revision or image.revision
    statement = select(PublishedRevision).where(
        col(PublishedRevision.name) == name, col(PublishedRevision.image_id) == image.id
    )
    found = session.execute(statement).scalar_one_or_none() if name else None
    if found is None and revision is not None:
        raise UnknownImageError(f"{image.identifier}@{revision}")
    return found


def _find_master(session: Session, image: Image, published: PublishedRevision | None) -> Master | None:
    if published is not None:
        return session.get(Master, published.master_id)
    newest = select(col(Job.master_id)).where(col(Job.image_id) == image.id).order_by(col(Job.id).desc()).limit(1)
    master_id = session.execute(newest).scalar_one_or_none()
    return None if master_id is None else session.get(Master, master_id)


def _adopted_file(published: PublishedRevision | None) -> tuple[str, str] | None:
    """URL and ETag of the file that the revision lies in, where it is somebody else's."""
    adopted = None if published is None else published.document.get("adopted")
    return (adopted["location"], adopted["etag"]) if adopted else None


def _open_stored(services: Services, key: str, etag: str, file_name: str, sha256: str | None) -> Download:
    try:
        info = services.store.head(key)
    except ObjectNotFoundError as exc:
        raise MissingFileError("The file is not in the storage any more.") from exc
    except StorageError as exc:
        raise StorageAwayError(f"The storage cannot be used at the moment: {exc.detail}.") from exc
    return Download(key, None, info.etag, info.size_bytes, etag, file_name, sha256)


def _open_or_mark(
    services: Services,
    adopted: AdoptedObjects,
    image: Image,
    published: PublishedRevision | None,
    file: tuple[str, str],
    file_name: str,
) -> Download:
    """The adopted file; where it has changed, that is noted for the sweeper, as the image server does."""
    try:
        return _open_adopted(adopted, *file, file_name)
    except ChangedFileError:
        if published is not None:
            mark_changed(services.store, image.identifier, published.name)
        raise


def _open_adopted(adopted: AdoptedObjects, location: str, etag: str, file_name: str) -> Download:
    try:
        info = adopted.head(location)
    except ObjectNotFoundError as exc:
        raise ChangedFileError("The adopted file is gone.") from exc
    except (OutsideRootsError, InvalidKeyError) as exc:
        raise MissingFileError("The adopted file lies outside of the folders that may be read.") from exc
    except StorageError as exc:
        raise StorageAwayError(f"The storage cannot be used at the moment: {exc.detail}.") from exc
    if info.etag != etag:
        raise ChangedFileError("The adopted file has changed since it was indexed.")
    # The store's own ETag may tell of its disk; a digest of it is as good a validator.
    validator = hashlib.blake2b(f"{location} {etag}".encode(), digest_size=16).hexdigest()
    return Download(None, location, etag, info.size_bytes, f'"{validator}"', file_name)
