"""Storage that stops answering, or dies: the image server says so soon and recovers, the worker tries again later."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from config.settings import Settings
from iiif_server.record import Record
from ingest import attempt
from ingest.leases import LeaseTimes
from ingest.owner import this_process
from ingest.services import Services, open_services
from ingest.submit import submit_file
from storage.urls import open_store
from tests.fixtures.seaweedfs import SeaweedFS

pytestmark = pytest.mark.integration

READ_TIMEOUT_S = 20


@pytest.fixture(scope="module")
def weed() -> Iterator[SeaweedFS]:
    """A SeaweedFS that may be hurt."""
    with SeaweedFS() as server:
        yield server
        server.signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def image_server(
    weed: SeaweedFS, start_image_server: Callable[..., Any], publish: Callable[..., Record], photograph: Any
) -> Any:
    url = f"s3://{weed.bucket}/images"
    publish(open_store(url, weed.options(), create=True), photograph(1100, 700))
    return start_image_server(**s3_settings(weed, url), record_ttl_s=0.1, tile_cache_mb=0)


def s3_settings(weed: SeaweedFS, url: str) -> dict[str, Any]:
    options = weed.options()
    return {
        "storage": url,
        "s3_endpoint": options.endpoint,
        "s3_access_key": options.access_key,
        "s3_secret_key": options.secret_key,
    }


PATHS = (
    "/iiif/3/a/info.json",
    "/iiif/3/a/0,0,512,512/512,512/0/default.jpg",
    "/iiif/3/a/full/99,/0/default.png",
    "/health",
)


def statuses(server: Any) -> list[int]:
    address = f"http://127.0.0.1:{server.port}"
    with (
        httpx.Client(base_url=address, trust_env=False, timeout=READ_TIMEOUT_S) as client,
        ThreadPoolExecutor(len(PATHS)) as pool,
    ):
        answers = list(pool.map(client.get, PATHS))
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["type"] == "urn:pigture:problem:storage-unavailable"
            assert answer.headers["access-control-allow-origin"] == "*"
    return [answer.status_code for answer in answers]


def wait_for(condition: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_image_server_tells_that_storage_hangs_and_recovers(weed: SeaweedFS, image_server: Any) -> None:
    assert statuses(image_server) == [200] * len(PATHS)
    time.sleep(0.2)
    weed.signal(signal.SIGSTOP)
    try:
        assert statuses(image_server) == [503] * len(PATHS)
    finally:
        weed.signal(signal.SIGCONT)
    wait_for(lambda: statuses(image_server) == [200] * len(PATHS))
    assert image_server.is_alive()
    assert "Traceback" not in image_server.log()


def test_an_image_server_tells_that_storage_is_dead_and_recovers(weed: SeaweedFS, image_server: Any) -> None:
    assert statuses(image_server) == [200] * len(PATHS)
    time.sleep(0.2)
    weed.signal(signal.SIGKILL)
    assert statuses(image_server) == [503] * len(PATHS)
    weed.start_again()
    wait_for(lambda: statuses(image_server) == [200] * len(PATHS))
    assert "Traceback" not in image_server.log()


@pytest.fixture
def s3_ingest(ingest_settings: Settings, weed: SeaweedFS) -> Iterator[Services]:
    settings = Settings(**ingest_settings.model_dump() | s3_settings(weed, f"s3://{weed.bucket}/ingest"))
    with open_services(settings) as services:
        yield services


def test_a_worker_hands_its_job_back_and_finishes_it_when_storage_is_back(
    weed: SeaweedFS, s3_ingest: Services, write_jpeg: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "STORAGE_DELAY_S", 0.0)
    job_id = submit_file(s3_ingest, write_jpeg(), identifier="leaf").job_id

    def run() -> tuple[str, int, str | None]:
        attempt.run_job(s3_ingest, job_id, str(this_process()), LeaseTimes(), Event())
        job = s3_ingest.catalog.job(job_id)
        assert job is not None
        return job.state, job.attempts, job.error

    weed.signal(signal.SIGKILL)
    state, attempts, error = run()
    assert (state, attempts) == ("queued", 0)
    assert error is not None
    assert error.startswith("The storage cannot be used at the moment")
    weed.start_again()
    assert run()[0] == "done"
    assert {found.key.rpartition("/")[2] for found in s3_ingest.store.list_objects("images/")} == {
        *("index", "pyramid.tif", "record.json", "revision.json"),
    }
