"""Ingest where there is no room: a plain sentence, nothing half published, and all is well once there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from config.settings import Settings
from ingest.attempt import run_job
from ingest.errors import NoRoomError
from ingest.leases import LeaseTimes
from ingest.owner import this_process
from ingest.retry import retry_job
from ingest.services import Services, open_services
from ingest.submit import submit_file
from ingest.views import JobView

pytestmark = pytest.mark.integration


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system takes root")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def make_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)


def run(services: Services, job_id: str) -> JobView:
    run_job(services, job_id, str(this_process()), LeaseTimes(), Event())
    job = services.catalog.job(job_id)
    assert job is not None
    return job


@pytest.fixture
def picture(write_jpeg: Callable[..., Path]) -> Path:
    """5 MB; its pyramid takes twice as much."""
    return write_jpeg("leaf.jpg", width=3000, height=2500)


def test_a_full_storage_fails_the_job_and_publishes_nothing(
    ingest_settings: Settings, small_disk: Path, picture: Path
) -> None:
    settings = ingest_settings.model_copy(update={"storage": (small_disk / "storage").as_uri()})
    with open_services(settings) as services:
        job_id = submit_file(services, picture, identifier="leaf").job_id
        job = run(services, job_id)
        assert (job.state, job.error) == ("failed", "leaf.jpg: There is no room left in the storage.")
        assert list(services.store.list_objects("images/")) == []
        assert list((small_disk / "storage" / ".tmp").iterdir()) == []
        make_room(small_disk)
        retry_job(services, job_id)
        assert run(services, job_id).state == "done"
        names = [found.key.rpartition("/")[2] for found in services.store.list_objects("images/")]
        assert sorted(names) == ["index", "pyramid.tif", "record.json", "revision.json"]


def test_a_full_disk_for_work_fails_the_job_and_publishes_nothing(
    ingest_settings: Settings, small_disk: Path, picture: Path, tmp_path: Path
) -> None:
    storage = (tmp_path / "storage").as_uri()
    here = ingest_settings.model_copy(update={"storage": storage})
    there = ingest_settings.model_copy(update={"storage": storage, "data": small_disk / "data"})
    with open_services(here) as services:
        job_id = submit_file(services, picture, identifier="leaf").job_id
    with open_services(there) as services:
        job = run(services, job_id)
        assert (job.state, job.error) == ("failed", "The conversion of leaf.jpg found no room on the disk.")
        assert list(services.store.list_objects("images/")) == []
        assert [path.name for path in services.scratch.iterdir()] == [".lock"]
        make_room(small_disk)
        retry_job(services, job_id)
        assert run(services, job_id).state == "done"


@pytest.mark.parametrize("full", ["storage", "data"])
def test_a_file_that_does_not_fit_is_refused_at_the_door(
    ingest_settings: Settings, small_disk: Path, write_jpeg: Callable[..., Path], tmp_path: Path, full: str
) -> None:
    storage = small_disk / "storage" if full == "storage" else tmp_path / "storage"
    data = small_disk / "data" if full == "data" else tmp_path / "data"
    settings = ingest_settings.model_copy(update={"storage": storage.as_uri(), "data": data})
    large = write_jpeg("large.jpg", width=4500, height=4500)
    assert large.stat().st_size > 8 * 2**20
    with open_services(settings) as services:
        with pytest.raises(NoRoomError):
            submit_file(services, large, identifier="leaf")
        assert services.catalog.image("leaf") is None
        assert [path for path in small_disk.rglob("*") if path.is_file() and path.stat().st_size > 0] == []
        make_room(small_disk)
        submit_file(services, large, identifier="leaf")
        (master,) = services.store.list_objects("masters/")
        assert services.store.read(master.key).data == large.read_bytes()
