"""A worker process that is killed, stopped, or meant to work with engines that come and go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config.settings import Settings
from iiif_server.layout import record_key
from iiif_server.record import parse_record
from ingest.services import Services
from ingest.submit import submit_file
from ingest.views import JobView

pytestmark = pytest.mark.integration

CODE = "from config.settings import load_settings; from ingest.worker import run_worker; run_worker(load_settings())"


@pytest.fixture
def start_worker_process(ingest_settings: Settings) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    variables = {
        "PIGTURE_DATA": str(ingest_settings.data),
        "PIGTURE_DATABASE_URL": str(ingest_settings.database_url),
        "PIGTURE_REDIS_URL": str(ingest_settings.redis_url),
    }

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", CODE], env=os.environ | variables)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait(services: Services, job_id: str, *states: str) -> JobView:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = services.catalog.job(job_id)
        if job is not None and job.state in states:
            return job
        time.sleep(0.01)
    raise AssertionError(f"still {services.catalog.job(job_id)}")


def test_a_job_whose_worker_is_killed_in_the_middle_is_finished_by_the_next(
    services: Services,
    write_jpeg: Callable[..., Path],
    start_worker_process: Callable[[], subprocess.Popen[bytes]],
) -> None:
    first = start_worker_process()
    job_id = submit_file(services, write_jpeg(width=6000, height=5000), identifier="leaf").job_id
    wait(services, job_id, "running")
    first.kill()
    first.wait()
    assert wait(services, job_id, "running", "queued").state == "running"
    assert not list(services.store.list_objects("images/"))

    start_worker_process()
    job = wait(services, job_id, "done", "failed")
    assert (job.state, job.attempts) == ("done", 2)
    record = parse_record(services.store.read(record_key("leaf")).data)
    assert record.revision is not None
    assert (record.generation, record.revision.width) == (1, 6000)
    deadline = time.monotonic() + 30
    while [path.name for path in services.scratch.iterdir()] != [".lock"]:
        assert time.monotonic() < deadline, "what the killed worker left in scratch is swept away"
        time.sleep(0.05)


def test_a_worker_that_is_told_to_stop_hands_its_job_back_and_ends_well(
    services: Services,
    write_jpeg: Callable[..., Path],
    start_worker_process: Callable[[], subprocess.Popen[bytes]],
) -> None:
    worker = start_worker_process()
    job_id = submit_file(services, write_jpeg(width=6000, height=5000), identifier="leaf").job_id
    wait(services, job_id, "running")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    job = wait(services, job_id, "queued")
    assert job.attempts == 0
    start_worker_process()
    assert wait(services, job_id, "done", "failed").state == "done"


def test_a_worker_survives_that_its_connections_are_cut(
    services: Services,
    ingest_settings: Settings,
    write_jpeg: Callable[..., Path],
    start_worker_process: Callable[[], subprocess.Popen[bytes]],
) -> None:
    start_worker_process()
    wait(services, submit_file(services, write_jpeg("1.jpg", seed=1), identifier="1").job_id, "done")
    with psycopg.connect(str(ingest_settings.database_url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    services.broker.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert wait(services, submit_file(services, write_jpeg("2.jpg", seed=2), identifier="2").job_id, "done")
