from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iiif_server.layout import record_key
from iiif_server.record import Revision, format_record
from ingest.errors import PublishConflictError
from ingest.projection import build_record, put_record, read_stored
from ingest.tables import Image
from storage.memory import MemoryStore

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def image(state: str = "live") -> Image:
    return Image(
        identifier="leaf",
        state=state,
        label={"none": ["A leaf"]},
        rights="https://r.example/",
        access="restricted",
        generation=4,
        updated=MOMENT,
    )


@pytest.fixture
def revision(make_output: Callable[[str], tuple[Path, Revision]]) -> Revision:
    return make_output("01r")[1]


def test_the_record_says_what_the_catalog_says(revision: Revision) -> None:
    record = build_record(image(), revision)
    assert (record.identifier, record.generation, record.state, record.access) == ("leaf", 4, "live", "restricted")
    assert (record.label, record.rights, record.revision) == ({"none": ["A leaf"]}, "https://r.example/", revision)


def test_a_tombstone_tells_nothing_but_that_it_is_one(revision: Revision) -> None:
    record = build_record(image("deleted"), revision)
    assert (record.state, record.label, record.rights, record.revision) == ("deleted", {}, None, None)


def test_what_is_not_there_has_no_generation() -> None:
    stored = read_stored(MemoryStore(), "leaf")
    assert (stored.etag, stored.record, stored.generation) == (None, None, 0)


def test_a_record_that_cannot_be_read_is_replaced_over_its_etag(revision: Revision) -> None:
    store = MemoryStore()
    store.put(record_key("leaf"), b"{broken")
    stored = read_stored(store, "leaf")
    assert stored.record is None
    put_record(store, build_record(image(), revision), stored)
    assert read_stored(store, "leaf").generation == 4


def test_a_record_that_changed_since_it_was_read_is_not_overwritten(revision: Revision) -> None:
    store = MemoryStore()
    before = read_stored(store, "leaf")
    newer = format_record(build_record(image(), revision))
    store.put(record_key("leaf"), newer)
    with pytest.raises(PublishConflictError):
        put_record(store, build_record(image("deleted"), None), before)
    assert store.read(record_key("leaf")).data == newer
