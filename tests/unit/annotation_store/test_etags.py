"""If-Match and If-None-Match."""

import pytest

from annotation_store.etags import parse_condition


def test_without_the_header_there_is_no_condition() -> None:
    assert parse_condition(None) is None


@pytest.mark.parametrize(
    ("header", "strongly", "weakly"),
    [
        ('"a"', True, True),
        ('"b", "a"', True, True),
        ('W/"a"', False, True),
        ("*", True, True),
        (" * ", True, True),
        ('"a-gzip"', True, True),
        ('W/"a-gzip"', False, True),
        ('"b"', False, False),
        ("a", False, False),
        ("", False, False),
        ('"*"', False, False),
    ],
)
def test_tags_are_compared(header: str, strongly: bool, weakly: bool) -> None:
    condition = parse_condition(header)
    assert condition is not None
    assert condition.matches_strongly("a") is strongly
    assert condition.matches_weakly("a") is weakly
