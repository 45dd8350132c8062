"""Removing what nothing refers to any more: noted in the same transaction that gives it up, done afterwards.

So a crash between the two leaves a note, never an object that nobody knows of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from iiif_server.layout import revision_object_key
from ingest.catalog import Catalog, lock_image
from ingest.errors import IngestError
from ingest.projection import project, read_stored_at
from ingest.tables import Discarded, Job, Master, PublishedRevision
from storage.errors import StorageError
from storage.ports import Store

ATTEMPT_GRACE_S = 600.0
"""How long the objects of a lost attempt are left alone: its worker may not have noticed, and still be writing."""

_BATCH = 200
_log = logging.getLogger(__name__)


def discard(session: Session, prefixes: Iterable[str], *, delay_s: float = 0.0) -> None:
    """Notes that every object below these prefixes is to go, after `delay_s`."""
    due = func.clock_timestamp() + timedelta(seconds=delay_s)
    for prefix in prefixes:
        statement = insert(Discarded).values(prefix=prefix, due=due)
        session.execute(statement.on_conflict_do_update(index_elements=["prefix"], set_={"due": due}))


def discard_attempts(session: Session, identifier: str, revisions: Iterable[str]) -> None:
    """Notes what attempts have uploaded that came to nothing."""
    discard(session, (revision_object_key(identifier, name, "") for name in revisions), delay_s=ATTEMPT_GRACE_S)


def release_masters(session: Session, masters: Iterable[str | None]) -> None:
    """Forgets those of the originals that no revision and no job refers to, and notes their removal."""
    for master_id in {master for master in masters if master}:
        # Locked first: a submit of the same bytes waits here, or its job is seen by the next statement.
        locked = session.execute(select(Master).where(col(Master.id) == master_id).with_for_update())
        if locked.scalar_one_or_none() is None:
            continue
        used = (
            select(col(Job.id)).where(col(Job.master_id) == master_id),
            select(col(PublishedRevision.name)).where(col(PublishedRevision.master_id) == master_id),
        )
        if not any(session.execute(statement.limit(1)).first() for statement in used):
            session.execute(delete(Master).where(col(Master.id) == master_id))
            discard(session, [f"masters/{master_id}/"])


def remove_discarded(catalog: Catalog, store: Store) -> int:
    """Removes what is due; the number of prefixes that are gone. What the storage refuses is tried again later."""
    with catalog.begin() as session:
        due = session.execute(
            select(col(Discarded.prefix))
            .where(col(Discarded.due) <= func.clock_timestamp())
            .order_by(col(Discarded.due))
            .limit(_BATCH)
        ).scalars()
        prefixes = list(due)
    return sum(_remove(catalog, store, prefix) for prefix in prefixes)


def _remove(catalog: Catalog, store: Store, prefix: str) -> bool:
    try:
        if _settle_record(catalog, store, prefix):
            return _forget(catalog, prefix)
        for found in list(store.list_objects(prefix)):
            store.delete(found.key)
    except (StorageError, IngestError) as exc:
        _log.warning("Could not remove %s yet: %s", prefix, exc)
        return False
    return _forget(catalog, prefix)


def _settle_record(catalog: Catalog, store: Store, prefix: str) -> bool:
    """Whether the catalog shows the revision below `prefix`, so that it stays.

    A worker that froze, was given up, and woke up in the very moment of its put may have published a revision that
    the catalog knows nothing of. Before its objects go, the record is put right.
    """
    folder, _, revision = prefix.rstrip("/").rpartition("/")
    if not folder.startswith("images/"):
        return False
    stored = read_stored_at(store, f"{folder}/record.json")
    record = stored.record
    if record is None or record.revision is None or record.revision.name != revision:
        return False
    with catalog.begin() as session:
        image = lock_image(session, record.identifier)
        if image is not None and image.revision == revision:
            return True
        if image is None or image.state == "new":
            store.delete(f"{folder}/record.json")
        else:
            project(session, store, image)
    return False


def _forget(catalog: Catalog, prefix: str) -> bool:
    with catalog.begin() as session:
        session.execute(delete(Discarded).where(col(Discarded.prefix) == prefix))
    return True
