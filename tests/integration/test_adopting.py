"""The road of an adopted file: from its name to its tiles, and on when it changes, is replaced, or is deleted."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
import pyvips

from config.settings import Settings
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from iiif_server.index import take_head
from iiif_server.layout import CHANGES_PREFIX, record_key, revision_object_key
from iiif_server.record import WHOLE_HINT, Revision, parse_record
from ingest.adoption.submit_adoption import submit_adoption
from ingest.delete import delete_image
from ingest.errors import IdentifierTakenError, UnreadableSourceError
from ingest.services import Services
from ingest.stores import open_adopted
from ingest.views import JobView

pytestmark = pytest.mark.integration
TILE = "/iiif/3/a/0,0,256,256/256,256/0/default.jpg"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest_settings(ingest_settings: Settings, archive: Path) -> Settings:
    """Those of every ingest test, with a folder that may be adopted from."""
    return ingest_settings.model_copy(update={"adopt_roots": (str(archive),)})


@pytest.fixture
def scan(foreign: Any, photograph: Any, archive: Path) -> Path:
    """A pyramid of 1000 x 700 pixels."""
    path: Path = foreign.vips(archive / "скан 1.tif", photograph(1000, 700))
    return path


def current(services: Services, identifier: str = "a") -> Revision:
    revision = parse_record(services.store.read(record_key(identifier)).data).revision
    assert revision is not None
    return revision


def get(services: Services, *paths: str) -> list[httpx.Response]:
    """What an image server answers to these requests, one after another."""

    async def play() -> list[httpx.Response]:
        app = create_app(services.store, ServerOptions(record_ttl_s=0), None, open_adopted(services.settings))
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # ours is a plain ASGI app
        async with httpx.AsyncClient(transport=transport, base_url="http://images.example") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(play())


def stored_head(services: Services, revision: Revision) -> bytes:
    return take_head(services.store.read(revision_object_key("a", revision.name, "index")).data)


Wait = Callable[[str], JobView]
Worker = Callable[..., Event]


def test_a_pyramid_is_served_where_it_lies(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    before = scan.read_bytes()
    job = wait_for_job(submit_adoption(services, str(scan), identifier="a", label="A scan").job_id)
    assert (job.state, job.error) == ("done", None)

    revision = current(services)
    assert revision.adopted is not None
    assert (revision.width, revision.height, revision.adopted.location) == (1000, 700, scan.as_uri())
    stored = {found.key.rpartition("/")[2] for found in services.store.list_objects("images/")}
    assert stored == {"index", "record.json", "revision.json"}
    assert revision.index_head == stored_head(services, revision) != b""
    assert list(services.store.list_objects("masters/")) == []
    tile, info = get(services, TILE, "/iiif/3/a/info.json")
    assert tile.status_code == info.status_code == 200
    # The picture's own bytes, behind the shared tables.
    assert tile.content[-1000:] in before
    view = services.catalog.image("a")
    assert view is not None
    assert view.summary.adopted
    assert view.master is not None
    assert (view.master.location, view.master.sha256) == (scan.as_uri(), None)
    assert scan.read_bytes() == before


def test_a_file_that_changes_is_noticed_and_indexed_anew(
    services: Services, scan: Path, foreign: Any, photograph: Any, start_worker: Worker, wait_for_job: Wait
) -> None:
    stop = start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="a").job_id)
    old = current(services)
    stop.set()
    foreign.vips(scan, photograph(800, 900)[::-1])

    pinned = f"/iiif/3/a@{old.name}/0,0,256,256/256,256/0/default.jpg"
    for response in get(services, TILE, "/iiif/3/a/full/max/0/default.png", pinned):
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"
        assert response.json()["type"].endswith("image-changed")
    assert len(list(services.store.list_objects(CHANGES_PREFIX))) == 1

    start_worker()
    deadline = time.monotonic() + 30
    while current(services).name == old.name and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (current(services).width, current(services).height) == (800, 900)
    tile, gone = get(services, TILE, pinned)
    assert tile.status_code == 200
    assert gone.status_code == 410
    assert list(services.store.list_objects(CHANGES_PREFIX)) == []


def test_what_it_changed_to_may_be_nothing_to_serve(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="a").job_id)
    scan.write_bytes(b"no TIFF any more")
    assert get(services, TILE)[0].status_code == 503
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        view = services.catalog.image("a")
        assert view is not None
        if view.jobs[0].state == "failed":
            break
        time.sleep(0.05)
    assert view.jobs[0].error is not None
    assert view.jobs[0].error.startswith("скан 1.tif cannot be served as it lies: it is neither JPEG")
    assert get(services, TILE)[0].status_code == 503
    time.sleep(1)
    assert len(services.catalog.jobs()) == 2, "the same version is not tried again and again"


def test_a_file_that_is_gone_is_a_clean_answer(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="a").job_id)
    scan.unlink()
    assert get(services, TILE)[0].status_code == 503


def test_damage_that_leaves_no_trace_fails_its_checksum(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="sound").job_id)
    wait_for_job(submit_adoption(services, str(scan), identifier="unread", checksums=False).job_id)
    status, data = scan.stat(), bytearray(scan.read_bytes())
    (tile,) = get(services, TILE.replace("/a/", "/sound/"))
    place = data.find(tile.content[-500:])
    data[place + 100] ^= 0xFF
    with scan.open("r+b") as file:
        file.write(data)
    os.utime(scan, ns=(status.st_atime_ns, status.st_mtime_ns))
    checked, unchecked = get(services, TILE.replace("/a/", "/sound/"), TILE.replace("/a/", "/unread/"))
    assert checked.status_code == 500
    assert unchecked.status_code == 200


def test_purging_leaves_the_foreign_file_alone(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="a").job_id)
    name, before = current(services).name, scan.read_bytes()
    delete_image(services, "a", purge=True)
    assert scan.read_bytes() == before
    assert list(services.store.list_objects(revision_object_key("a", name, ""))) == []
    assert get(services, TILE)[0].status_code == 410


def test_only_what_lies_below_the_roots_is_adopted(services: Services, scan: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.tif"
    outside.write_bytes(scan.read_bytes())
    link = scan.with_name("link.tif")
    link.symlink_to(outside)
    own = Path(services.settings.storage_url.removeprefix("file://")) / "images" / "x.tif"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(scan.read_bytes())
    for name in (
        str(outside),
        str(link),
        f"{scan.parent}/../outside.tif",
        f"file://{scan.parent}/%2e%2e/outside.tif",
        f"{scan.parent}2/x.tif",
        str(own),
        "s3://elsewhere/a.tif",
        "/etc/passwd",
    ):
        with pytest.raises(UnreadableSourceError, match=r"lies outside|cannot be adopted"):
            submit_adoption(services, name, identifier="a")
    with pytest.raises(UnreadableSourceError, match="is not there"):
        submit_adoption(services, f"{scan}f", identifier="a")
    assert services.catalog.image("a") is None


def test_a_link_within_the_roots_means_the_file_itself(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    link = scan.with_name("link.tif")
    link.symlink_to(scan)
    wait_for_job(submit_adoption(services, str(link), identifier="a").job_id)
    adopted = current(services).adopted
    assert adopted is not None
    assert adopted.location == scan.as_uri()


def test_an_identifier_is_taken_once_and_replaced_on_demand(
    services: Services, scan: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    wait_for_job(submit_adoption(services, str(scan), identifier="a").job_id)
    with pytest.raises(IdentifierTakenError, match="replace it"):
        submit_adoption(services, str(scan), identifier="a")
    old = current(services).name
    assert wait_for_job(submit_adoption(services, str(scan), identifier="a", replace=True).job_id).state == "done"
    assert current(services).name != old
    before = f"/iiif/3/a@{old}/0,0,256,256/256,256/0/default.jpg"
    assert get(services, before)[0].status_code == 200


def test_a_file_that_cannot_be_served_as_it_lies_is_refused_in_a_sentence(
    services: Services, archive: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    source = archive / "leaf.txt"
    source.write_bytes(b"no picture at all")
    job = wait_for_job(submit_adoption(services, str(source), identifier="a").job_id)
    assert job.state == "failed"
    assert job.error == (
        "leaf.txt cannot be served as it lies: it is neither JPEG, PNG, WebP nor TIFF. Ingest converts it."
    )


def test_a_picture_without_tiles_is_computed_where_it_lies_until_it_changes(
    services: Services, write_jpeg: Callable[..., Path], archive: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    source = archive / "leaf.jpg"
    source.write_bytes(write_jpeg().read_bytes())
    assert wait_for_job(submit_adoption(services, str(source), identifier="a").job_id).state == "done"
    old = current(services)
    assert old.losses == (WHOLE_HINT,)
    assert old.index_head == stored_head(services, old) != b""
    assert {found.key.rpartition("/")[2] for found in services.store.list_objects("images/")} == {
        *("index", "record.json", "revision.json")
    }
    assert get(services, "/iiif/3/a/full/max/0/default.png")[0].status_code == 200

    source.write_bytes(pyvips.Image.new_from_buffer(source.read_bytes(), "").rot90().jpegsave_buffer())
    assert get(services, "/iiif/3/a/full/max/0/default.jpg")[0].status_code == 503
    deadline = time.monotonic() + 30
    while current(services).name == old.name and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (current(services).width, current(services).height) == (old.height, old.width)


@pytest.mark.parametrize("ingest_settings", ["s3"], indirect=True)
def test_from_a_bucket(
    services: Services, foreign: Any, photograph: Any, tmp_path: Path, start_worker: Worker, wait_for_job: Wait
) -> None:
    start_worker()
    path = foreign.vips(tmp_path / "a.tif", photograph(1000, 700))
    services.store.put_file("foreign/a 1.tif", path)
    url = f"{services.settings.storage_url}/foreign/a 1.tif"
    job = wait_for_job(submit_adoption(services, url, identifier="a").job_id)
    assert (job.state, job.error) == ("done", None)
    assert [response.status_code for response in get(services, TILE, "/iiif/3/a/full/300,/0/default.jpg")] == [
        200,
        200,
    ]

    old = current(services).name
    services.store.put_file("foreign/a 1.tif", foreign.vips(tmp_path / "b.tif", photograph(800, 900)))
    assert get(services, TILE)[0].status_code == 503
    deadline = time.monotonic() + 30
    while current(services).name == old and time.monotonic() < deadline:
        time.sleep(0.05)
    assert current(services).width == 800
    assert get(services, TILE)[0].status_code == 200
    delete_image(services, "a", purge=True)
    assert services.store.head("foreign/a 1.tif").size_bytes > 0
