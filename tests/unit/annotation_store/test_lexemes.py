import re

import pytest

from annotation_store.lexemes import MAX_LEXEMES, Known, describe_terms, look_up, spell_out
from annotation_store.search_costs import Term
from annotation_store.text_plan import TextPlan

PLAN = TextPlan((("leaf", "oak*"), ("elm",)), ("oak*",))
LEAF, ELM = Known("'leaf'", True, ["leaf"], [900], None), Known("'elm'", True, None, None, None)


def oak(words=("oak", "oaken"), rows=(30, 4), recent=(), query="'oak':*", *, is_complete=True):
    return Known(query, is_complete, list(words), list(rows), list(recent))


def known(prefix):
    return {"leaf": LEAF, "oak*": prefix, "elm": ELM}


def test_a_prefix_is_spelled_out():
    plan, values = spell_out(PLAN, known(oak(recent=["oaks", "oak"])))
    assert values == {"words0": "'oak' | 'oaken' | 'oaks'"}
    assert plan.texts == (("leaf", "%(words0)s::tsquery"), ("elm",))
    assert plan.prefixes == ("%(words0)s::tsquery",)
    assert plan.filter == PLAN.texts


@pytest.mark.parametrize(
    "prefix",
    [
        oak(is_complete=False),
        oak(words=[f"oak{n}" for n in range(MAX_LEXEMES + 1)], rows=[1] * (MAX_LEXEMES + 1)),
        oak(recent=[f"oak{n}" for n in range(MAX_LEXEMES)]),
        oak(query="'oak' & 'le':*"),
        oak(query="'oak':* <-> 'le':*"),
        oak(query=""),
    ],
)
def test_it_is_left_as_it_is_where_its_words_are_not_known_or_too_many(prefix):
    plan, values = spell_out(PLAN, known(prefix))
    assert plan.texts == PLAN.texts
    assert plan.prefixes == PLAN.prefixes
    assert values == {}


def test_where_no_word_begins_so_its_text_finds_nothing():
    plan, values = spell_out(PLAN, known(oak((), ())))
    assert (plan.texts, values) == ((("elm",),), {})
    assert spell_out(TextPlan((("leaf", "oak*"),), ("oak*",)), known(oak((), ()))) is None


def test_words_are_quoted():
    _, values = spell_out(PLAN, known(oak(words=["oak'n", "oak\\"], rows=[1, 1])))
    assert values == {"words0": "'oak''n' | 'oak\\\\'"}


def test_terms_are_as_frequent_as_their_words():
    prefix = oak(recent=["oaks"])
    plan, _ = spell_out(PLAN, known(prefix))
    (leaf, spelled), (elm,) = describe_terms(PLAN, known(prefix), plan, 1000)
    assert leaf == Term("leaf", [900.0])
    assert spelled == Term("%(words0)s::tsquery", [30.0, 4.0, 1.0])
    assert elm.rows == [1.0]
    unknown = oak(is_complete=False)
    plan, _ = spell_out(PLAN, known(unknown))
    (_, listed), _ = describe_terms(PLAN, known(unknown), plan, 1000)
    assert listed == Term("oak*", [30.0, 4.0], is_listed=True)


def test_a_phrase_is_as_frequent_as_its_rarest_word_and_a_stop_word_is_everywhere():
    plan = TextPlan((("phrase", "the"),), ())
    both = {
        "phrase": Known("'red' <-> 'oak'", True, ["oak", "red"], [30, 7], None),
        "the": Known("", True, None, None, None),
    }
    ((phrase, the),) = describe_terms(plan, both, plan, 1000)
    assert (phrase.rows, the.rows) == ([7.0], [1000.0])


def test_all_terms_are_asked_for_in_one_statement():
    statement = look_up(PLAN)
    assert re.findall(r"\((\d), (True|False), \((\S+)\)::text\)", statement) == [
        ("0", "False", "leaf"),
        ("1", "True", "oak*"),
        ("2", "False", "elm"),
    ]
