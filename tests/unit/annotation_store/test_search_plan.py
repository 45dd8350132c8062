import pytest

from annotation_store.cursor import Cursor
from annotation_store.errors import MalformedQueryError
from annotation_store.query import parse_query
from annotation_store.search_plan import MAX_BOXES, SearchScope, mentioned_in_query, plan_search
from annotation_store.search_windows import KEY_BITS, Window
from config.access import NOBODY, Principal, Role

A = "https://e.org/iiif/presentation/3/leaf@r1/manifest/canvas/1"
UNPINNED = A.replace("@r1", "")
EVERYWHERE = SearchScope(NOBODY, (1, 2))


def planned(*parameters, scope=EVERYWHERE, numbers=None):
    return plan_search(parse_query(parameters), scope, {UNPINNED: 7} if numbers is None else numbers)


def test_iris_are_looked_up_without_fragments_and_revisions():
    query = parse_query([("target", f"{A}#xywh=1,2,3,4"), ("manifest", A)])
    assert mentioned_in_query(query, SearchScope(NOBODY, (1,), A)) == {UNPINNED}


def test_a_region_needs_its_canvas():
    with pytest.raises(MalformedQueryError) as caught:
        planned(("region", "1,2,3,4"))
    assert caught.value.parameter == "region"
    many = [("region", f"{n},0,1,1") for n in range(50)]
    targets = [(f"https://e.org/{n}", n) for n in range(MAX_BOXES // 50 + 1)]
    with pytest.raises(MalformedQueryError):
        planned(*many, *(("target", iri) for iri, _ in targets), numbers=dict(targets))


@pytest.mark.parametrize(
    ("parameters", "scope"),
    [
        ([("target", "https://e.org/unknown")], EVERYWHERE),
        ([("target", "https://e.org/unknown"), ("region", "1,2,3,4")], EVERYWHERE),
        ([("manifest", "https://e.org/unknown")], EVERYWHERE),
        ([("text", "leaf")], SearchScope(NOBODY, ())),
        ([("text", "leaf")], SearchScope(NOBODY, (1,), "https://e.org/unknown")),
    ],
)
def test_what_nothing_can_have_is_not_asked_for(parameters, scope):
    assert planned(*parameters, scope=scope) is None


def test_values_are_parameters_and_never_in_the_statement():
    hostile = "'; drop table annotations.annotation; --"
    plan = planned(("creator", hostile), ("tag", hostile), ("text", "leaf*"), ("motivation", hostile), ("target", A))
    statement, parameters = plan.page(Cursor(5, 0), 10)
    assert "drop" not in statement
    assert all(f"%({name})s" in statement for name in parameters)
    assert parameters["after"] == 5


def test_boxes_are_looked_for_by_their_index_alone():
    plan = planned(("target", A), ("region", "1,2,3,4"))
    statement, _ = plan.page(None, 10)
    assert plan.boxed
    assert "MATERIALIZED" in statement
    assert "t.source =" not in statement


def test_words_are_looked_for_in_a_window_by_its_keys():
    plan = planned(("text", "leaf"))
    assert plan.said
    statement, parameters = plan.page(None, 10, Window(5000, 9000))
    assert f"ARRAY[a.id >> {KEY_BITS}] && %(keys)s" in statement
    assert parameters["keys"] == "{1,2}"
    assert "ARRAY" not in plan.page(None, 10)[0]


def test_a_walk_goes_in_the_direction_of_the_cursor():
    plan = planned(("text", "leaf"))
    assert "a.id > %(after)s" in plan.walk(None, 10, 50)[0]
    backwards, parameters = plan.walk(Cursor(9, 0, backwards=True), 10, 50)
    assert "a.id < %(after)s" in backwards
    assert "DESC" in backwards
    assert (parameters["after"], parameters["near"]) == (9, 50)


def test_the_index_is_not_asked_for_a_broad_term():
    plan = planned(("text", "leaf oak*"), ("text", "elm"))
    (prefix,) = plan.texts.prefixes
    statement, _ = plan.page(None, 10, broad={prefix})
    indexed, tried = (line for line in statement.split(" AND ") if "a.words @@" in line)
    assert "to_tsquery('simple'" not in indexed
    assert "IS TRUE" in statement
    assert tried.startswith("(a.words @@")


def test_drafts_are_for_their_authors_and_curators():
    def statement(viewer):
        return planned(("text", "leaf"), scope=SearchScope(viewer, (1,))).page(None, 1)[0]

    assert "a.creator =" in statement(Principal("anna", frozenset({Role.ANNOTATE})))
    assert "a.creator =" not in statement(NOBODY)
    assert "draft" not in statement(Principal("curator", frozenset({Role.CURATE})))
