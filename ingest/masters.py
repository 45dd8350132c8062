"""Originals: kept untouched under masters/, the same bytes once, however many images are made of them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col
from ulid import ULID

from iiif_server.layout import master_key
from ingest.catalog import Catalog
from ingest.faults import translated_disk_errors, translated_storage_errors
from ingest.incoming import Incoming
from ingest.leases import Claim
from ingest.tables import Image, Master, PublishedRevision
from storage.ports import Store


def keep_master(catalog: Catalog, store: Store, incoming: Incoming) -> str:
    """The id of the original with these bytes, stored by now. The incoming file may have been moved away.

    The row comes first, and it says where the bytes go: two that bring the same bytes at once, or one that comes
    after another died halfway, put them at one and the same place.
    Raises StorageAwayError, NoRoomError, CatalogUnavailableError.
    """
    with catalog.begin() as session:
        master = _reserve(session, incoming)
    if master.state == "incoming":
        with translated_storage_errors(), translated_disk_errors():
            store.put_file(master_key(master.id, master.file_name), incoming.path, consume=True)
        with catalog.begin() as session:
            session.execute(
                update(Master)
                .where(col(Master.id) == master.id, col(Master.state) == "incoming")
                .values(state="stored")
            )
    return master.id


def read_master(store: Store, claim: Claim, folder: Path) -> Path:
    """The original as a local file, to be read only: where it lies, or a copy in `folder`.

    Raises StorageAwayError, NoRoomError.
    """
    key = master_key(claim.master_id, claim.master_file_name)
    with translated_storage_errors(), translated_disk_errors():
        local = store.local_path(key)
        if local is not None:
            store.head(key)
            return local
        # By a name of its own: the one it came with may be anything, a clean suffix apart.
        copy = folder / f"original{Path(claim.master_file_name).suffix}"
        store.download(key, copy)
        return copy


def lock_master(session: Session, master_id: str) -> Master | None:
    """The original, kept from being removed until the transaction ends; None where it is gone already."""
    statement = select(Master).where(col(Master.id) == master_id).with_for_update(read=True, key_share=True)
    return session.execute(statement).scalar_one_or_none()


def current_master(session: Session, image: Image) -> Master | None:
    """The original that the image's current revision was made of."""
    statement = (
        select(Master)
        .join(PublishedRevision, col(PublishedRevision.master_id) == col(Master.id))
        .where(col(PublishedRevision.name) == image.revision)
    )
    return session.execute(statement).scalar_one_or_none()


def _reserve(session: Session, incoming: Incoming) -> Master:
    values = {
        "id": str(ULID()).lower(),
        "sha256": incoming.sha256,
        "size_bytes": incoming.size_bytes,
        "file_name": incoming.file_name,
        "state": "incoming",
    }
    # Updating nothing makes an existing row come back, also one that another transaction commits meanwhile.
    statement = insert(Master).values(values)
    statement = statement.on_conflict_do_update(index_elements=["sha256"], set_={"sha256": incoming.sha256})
    master: Master = session.execute(statement.returning(Master)).scalar_one()
    return master
