import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.cursor import Cursor, format_cursor, parse_cursor
from annotation_store.errors import MalformedQueryError

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.integers(-(2**63), 2**63 - 1)
CURSOR = Cursor("2024-05-01T12:00:00Z", 17)


@given(KEYS, KEYS, st.booleans())
def test_a_cursor_comes_back_equal(key, identity, backwards):
    cursor = Cursor(key, identity, backwards)
    text = format_cursor(cursor, "scope")
    assert parse_cursor(text, "scope") == cursor
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_is_good_for_its_own_scope_only():
    with pytest.raises(MalformedQueryError) as caught:
        parse_cursor(format_cursor(CURSOR, "container 1"), "container 2")
    assert caught.value.parameter == "cursor"


def test_a_cursor_with_any_character_changed_is_refused():
    text = format_cursor(CURSOR, "scope")
    for place, character in enumerate(text):
        wrong = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        with pytest.raises(MalformedQueryError):
            parse_cursor(wrong, "scope")


@given(st.text(max_size=100))
def test_made_up_cursors_are_refused(text):
    with pytest.raises(MalformedQueryError):
        parse_cursor(text, "scope")


def test_endless_cursors_are_refused():
    with pytest.raises(MalformedQueryError):
        parse_cursor("A" * 100_000, "scope")
