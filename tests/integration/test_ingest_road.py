"""From a file to a published image, with a real conversion."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from iiif_server.index import take_head
from iiif_server.layout import record_key, revision_object_key
from iiif_server.record import parse_record
from ingest.delete import delete_image
from ingest.services import Services
from ingest.submit import submit_file
from ingest.views import JobView

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("ingest_settings", ["file", "s3"], indirect=True)
def test_a_file_becomes_a_published_image(
    services: Services,
    write_jpeg: Callable[..., Path],
    start_worker: Callable[..., Event],
    wait_for_job: Callable[[str], JobView],
) -> None:
    start_worker()
    source = write_jpeg("Лист 1.jpg")
    submitted = submit_file(
        services, source, identifier="herbarium/Лист", label="A leaf", rights="https://r.example/"
    )

    job = wait_for_job(submitted.job_id)
    assert (job.state, job.progress, job.error, job.attempts) == ("done", 1.0, None, 1)

    record = parse_record(services.store.read(record_key("herbarium/Лист")).data)
    assert record.revision is not None
    assert (record.state, record.generation, record.access) == ("live", 1, "public")
    assert (record.label, record.rights) == ({"none": ["A leaf"]}, "https://r.example/")
    assert (record.revision.width, record.revision.height) == (700, 500)
    pyramid = services.store.read(revision_object_key("herbarium/Лист", record.revision.name, "pyramid.tif")).data
    assert hashlib.sha256(pyramid).hexdigest() == record.revision.pyramid_sha256
    index = services.store.read(revision_object_key("herbarium/Лист", record.revision.name, "index")).data
    assert record.revision.index_head == take_head(index) != b""

    view = services.catalog.image("herbarium/Лист")
    assert view is not None
    assert view.master is not None
    assert view.master.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (view.master.file_name, view.master.state) == ("Лист 1.jpg", "published")
    assert [revision.name for revision in view.revisions] == [record.revision.name]
    masters = list(services.store.list_objects("masters/"))
    assert [services.store.read(found.key).data for found in masters] == [source.read_bytes()]
    assert [path.name for path in services.scratch.iterdir()] == [".lock"]

    delete_image(services, "herbarium/Лист", purge=True)
    assert [found.key for found in services.store.list_objects("")] == [record_key("herbarium/Лист")]
    assert parse_record(services.store.read(record_key("herbarium/Лист")).data).state == "deleted"


def test_a_file_that_is_no_image_fails_with_a_sentence_and_its_original_stays_in_quarantine(
    services: Services, tmp_path: Path, start_worker: Callable[..., Event], wait_for_job: Callable[[str], JobView]
) -> None:
    start_worker()
    source = tmp_path / "letter.jpg"
    source.write_text("Dear Sir or Madam")
    submitted = submit_file(services, source, identifier="letter")

    job = wait_for_job(submitted.job_id)
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error is not None
    assert "letter.jpg" in job.error
    view = services.catalog.image("letter")
    assert view is not None
    assert (view.summary.state, view.master and view.master.state) == ("failed", "quarantined")
    assert not list(services.store.list_objects("images/"))
    assert len(list(services.store.list_objects("masters/"))) == 1


def test_a_stopped_worker_hands_its_job_back_and_the_attempt_does_not_count(
    services: Services,
    write_jpeg: Callable[..., Path],
    start_worker: Callable[..., Event],
    wait_for_job: Callable[[str], JobView],
) -> None:
    stop = start_worker()
    submitted = submit_file(services, write_jpeg(width=6000, height=5000), identifier="big")
    while not (job := services.catalog.job(submitted.job_id)) or job.state == "queued":
        time.sleep(0.005)
    stop.set()
    while (job := services.catalog.job(submitted.job_id)) and job.state == "running":
        time.sleep(0.005)
    assert job is not None
    assert (job.state, job.attempts) == ("queued", 0)

    start_worker()
    assert wait_for_job(submitted.job_id).state == "done"
