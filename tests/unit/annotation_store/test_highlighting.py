import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.highlighting import TextMatch, find_matches
from annotation_store.query import parse_text

SENTENCE = "There are two birds in the bush, and one bird in the hand."


def matches(query, text=SENTENCE):
    return [match.exact for match in find_matches(text, [parse_text(query)])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bird", ["bird"]),
        ("BIRD", ["bird"]),
        ("b*", ["birds", "bush", "bird"]),
        ('"in the"', ["in the", "in the"]),
        ('"the bush and"', ["the bush, and"]),
        ("hand one", ["one", "hand"]),
        ("hands", ["hand"]),
        ("fish", []),
    ],
)
def test_matches_are_found_in_the_texts_order(query, expected):
    assert matches(query) == expected


def test_inflected_words_are_found_by_their_stem():
    assert matches("птица", "Две птицы в небе") == ["птицы"]


def test_a_match_comes_with_what_stands_around_it():
    assert find_matches(SENTENCE, [parse_text("bush")]) == [
        TextMatch("There are two birds in the ", "bush", ", and one bird in the hand.")
    ]


def test_matches_do_not_overlap_and_are_limited():
    assert [match.exact for match in find_matches("a a a a", [parse_text("a")], limit=2)] == ["a", "a"]
    assert matches('"one bird" bird') == ["one bird"]


@given(st.text(max_size=100), st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=5))
def test_each_match_stands_in_the_text(text, word):
    for match in find_matches(text, [parse_text(word)]):
        assert match.before + match.exact + match.after in text
