import json

import pytest

from iiif_server.record import (
    SCHEMA_VERSION,
    MalformedRecordError,
    format_record,
    format_revision,
    parse_record,
    parse_revision,
)


def changed(data, **changes):
    return json.dumps(json.loads(data) | changes).encode()


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
