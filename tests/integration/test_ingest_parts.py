"""Parts and samples on their way into storage and catalog, out of it, and back from the catalog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import tifffile
from sqlalchemy import text

from iiif_server.layout import part_object_key, record_key, revision_object_key
from iiif_server.parts import PARTS, Plane, parse_parts
from iiif_server.record import Revision, parse_record, parse_revision
from ingest.attempt import run_job
from ingest.delete import delete_image
from ingest.discard import remove_discarded
from ingest.http.documents import build_details
from ingest.leases import Claim, LeaseTimes, claim_job
from ingest.projection import project
from ingest.publish import adopt_claimed, publish
from ingest.published_parts import catalogued_parts, read_stored_parts
from ingest.republish import republish
from ingest.services import Services
from ingest.submit import submit_file
from pigture.catalog_views import image_details, image_facts
from storage.errors import ObjectNotFoundError

pytestmark = pytest.mark.integration

OBJECTS = ("pyramid.tif", "index", "revision.json", "samples.tif", "samples.index")


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    values = np.random.default_rng(1).integers(0, 4000, (3, 2, 40, 50), np.uint16)
    scale = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    path = tmp_path / "stack.ome.tif"
    tifffile.imwrite(path, values, photometric="minisblack", metadata={"axes": "ZCYX", **scale})
    return path


@pytest.fixture
def published(services: Services, stack: Path) -> Revision:
    job_id = submit_file(services, stack, identifier="stack").job_id
    run_job(services, job_id, "", LeaseTimes(), Event())
    revision = parse_record(services.store.read(record_key("stack")).data).revision
    assert revision is not None
    return revision


def test_all_objects_of_parts_lie_in_storage_before_the_record_tells_of_them(
    services: Services, published: Revision
) -> None:
    assert (published.part_count, published.label) == (2, "z 1")
    assert published.samples is not None
    listed = parse_parts(services.store.read(revision_object_key("stack", published.name, PARTS)).data)
    assert [(part.name, part.label) for part in listed] == [("z=2", "z 2"), ("z=3", "z 3")]
    for part in (None, Plane(2, 1), Plane(3, 1)):
        for name in OBJECTS:
            assert services.store.read(part_object_key("stack", published.name, part, name)).data
        key = part_object_key("stack", published.name, part, "revision.json")
        found = parse_revision(services.store.read(key).data)
        assert (found.name, found.width, found.pixel_size_mm) == (published.name, 50, (0.0005, 0.0005))
        assert found.samples is not None
        assert found.samples.channels == published.samples.channels


def test_the_catalog_tells_channels_parts_and_scale(services: Services, published: Revision) -> None:
    view = services.catalog.image("stack")
    assert view is not None
    document = build_details(view, "http://h", with_job=False)
    assert [part["service"] for part in document["parts"]] == [
        "http://h/iiif/3/stack;z=2",
        "http://h/iiif/3/stack;z=3",
    ]
    assert document["samples"]["type"] == "uint16"
    assert image_details(view, "http://h")["pixel_size_mm"] == (0.0005, 0.0005)
    facts = image_facts(view, "http://h", datetime.now(UTC))
    assert ("part", "z=3, 50×40: z 3") in facts
    assert ("pixel size", "0.5 × 0.5 µm") in facts
    assert sum(name == "channel" for name, _ in facts) == 2


def test_what_is_lost_in_storage_comes_back_from_the_catalog(services: Services, published: Revision) -> None:
    keys = [
        revision_object_key("stack", published.name, PARTS),
        part_object_key("stack", published.name, Plane(3, 1), "revision.json"),
    ]
    before = [services.store.read(key).data for key in keys]
    for key in keys:
        services.store.delete(key)
    republish(services)
    assert [services.store.read(key).data for key in keys] == before


def test_deleting_takes_all_of_it_away(services: Services, published: Revision) -> None:
    delete_image(services, "stack", purge=True)
    remove_discarded(services.catalog, services.store)
    for part in (None, Plane(2, 1)):
        for name in OBJECTS:
            with pytest.raises(ObjectNotFoundError):
                services.store.read(part_object_key("stack", published.name, part, name))
    with services.catalog.begin() as session:
        assert list(catalogued_parts(session, published.name)) == []


def test_a_successor_takes_over_the_parts_of_one_that_died_after_its_put(
    services: Services, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit_file(services, stack, identifier="stack").job_id
    dead: list[Claim] = []

    def die_after_the_put(catalog: Any, store: Any, claim: Claim, *rest: Any) -> None:
        dead.append(claim)
        with monkeypatch.context() as patch:
            patch.setattr("ingest.publish.project", putting_then(KeyboardInterrupt()))
            with pytest.raises(KeyboardInterrupt):
                publish(catalog, store, claim, *rest)

    monkeypatch.setattr("ingest.attempt.publish", die_after_the_put)
    run_job(services, job_id, "", LeaseTimes(), Event())
    revision = parse_record(services.store.read(record_key("stack")).data).revision
    assert revision is not None
    assert revision.name == dead[0].revision
    with services.catalog.begin() as session:
        assert list(catalogued_parts(session, revision.name)) == []
    end_lease(services)
    successor = claim_job(services.catalog, job_id, "", 30)
    assert successor is not None
    assert adopt_claimed(services.catalog, services.store, successor)
    with services.catalog.begin() as session:
        parts = tuple(catalogued_parts(session, revision.name))
    assert parts == read_stored_parts(services.store, "stack", revision)
    assert len(parts) == 2


def putting_then(error: BaseException) -> Callable[..., None]:
    def put(*arguments: Any) -> None:
        project(*arguments)
        raise error

    return put


def end_lease(services: Services) -> None:
    with services.catalog.begin() as session:
        session.execute(
            text("UPDATE job SET state = 'queued', lease_expires = NULL, owner = NULL, not_before = now()")
        )
