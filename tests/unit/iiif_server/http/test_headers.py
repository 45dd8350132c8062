import dataclasses
from datetime import UTC, datetime

import pytest

from iiif_server.http.headers import cache_control, is_not_modified, make_etag
from iiif_server.record import Record

RECORD = Record("a", 1, "deleted", "public", {}, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("value", ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a"', "*", " * ", '"b" , "a,"  , "a"'])
def test_lists_stars_and_weak_tags_match(value: str) -> None:
    assert is_not_modified(value, b'"a"')


@pytest.mark.parametrize("value", ["", "a", '"b"', '"ab"', '"*"', 'W/"b"', '"'])
def test_other_tags_do_not(value: str) -> None:
    assert not is_not_modified(value, b'"a"')


def test_no_two_lists_of_parts_have_one_etag() -> None:
    assert make_etag(b"a", b"bc") != make_etag(b"ab", b"c")
    assert make_etag(b"a") == make_etag(b"a")


def test_restricted_images_are_never_kept_not_even_pinned() -> None:
    restricted = dataclasses.replace(RECORD, access="restricted")
    for immutable in (False, True):
        assert cache_control(restricted, immutable=immutable, max_age_s=60) == b"private, no-store"


def test_public_images_are_kept_for_a_while_and_pinned_ones_for_good() -> None:
    assert cache_control(RECORD, immutable=False, max_age_s=7) == b"public, max-age=7, stale-while-revalidate=7"
    assert cache_control(RECORD, immutable=True, max_age_s=7) == b"public, max-age=31536000, immutable"
