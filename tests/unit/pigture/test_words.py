"""Sizes and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pigture.words import age_words, dimensions_words, size_words

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1_234_567, "1.2 MB"),
        (999_960, "1.0 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_have_one_decimal_and_a_unit(size_bytes: int, words: str) -> None:
    assert size_words(size_bytes) == words


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages_are_told_in_the_largest_unit_that_fits(age: timedelta, words: str) -> None:
    assert age_words(NOW - age, NOW) == words


def test_what_is_older_than_a_week_gets_its_date() -> None:
    assert age_words(NOW - timedelta(days=30), NOW) == "2026-10-25"


def test_unknown_dimensions_are_empty() -> None:
    assert dimensions_words(10800, 5400) == "10800×5400"
    assert dimensions_words(None, None) == ""
