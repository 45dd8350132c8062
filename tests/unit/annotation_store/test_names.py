"""Slugs and segments of paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.names import format_segment, is_name, parse_segment, parse_slug


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("leaf", "leaf"),
        ('"leaf"', "leaf"),
        ("two words", "two-words"),
        ("%D0%9B%D0%B8%D1%81%D1%82", "Лист"),
        ("%D0%98%CC%86", "Й"),
        ("../../etc", "etc"),
        ("a" * 200, "a" * 128),
        ("~user_1.2", "~user_1.2"),
        (None, None),
        ("", None),
        ("..", None),
        ("%00", None),
        ("%FF", None),
        ("?#/", None),
    ],
)
def test_a_slug_becomes_a_name(header: str | None, name: str | None) -> None:
    assert parse_slug(header) == name


@given(st.text(max_size=300))
def test_whatever_a_slug_says_a_name_comes_of_it_or_none(text: str) -> None:
    name = parse_slug(text)
    assert name is None or is_name(name)


@given(st.text(min_size=1, max_size=128).filter(is_name))
def test_a_name_stands_in_a_path_and_comes_back(name: str) -> None:
    segment = format_segment(name)
    assert segment.isascii()
    assert "/" not in segment
    assert parse_segment(segment) == name


@pytest.mark.parametrize(
    "raw", ["", ".", "..", "%2e", "a%2Fb", "a%00", "%ff", "a b", "-a", "a" * 129, "%D0%98%CC%86"]
)
def test_segments_that_name_nothing(raw: str) -> None:
    assert parse_segment(raw) is None
