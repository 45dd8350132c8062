import pytest

from annotation_store.completion import complete_last, count_terms
from annotation_store.errors import MalformedQueryError
from annotation_store.iiif_query import parse_completion, parse_search
from annotation_store.text_query import Prefix, Word


def test_parameters_become_a_query():
    asked = parse_search(
        [
            ("q", 'bird "in the"'),
            ("motivation", "oa:tagging commenting"),
            ("user", "anna boris"),
            ("date", "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z 2027"),
            ("cursor", "abc"),
        ]
    )
    assert len(asked.query.texts[0]) == 2
    assert asked.query.motivations == ("tagging", "commenting")
    assert asked.query.creators == ("anna", "boris")
    assert len(asked.query.created) == 2
    assert asked.cursor == "abc"
    assert [name for name, _ in asked.fields] == ["q", "motivation", "user", "date"]


def test_what_is_unknown_is_ignored_and_what_is_empty_restricts_nothing():
    asked = parse_search([("q", " "), ("motivation", ""), ("box", "1"), ("box", "2"), ("x", "")])
    assert asked.query.texts == asked.query.motivations == ()
    assert asked.ignored == ("box", "x")


def test_non_painting_leaves_painting_out():
    asked = parse_search([("motivation", "non-painting")])
    assert (asked.query.motivations, asked.excluded) == ((), ("painting",))


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ([("q", "a"), ("q", "b")], "q"),
        ([("date", "soon")], "date"),
        ([("user", " ".join(map(str, range(60))))], "user"),
        ([("q", "a\0")], "q"),
        ([("q", "---")], "q"),
    ],
)
def test_what_cannot_be_read_is_refused(parameters, parameter):
    with pytest.raises(MalformedQueryError) as caught:
        parse_search(parameters)
    assert caught.value.parameter == parameter


def test_completion_needs_letters_and_version_1_knows_a_minimum():
    for parameters in ([], [("q", " ")], [("q", "a"), ("min", "many")]):
        with pytest.raises(MalformedQueryError):
            parse_completion(parameters, 1)
    assert parse_completion([("q", "a"), ("min", "3")], 1).minimum == 3
    assert parse_completion([("q", "a"), ("min", "3")], 2).ignored == ("min",)


def test_the_last_word_is_completed():
    query, before, beginning = complete_last(parse_completion([("q", '"early bird" wor')], 2).query)
    assert (before, beginning) == ("early bird", "wor")
    assert query.texts == ((Word("early"), Word("bird"), Prefix("wor")),)
    assert complete_last(parse_completion([("q", "wor*")], 2).query)[2] == "wor"


def test_terms_are_counted_once_a_text_whatever_their_case():
    texts = ["Bird bird BIRDS", "bird worm", "Ёлка"]
    assert count_terms(texts, "bir", "", 1, 9) == [("bird", 2), ("birds", 1)]
    assert count_terms(texts, "Bir", "early", 2, 9) == [("early bird", 2)]
    assert count_terms(texts, "", "", 1, 2) == [("bird", 2), ("birds", 1)]
    assert count_terms(texts, "ё", "", 1, 9) == [("ёлка", 1)]
