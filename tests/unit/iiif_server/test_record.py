import json
from dataclasses import replace

import pytest

from iiif_server.index import FIRST_ENTRIES, TileEntry, build_index, take_head
from iiif_server.record import (
    SCHEMA_VERSION,
    Level,
    MalformedRecordError,
    build_revision_document,
    format_record,
    format_revision,
    parse_record,
    parse_revision,
    read_revision_document,
)
from iiif_server.sealing import seal, unseal

INDEX = build_index(TileEntry(number, 10, 0, True) for number in range(FIRST_ENTRIES + 1))


def changed(data, **changes):
    return seal(json.dumps(json.loads(unseal(data)) | changes).encode())


def test_a_record_survives_being_written_and_read(record_of):
    record = record_of(rights="http://creativecommons.org/licenses/by/4.0/", access="restricted")
    assert parse_record(format_record(record)) == record


def test_a_deleted_record_survives_being_written_and_read(record_of):
    record = record_of(state="deleted", revision=None)
    assert parse_record(format_record(record)) == record


def test_a_revision_survives_being_written_and_read(revision_of):
    revision = revision_of(4003, 2999)
    assert parse_revision(format_revision(revision)) == revision


def test_keys_that_are_not_known_are_ignored(record_of):
    record = record_of()
    assert parse_record(changed(format_record(record), pages=[1])) == record


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"{}", b"[]", b"\xff\xfe", b'{"identifier":'],
)
def test_what_is_no_record_is_refused(data):
    with pytest.raises(MalformedRecordError):
        parse_record(data)
    with pytest.raises(MalformedRecordError):
        parse_revision(data)
    with pytest.raises(MalformedRecordError):
        parse_record(seal(data))


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": SCHEMA_VERSION + 1},
        {"state": "asleep"},
        {"state": "deleted"},
        {"revision": None},
        {"access": "secret"},
        {"generation": "many"},
        {"label": {"en": "text"}},
    ],
)
def test_a_record_that_contradicts_itself_or_the_schema_is_refused(record_of, changes):
    with pytest.raises(MalformedRecordError):
        parse_record(changed(format_record(record_of()), **changes))


def test_tables_that_are_no_base64_are_refused(revision_of):
    data = format_revision(revision_of(10, 10))
    for broken in ("*", 7, None):
        with pytest.raises(MalformedRecordError):
            parse_revision(changed(data, jpeg_prefix=broken))


def test_a_revision_survives_the_catalog(revision_of):
    revision = replace(revision_of(4003, 2999), index_head=take_head(INDEX))
    document = json.loads(json.dumps(build_revision_document(revision)))
    assert read_revision_document(document) == revision
    with pytest.raises(MalformedRecordError):
        read_revision_document(document | {"width": 4004})


def test_a_revision_carries_the_head_of_its_index_and_older_ones_do_not(revision_of):
    older = revision_of(4003, 2999)
    revision = replace(older, index_head=take_head(INDEX))
    data = format_revision(revision)
    assert parse_revision(data) == revision
    document = json.loads(unseal(data))
    del document["index_head"]
    assert parse_revision(seal(json.dumps(document).encode())) == older


def test_any_changed_byte_is_found(record_of):
    data = format_record(record_of())
    for position in range(len(data)):
        broken = bytearray(data)
        broken[position] ^= 1
        with pytest.raises(MalformedRecordError):
            parse_record(bytes(broken))
        with pytest.raises(MalformedRecordError):
            parse_record(data[:position])


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../01j"},
        {"width": 0},
        {"width": 4004},
        {"height": -2999},
        {"height": 10**12},
        {"tile_width": 0},
        {"tile_width": 256},
        {"tile_height": 10**9},
        {"levels": ()},
        {"levels": (Level(2, 2002, 1500, 0),)},
        {"levels": (Level(1, 4003, 2999, 1),)},
        {"levels": (Level(1, 4003, 2999, -1),)},
        {"levels": (Level(1, 4003, 2999, 1), Level(1, 4003, 2999, 0))},
        {"levels": (Level(1, 4003, 2999, 1), Level(0, 4003, 2999, 0))},
        {"levels": (Level(1, 4003, 2999, 0), Level(8, 501, 375, 0))},
        {"levels": (Level(1, 4003, 2999, 1), Level(8, 500, 375, 0))},
        {"jpeg_prefix": bytes(70_000)},
        {"index_head": INDEX},
        {"index_head": INDEX[:-17]},
        {"index_head": INDEX[:15]},
        {"index_head": b"x" + INDEX[1:32]},
        {"width": 2**31 - 1, "height": 2**31 - 1, "levels": (Level(1, 2**31 - 1, 2**31 - 1, 0),), "tile_width": 16},
    ],
)
def test_a_pyramid_that_cannot_be_is_refused(record_of, revision_of, changes):
    revision = revision_of(4003, 2999)
    data = format_revision(revision)
    assert parse_revision(data) == revision
    broken = replace(revision, **changes)
    with pytest.raises(MalformedRecordError):
        parse_revision(format_revision(broken))
    with pytest.raises(MalformedRecordError):
        parse_record(format_record(record_of(revision=broken)))
