"""Publishing is fenced: whoever dies or freezes at whatever moment, nobody sees half an image or an older one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import Record, Revision, parse_record
from ingest.catalog import open_catalog
from ingest.discard import remove_discarded
from ingest.errors import CatalogUnavailableError, IngestError, LeaseLostError
from ingest.leases import Claim, claim_job, hand_back
from ingest.owner import this_process
from ingest.publish import adopt_claimed, publish
from ingest.services import Services
from ingest.submit import submit_file
from ingest.sweep import settle_lost_jobs
from storage.errors import PreconditionFailedError, StorageUnavailableError
from storage.filesystem import FilesystemStore

pytestmark = pytest.mark.integration

Output = Callable[[str], tuple[Path, Revision]]


class PausedStore(FilesystemStore):
    """Stops before (or after) the put of a record, as a process does that freezes there."""

    def __init__(self, root: Path, *, after: bool = False) -> None:
        super().__init__(root)
        self.after = after
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.refused = False

    def put(self, key: str, data: bytes, **conditions: Any) -> Any:
        if not key.endswith("record.json"):
            return super().put(key, data, **conditions)
        info = super().put(key, data, **conditions) if self.after else None
        self.reached.set()
        assert self.go_on.wait(30)
        try:
            return info or super().put(key, data, **conditions)
        except PreconditionFailedError:
            self.refused = True
            raise


class DyingStore(FilesystemStore):
    """Raises directly after the put of a record, so that the commit never comes."""

    def put(self, key: str, data: bytes, **conditions: Any) -> Any:
        info = super().put(key, data, **conditions)
        if key.endswith("record.json"):
            raise KeyboardInterrupt
        return info


@pytest.fixture
def root(services: Services) -> Path:
    return services.settings.data / "storage"


def end_idle_transactions(services: Services) -> None:
    """What PostgreSQL does by itself after IDLE_IN_TRANSACTION_S: ends the session of a process that froze."""
    with services.catalog.begin() as session:
        statement = (
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
        )
        assert session.execute(text(statement)).scalars().all() == [True]


def submit(services: Services, source: Path, **wishes: Any) -> str:
    return submit_file(services, source, identifier="leaf", **wishes).job_id


def claim(services: Services, job_id: str, owner: str = "elsewhere 1 1") -> Claim:
    claimed = claim_job(services.catalog, job_id, owner, 30)
    assert claimed is not None
    return claimed


def lose(services: Services, job_id: str) -> None:
    with services.catalog.begin() as session:
        session.execute(text("UPDATE job SET lease_expires = now() - interval '1 s' WHERE id = :id"), {"id": job_id})
    assert settle_lost_jobs(services, this_process()) == 1


def record(services: Services) -> Record:
    return parse_record(services.store.read(record_key("leaf")).data)


def state(services: Services, job_id: str) -> tuple[str, int, str | None]:
    job = services.catalog.job(job_id)
    assert job is not None
    return job.state, job.attempts, job.error


def in_thread(action: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            action()
        except BaseException as exc:
            errors.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


def test_postgresql_ends_the_transaction_of_a_process_that_froze(services: Services) -> None:
    assert services.settings.database_url is not None
    with services.catalog.begin() as session:
        assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "20s"
    impatient = open_catalog(services.settings.database_url, idle_in_transaction_s=0.05)

    def freeze() -> None:
        with impatient.begin() as session:
            session.execute(text("SELECT 1"))
            time.sleep(1)
            session.execute(text("SELECT 1"))

    with pytest.raises(CatalogUnavailableError):
        freeze()
    impatient.close()


def test_everything_lies_there_before_the_record_names_it(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output, root: Path
) -> None:
    claimed = claim(services, submit(services, write_jpeg()))
    folder, revision = make_output(claimed.revision)
    paused = PausedStore(root)
    thread, errors = in_thread(lambda: publish(services.catalog, paused, claimed, folder, revision))
    assert paused.reached.wait(30)
    for name in ("pyramid.tif", "index", "revision.json"):
        assert services.store.head(revision_object_key("leaf", revision.name, name)).size_bytes
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.summary.state == "converting"
    paused.go_on.set()
    thread.join()
    assert errors == []
    assert record(services).revision == revision


def test_a_worker_that_lost_its_lease_publishes_nothing(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output
) -> None:
    job_id = submit(services, write_jpeg())
    zombie = claim(services, job_id)
    lose(services, job_id)
    with pytest.raises(LeaseLostError):
        publish(services.catalog, services.store, zombie, *make_output(zombie.revision))
    assert not [found for found in services.store.list_objects("images/") if found.key.endswith("record.json")]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_worker_that_froze_before_its_put_cannot_publish_over_the_next_one(
    services: Services,
    write_jpeg: Callable[..., Path],
    make_output: Output,
    publish_image: Callable[..., Revision],
    root: Path,
    replaced: bool,
) -> None:
    if replaced:
        publish_image("leaf", seed=7)
    job_id = submit(services, write_jpeg(), replace=replaced)
    zombie = claim(services, job_id)
    paused = PausedStore(root)
    thread, errors = in_thread(lambda: publish(services.catalog, paused, zombie, *make_output(zombie.revision)))
    assert paused.reached.wait(30)

    end_idle_transactions(services)
    lose(services, job_id)
    successor = claim(services, job_id)
    folder, revision = make_output(successor.revision)
    publish(services.catalog, services.store, successor, folder, revision)
    published = record(services)
    paused.go_on.set()
    thread.join()

    assert paused.refused, errors
    assert [isinstance(error, IngestError) for error in errors] == [True]
    assert record(services) == published
    assert published.revision == revision
    assert state(services, job_id) == ("done", 2, None)


def test_a_worker_that_froze_between_put_and_commit_has_published(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output, root: Path
) -> None:
    job_id = submit(services, write_jpeg(), label="A leaf")
    zombie = claim(services, job_id)
    paused = PausedStore(root, after=True)
    thread, errors = in_thread(lambda: publish(services.catalog, paused, zombie, *make_output(zombie.revision)))
    assert paused.reached.wait(30)
    end_idle_transactions(services)
    lose(services, job_id)
    assert state(services, job_id) == ("done", 1, None)
    paused.go_on.set()
    thread.join()
    assert [type(error) for error in errors] == [CatalogUnavailableError]

    view = services.catalog.image("leaf")
    assert view is not None
    assert (view.summary.state, view.summary.revision, view.summary.generation) == ("live", zombie.revision, 1)
    assert view.master is not None
    assert view.master.state == "published"
    assert record(services).label == {"none": ["A leaf"]}


def test_a_worker_that_died_between_put_and_commit_is_adopted_by_the_next_attempt(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output, root: Path
) -> None:
    job_id = submit(services, write_jpeg())
    dead = claim(services, job_id)
    with pytest.raises(KeyboardInterrupt):
        publish(services.catalog, DyingStore(root), dead, *make_output(dead.revision))
    assert record(services).generation == 1
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.summary.state == "converting"

    hand_back(services.catalog, dead)
    successor = claim(services, job_id)
    assert adopt_claimed(services.catalog, services.store, successor)
    assert state(services, job_id) == ("done", 1, None)
    view = services.catalog.image("leaf")
    assert view is not None
    assert (view.summary.revision, view.summary.generation) == (dead.revision, 1)


def test_a_record_ahead_of_the_catalog_is_followed_by_a_greater_generation(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output, root: Path
) -> None:
    job_id = submit(services, write_jpeg())
    dead = claim(services, job_id)
    with pytest.raises(KeyboardInterrupt):
        publish(services.catalog, DyingStore(root), dead, *make_output(dead.revision))
    # Without looking whether there is something to adopt: the put must go over the record that is there.
    hand_back(services.catalog, dead)
    successor = claim(services, job_id)
    folder, revision = make_output(successor.revision)
    publish(services.catalog, services.store, successor, folder, revision)
    assert (record(services).generation, record(services).revision) == (2, revision)
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.summary.generation == 2


def test_of_two_workers_one_gets_the_job(services: Services, write_jpeg: Callable[..., Path]) -> None:
    job_id = submit(services, write_jpeg())
    claims: list[Claim | None] = []
    threads = [
        threading.Thread(target=lambda: claims.append(claim_job(services.catalog, job_id, "", 30))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claimed for claimed in claims if claimed]) == 1
    assert state(services, job_id) == ("running", 1, None)


def test_a_storage_that_fails_halfway_shows_nothing(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output, root: Path
) -> None:
    class Halfway(FilesystemStore):
        def put_file(self, key: str, *args: Any, **kwargs: Any) -> Any:
            if key.endswith("index"):
                raise StorageUnavailableError(key, "away")
            return super().put_file(key, *args, **kwargs)

    claimed = claim(services, submit(services, write_jpeg()))
    with pytest.raises(IngestError, match="storage"):
        publish(services.catalog, Halfway(root), claimed, *make_output(claimed.revision))
    assert state(services, claimed.job_id)[0] == "running"
    assert [found.key.rpartition("/")[2] for found in services.store.list_objects("images/")] == ["pyramid.tif"]


def test_what_lost_attempts_uploaded_is_removed_after_a_while(
    services: Services, write_jpeg: Callable[..., Path], make_output: Output
) -> None:
    job_id = submit(services, write_jpeg())
    zombie = claim(services, job_id)
    lose(services, job_id)
    successor = claim(services, job_id)
    with pytest.raises(LeaseLostError):
        publish(services.catalog, services.store, zombie, *make_output(zombie.revision))
    publish(services.catalog, services.store, successor, *make_output(successor.revision))
    assert remove_discarded(services.catalog, services.store) == 0
    with services.catalog.begin() as session:
        session.execute(text("UPDATE discarded SET due = now()"))
    assert remove_discarded(services.catalog, services.store) == 1
    assert list(services.store.list_objects(revision_object_key("leaf", zombie.revision, ""))) == []
    assert len(list(services.store.list_objects(revision_object_key("leaf", successor.revision, "")))) == 3


@pytest.mark.parametrize("replaced", [False, True])
def test_a_record_that_a_given_up_worker_put_after_all_is_put_right_before_its_objects_go(
    services: Services,
    write_jpeg: Callable[..., Path],
    make_output: Output,
    publish_image: Callable[..., Revision],
    root: Path,
    replaced: bool,
) -> None:
    before = publish_image("leaf", seed=7) if replaced else None
    job_id = submit(services, write_jpeg(), replace=replaced)
    for _ in range(services.settings.job_attempts - 1):
        claim(services, job_id)
        lose(services, job_id)
    zombie = claim(services, job_id)
    paused = PausedStore(root)
    thread, errors = in_thread(lambda: publish(services.catalog, paused, zombie, *make_output(zombie.revision)))
    assert paused.reached.wait(30)
    end_idle_transactions(services)
    lose(services, job_id)
    assert state(services, job_id)[0] == "failed"
    paused.go_on.set()
    thread.join()
    assert [type(error) for error in errors] == [CatalogUnavailableError]
    found = record(services).revision
    assert found is not None
    assert found.name == zombie.revision

    with services.catalog.begin() as session:
        session.execute(text("UPDATE discarded SET due = now()"))
    remove_discarded(services.catalog, services.store)
    if before is None:
        assert list(services.store.list_objects("images/")) == []
    else:
        assert (record(services).revision, record(services).generation) == (before, 3)
