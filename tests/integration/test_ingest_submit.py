from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from iiif_server.record import Revision
from ingest.broker import open_broker, queue_length
from ingest.delete import delete_image
from ingest.errors import (
    IdentifierDeletedError,
    IdentifierTakenError,
    IngestError,
    InvalidValueError,
    SourceTooLargeError,
    StorageAwayError,
)
from ingest.leases import claim_job, fail_job
from ingest.services import Services
from ingest.submit import Submitted, submit_file
from storage.errors import StorageUnavailableError
from storage.memory import MemoryStore

pytestmark = pytest.mark.integration


def masters(services: Services) -> list[str]:
    return [found.key for found in services.store.list_objects("masters/")]


def test_the_same_bytes_are_kept_once(services: Services, write_jpeg: Callable[..., Path]) -> None:
    submit_file(services, write_jpeg("a.jpg"), identifier="a")
    submit_file(services, write_jpeg("b.jpg"), identifier="b")
    assert [key.rpartition("/")[2] for key in masters(services)] == ["a.jpg"]
    view = services.catalog.image("b")
    assert view is not None
    assert view.jobs[0].file_name == "b.jpg"


def test_the_same_bytes_are_kept_once_when_they_come_at_the_same_time(
    services: Services, write_jpeg: Callable[..., Path]
) -> None:
    source = write_jpeg()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: submit_file(services, source, identifier=name), "abcd"))
    assert len({item.job_id for item in done}) == 4
    assert len(masters(services)) == 1


def test_of_two_that_want_one_identifier_one_gets_it(services: Services, write_jpeg: Callable[..., Path]) -> None:
    sources = [write_jpeg(f"{seed}.jpg", seed=seed) for seed in range(4)]

    def submit(source: Path) -> Submitted | IngestError:
        try:
            return submit_file(services, source, identifier="leaf")
        except IngestError as exc:
            return exc

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(submit, sources))
    assert sorted(type(result).__name__ for result in results) == ["IdentifierTakenError"] * 3 + ["Submitted"]
    assert len(services.catalog.jobs()) == 1


def test_two_spellings_of_one_identifier_are_one_image(services: Services, write_jpeg: Callable[..., Path]) -> None:
    submit_file(services, write_jpeg(), identifier="Й")
    with pytest.raises(IdentifierTakenError, match="is being converted already"):
        submit_file(services, write_jpeg(), identifier="И\u0306")


def test_a_live_identifier_is_refused_and_the_sentence_knows_the_bytes(
    services: Services, publish_image: Callable[..., Revision], write_jpeg: Callable[..., Path]
) -> None:
    publish_image("leaf", seed=1)
    with pytest.raises(IdentifierTakenError, match="leaf is there already, with exactly these bytes"):
        submit_file(services, write_jpeg("again.jpg", width=8, height=8, seed=1), identifier="leaf")
    with pytest.raises(IdentifierTakenError, match="with other content; replace it"):
        submit_file(services, write_jpeg("other.jpg", seed=2), identifier="leaf")


def test_replacing_makes_a_revision_and_keeps_what_is_not_said_anew(
    services: Services, publish_image: Callable[..., Revision]
) -> None:
    first = publish_image("leaf", seed=1, label="A leaf", access="restricted", rights="https://r.example/")
    second = publish_image("leaf", seed=2, replace=True, label="Another leaf")
    view = services.catalog.image("leaf")
    assert view is not None
    assert [item.name for item in view.revisions] == [second.name, first.name]
    image = view.summary
    assert (image.revision, image.generation, image.access) == (second.name, 2, "restricted")
    assert (image.label, image.rights) == ({"none": ["Another leaf"]}, "https://r.example/")


def test_while_one_file_is_converted_no_other_takes_its_place(
    services: Services, publish_image: Callable[..., Revision], write_jpeg: Callable[..., Path]
) -> None:
    publish_image("leaf")
    submit_file(services, write_jpeg("2.jpg", seed=2), identifier="leaf", replace=True)
    with pytest.raises(IdentifierTakenError, match="is being converted already, by job"):
        submit_file(services, write_jpeg("3.jpg", seed=3), identifier="leaf", replace=True)


def test_a_failed_identifier_can_be_tried_with_another_file(
    services: Services, write_jpeg: Callable[..., Path]
) -> None:
    failed = submit_file(services, write_jpeg("1.jpg", seed=1), identifier="leaf", label="Old")
    claim = claim_job(services.catalog, failed.job_id, "", 30)
    assert claim is not None
    fail_job(services.catalog, claim, "1.jpg is no image.", quarantine=True)
    submit_file(services, write_jpeg("2.jpg", seed=2), identifier="leaf")
    view = services.catalog.image("leaf")
    assert view is not None
    assert (view.summary.state, view.summary.label) == ("converting", {"none": ["leaf"]})


def test_a_deleted_identifier_is_never_used_again(
    services: Services, publish_image: Callable[..., Revision], write_jpeg: Callable[..., Path]
) -> None:
    publish_image("leaf")
    delete_image(services, "leaf")
    for replace in (False, True):
        with pytest.raises(IdentifierDeletedError):
            submit_file(services, write_jpeg(), identifier="leaf", replace=replace)


@pytest.mark.parametrize("identifier", ["", "a\0b", "a\nb", "\udcff", "x" * 1025])
def test_what_cannot_be_an_identifier_is_refused(
    services: Services, write_jpeg: Callable[..., Path], identifier: str
) -> None:
    with pytest.raises(InvalidValueError):
        submit_file(services, write_jpeg(), identifier=identifier)
    assert services.catalog.images().items == ()


def test_a_file_that_is_too_large_leaves_nothing(services: Services, write_jpeg: Callable[..., Path]) -> None:
    small = services.settings.model_copy(update={"max_source_bytes": 100})
    with pytest.raises(SourceTooLargeError):
        submit_file(dataclasses.replace(services, settings=small), write_jpeg(), identifier="leaf")
    assert services.catalog.images().items == ()
    assert masters(services) == []
    assert [path.name for path in services.scratch.iterdir()] == [".lock"]


def test_where_the_queue_is_away_the_job_waits_for_the_sweeper(
    services: Services, write_jpeg: Callable[..., Path]
) -> None:
    away = dataclasses.replace(services, broker=open_broker("unix:///nowhere/socket"))
    submitted = submit_file(away, write_jpeg(), identifier="leaf")
    job = services.catalog.job(submitted.job_id)
    assert job is not None
    assert job.state == "queued"
    assert queue_length(services.broker) == 0


def test_a_submit_that_died_before_its_bytes_were_stored_is_made_good_by_the_next(
    services: Services, write_jpeg: Callable[..., Path]
) -> None:
    class Away(MemoryStore):
        def put_file(self, key: str, *args: Any, **kwargs: Any) -> Any:
            raise StorageUnavailableError(key, "away")

    with pytest.raises(StorageAwayError):
        submit_file(dataclasses.replace(services, store=Away()), write_jpeg(), identifier="leaf")
    assert services.catalog.images().items == ()
    submit_file(services, write_jpeg(), identifier="leaf")
    assert len(masters(services)) == 1


def test_lists_go_on_behind_the_cursor_and_find_texts(
    services: Services, publish_image: Callable[..., Revision]
) -> None:
    for number in range(5):
        publish_image(f"leaf-{number}", seed=number, label=f"Лист {number}")
    first = services.catalog.images(limit=2)
    second = services.catalog.images(limit=2, after=first.next)
    third = services.catalog.images(limit=2, after=second.next)
    names = [image.identifier for page in (first, second, third) for image in page.items]
    assert names == [f"leaf-{number}" for number in (4, 3, 2, 1, 0)]
    assert third.next is None
    assert [image.identifier for image in services.catalog.images(query="ЛИСТ 3").items] == ["leaf-3"]
    assert [image.identifier for image in services.catalog.images(query="EAF-2").items] == ["leaf-2"]
    for nothing in ("none", "%", "_", "leaf.2"):
        assert services.catalog.images(query=nothing).items == ()
