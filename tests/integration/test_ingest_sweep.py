from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from iiif_server.record import Revision
from ingest.attempt import run_job
from ingest.broker import queue_length
from ingest.errors import (
    ConversionInterruptedError,
    LeaseLostError,
    NoRoomError,
    NotRetriableError,
    StorageAwayError,
    UnknownJobError,
    UnusableSourceError,
)
from ingest.heartbeat import Heartbeat
from ingest.leases import Claim, LeaseTimes, claim_job, fail_job, hand_back, interrupt_job, renew_lease
from ingest.owner import this_process
from ingest.retry import retry_job
from ingest.services import Services
from ingest.submit import submit_file
from ingest.sweep import enqueue_waiting_jobs, release_orphans, settle_lost_jobs, sweep
from ingest.views import JobView

pytestmark = pytest.mark.integration


@pytest.fixture
def job_id(services: Services, write_jpeg: Callable[..., Path]) -> str:
    return submit_file(services, write_jpeg(), identifier="leaf").job_id


def claim(services: Services, job_id: str, owner: str = "elsewhere 1 1", lease_s: float = 30) -> Claim:
    claimed = claim_job(services.catalog, job_id, owner, lease_s)
    assert claimed is not None
    return claimed


def job(services: Services, job_id: str) -> JobView:
    found = services.catalog.job(job_id)
    assert found is not None
    return found


def run_sql(services: Services, statement: str) -> None:
    with services.catalog.begin() as session:
        session.execute(text(statement))


def test_a_lease_that_is_in_force_is_left_alone(services: Services, job_id: str) -> None:
    claim(services, job_id)
    claim_of_this_process = submit_twin(services, job_id)
    assert settle_lost_jobs(services, this_process()) == 0
    assert job(services, job_id).state == job(services, claim_of_this_process).state == "running"


def submit_twin(services: Services, job_id: str) -> str:
    source = services.settings.data.parent / "leaf.jpg"
    twin = submit_file(services, source, identifier=f"twin of {job_id}").job_id
    claim(services, twin, str(this_process()))
    return twin


def test_a_lease_that_ran_out_queues_the_job_again(services: Services, job_id: str) -> None:
    lost = claim(services, job_id, lease_s=-1)
    assert settle_lost_jobs(services, this_process()) == 1
    assert (job(services, job_id).state, job(services, job_id).attempts) == ("queued", 1)
    with pytest.raises(LeaseLostError):
        renew_lease(services.catalog, lost, 30, 0.5)
    again = claim(services, job_id)
    assert again.earlier == (lost.revision,)
    with pytest.raises(LeaseLostError):
        fail_job(services.catalog, lost, "too late", quarantine=True)


def test_a_dead_owner_on_this_machine_is_seen_before_the_lease_runs_out(services: Services, job_id: str) -> None:
    code = "from ingest.owner import this_process; print(this_process())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    claim(services, job_id, dead)
    assert settle_lost_jobs(services, this_process()) == 1
    assert job(services, job_id).state == "queued"


def test_a_job_that_kills_its_worker_every_time_is_given_up(services: Services, job_id: str) -> None:
    for _ in range(services.settings.job_attempts):
        claim(services, job_id, lease_s=-1)
        settle_lost_jobs(services, this_process())
    found = job(services, job_id)
    assert (found.state, found.attempts) == ("failed", 3)
    assert found.error == "leaf.jpg was given up after 3 attempts: The worker that converted it died."


def test_interruptions_count_and_handing_back_does_not(services: Services, job_id: str) -> None:
    hand_back(services.catalog, claim(services, job_id))
    assert (job(services, job_id).state, job(services, job_id).attempts) == ("queued", 0)
    interrupt_job(services.catalog, claim(services, job_id), "Killed.", 2)
    assert (job(services, job_id).state, job(services, job_id).error) == ("queued", "Killed.")
    interrupt_job(services.catalog, claim(services, job_id), "Killed.", 2)
    assert job(services, job_id).error == "leaf.jpg was given up after 2 attempts: Killed."


def test_a_job_that_shall_wait_is_not_to_be_had_before_its_time(services: Services, job_id: str) -> None:
    hand_back(services.catalog, claim(services, job_id), delay_s=60)
    assert claim_job(services.catalog, job_id, "", 30) is None
    assert enqueue_waiting_jobs(services) == 0
    run_sql(services, "UPDATE job SET not_before = now()")
    assert enqueue_waiting_jobs(services) == 1


def test_what_the_queue_lost_is_queued_again_once(services: Services, job_id: str) -> None:
    assert queue_length(services.broker) == 1
    services.broker.client.flushall()
    assert enqueue_waiting_jobs(services) == 0, "the message may still be on its way"
    run_sql(services, "UPDATE job SET enqueued = now() - interval '6 s'")
    assert enqueue_waiting_jobs(services) == 1
    run_sql(services, "UPDATE job SET enqueued = now() - interval '6 s'")
    assert enqueue_waiting_jobs(services) == 0, "it lies in the queue"
    assert queue_length(services.broker) == 1


def test_a_job_whose_message_was_never_sent_is_queued(services: Services, job_id: str) -> None:
    run_sql(services, "UPDATE job SET enqueued = NULL")
    assert enqueue_waiting_jobs(services) == 1
    assert enqueue_waiting_jobs(services) == 0


def test_the_heartbeat_keeps_the_lease_and_writes_progress(services: Services, job_id: str) -> None:
    claimed = claim(services, job_id, lease_s=0.3)
    times = LeaseTimes(lease_s=60, heartbeat_s=0.05)
    with Heartbeat(services.catalog, claimed, times, threading.Event()) as heartbeat:
        heartbeat.progress(0.5)
        deadline = time.monotonic() + 30
        while job(services, job_id).progress != 0.5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert settle_lost_jobs(services, this_process()) == 0


def test_the_heartbeat_tells_when_the_job_was_taken_away(services: Services, job_id: str) -> None:
    claimed = claim(services, job_id)
    run_sql(services, "UPDATE job SET state = 'cancelled', lease_expires = NULL")
    with Heartbeat(services.catalog, claimed, LeaseTimes(heartbeat_s=0.05), threading.Event()) as heartbeat:
        assert is_lost(heartbeat)


def is_lost(heartbeat: Heartbeat) -> bool:
    for _ in range(500):
        try:
            heartbeat.progress(0.1)
        except LeaseLostError:
            return True
        time.sleep(0.02)
    return False


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "state", "attempts", "sentence", "master"),
    [
        (UnusableSourceError("leaf.jpg is no image."), "failed", 1, "leaf.jpg is no image.", "quarantined"),
        (NoRoomError("There is no room."), "failed", 1, "leaf.jpg: There is no room.", "stored"),
        (ConversionInterruptedError("Took too long.", "timeout"), "failed", 1, "Took too long.", "stored"),
        (ConversionInterruptedError("Killed.", "killed"), "queued", 1, "Killed.", "stored"),
        (StorageAwayError("The storage is away."), "queued", 0, "The storage is away.", "stored"),
        (ValueError("surprise"), "queued", 1, "An unexpected error happened; the worker's log tells more.", "stored"),
    ],
)
def test_every_ending_is_written_down(
    services: Services,
    job_id: str,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    attempts: int,
    sentence: str,
    master: str,
) -> None:
    monkeypatch.setattr("ingest.attempt.run_conversion", failing(error))
    run_job(services, job_id, str(this_process()), LeaseTimes(), threading.Event())
    found = job(services, job_id)
    assert (found.state, found.attempts, found.error) == (state, attempts, sentence)
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.master is not None
    assert view.master.state == master
    assert [path.name for path in services.scratch.iterdir()] == [".lock"]


def test_a_failed_job_can_be_tried_again(services: Services, job_id: str) -> None:
    fail_job(services.catalog, claim(services, job_id), "leaf.jpg is no image.", quarantine=True)
    services.broker.client.flushall()
    retry_job(services, job_id)
    found = job(services, job_id)
    assert (found.state, found.attempts, found.error) == ("queued", 0, None)
    assert queue_length(services.broker) == 1
    view = services.catalog.image("leaf")
    assert view is not None
    assert view.master is not None
    assert view.master.state == "stored"


def test_only_the_newest_failed_job_can_be_tried_again(
    services: Services, job_id: str, publish_image: Callable[..., Revision]
) -> None:
    with pytest.raises(NotRetriableError):
        retry_job(services, job_id)
    fail_job(services.catalog, claim(services, job_id), "No image.", quarantine=True)
    publish_image("leaf", seed=2)
    with pytest.raises(NotRetriableError):
        retry_job(services, job_id)
    with pytest.raises(UnknownJobError):
        retry_job(services, "01nothing")


def test_originals_whose_sender_died_are_removed_after_a_day(services: Services, job_id: str) -> None:
    run_sql(services, "INSERT INTO master VALUES ('01dead', 'ab', 1, 'a.tif', 'incoming', now() - interval '25 h')")
    run_sql(services, "INSERT INTO master VALUES ('01new', 'cd', 1, 'a.tif', 'incoming', now())")
    run_sql(services, "UPDATE master SET created = now() - interval '25 h' WHERE file_name = 'leaf.jpg'")
    services.store.put("masters/01dead/a.tif", b"bytes")
    release_orphans(services)
    sweep(services, this_process())
    with services.catalog.begin() as session:
        names = {row[0] for row in session.execute(text("SELECT file_name || state FROM master"))}
    assert names == {"a.tifincoming", "leaf.jpgstored"}
    assert [found.key.rpartition("/")[2] for found in services.store.list_objects("masters/")] == ["leaf.jpg"]
