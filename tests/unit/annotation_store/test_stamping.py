"""What the server says itself in an annotation."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from annotation_store.stamping import format_moment, stamp_changed, stamp_new
from annotation_store.store_errors import ProtectedValueError

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_moments_are_in_utc_to_the_millisecond() -> None:
    assert format_moment(NOW) == "2026-01-02T03:04:05.678Z"
    assert format_moment(NOW.astimezone(timezone(timedelta(hours=3)))) == "2026-01-02T03:04:05.678Z"


def test_a_new_annotation_is_stamped_and_keeps_its_order() -> None:
    given = {"type": "Annotation", "created": "x", "id": "urn:x:1", "@context": "c", "z": 1, "a": 2}
    stamped = stamp_new(given, "anna", NOW)
    assert list(stamped) == ["@context", "type", "created", "z", "a", "via", "creator", "modified"]
    assert stamped["via"] == "urn:x:1"
    assert stamped["creator"] == {"type": "Person", "name": "anna"}
    assert stamped["created"] == stamped["modified"] == "2026-01-02T03:04:05.678Z"
    assert given["created"] == "x"


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("urn:x:0", ["urn:x:0", "urn:x:1"]),
        (["urn:x:1"], ["urn:x:1"]),
        ("urn:x:1", "urn:x:1"),
        (["urn:x:0", "urn:x:2"], ["urn:x:0", "urn:x:2", "urn:x:1"]),
    ],
)
def test_the_id_joins_the_via_that_was_there(via: Any, expected: Any) -> None:
    assert stamp_new({"id": "urn:x:1", "via": via}, "anna", NOW)["via"] == expected


def test_a_change_keeps_what_is_the_servers() -> None:
    before = stamp_new({"id": "urn:x:1", "canonical": "urn:c", "body": "old"}, "anna", NOW)
    after = stamp_changed({"body": "new", "creator": "me", "created": "now", "modified": "now"}, before, LATER)
    assert after == {**before, "body": "new", "modified": format_moment(LATER)}
    assert list(after)[:3] == ["body", "creator", "created"]


@pytest.mark.parametrize("name", ["via", "canonical"])
@pytest.mark.parametrize("value", ["urn:other", ["urn:x:1", "urn:other"], [], None])
def test_a_change_of_what_stays_is_refused(name: str, value: Any) -> None:
    before = stamp_new({"id": "urn:x:1", "canonical": "urn:x:1"}, "anna", NOW)
    with pytest.raises(ProtectedValueError) as caught:
        stamp_changed({name: value}, before, LATER)
    assert caught.value.pointer == f"/{name}"


def test_what_was_not_there_may_be_added() -> None:
    before = stamp_new({}, "anna", NOW)
    assert stamp_changed({"canonical": "urn:c"}, before, LATER)["canonical"] == "urn:c"
