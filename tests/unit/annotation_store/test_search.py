from dataclasses import replace

from annotation_store.highlighting import TextMatch
from annotation_store.serialisers.presentation3 import present_annotation
from annotation_store.serialisers.search1 import build_annotation_list, build_term_list, describe_search_1
from annotation_store.serialisers.search2 import build_search_page, build_term_page, describe_search_2
from annotation_store.serialisers.search_results import AnnotationMatch, SearchPage, Term

CANVAS = "http://example.org/canvas/1"
BIRD = {
    "id": "http://a/1",
    "type": "Annotation",
    "motivation": "commenting",
    "body": [
        {"type": "TextualBody", "value": "two birds", "language": "en"},
        {"type": "TextualBody", "value": "fauna", "purpose": "tagging"},
    ],
    "target": {"source": CANVAS, "selector": {"type": "FragmentSelector", "value": "xywh=pixel:1.5,2,3,4"}},
}
PAGE = SearchPage(
    iri="http://s?q=bird",
    query_iri="http://s?q=bird",
    first_iri="http://s?q=bird",
    items=[present_annotation(BIRD)],
    matches=[AnnotationMatch("http://a/1", TextMatch("two ", "birds", ""))],
)
SECOND = replace(
    PAGE,
    iri="http://s?q=bird&c=2",
    next_iri="http://s?q=bird&c=3",
    prev_iri="http://s?q=bird",
    last_iri="http://s?q=bird&c=9",
    start_index=1,
    total=9,
)
TERMS = [Term("bird", "http://s?q=bird", 15), Term("birth", "http://s?q=birth")]


def test_search_2_answers_with_an_annotation_page_and_its_highlights():
    assert build_search_page(PAGE) == {
        "@context": "http://iiif.io/api/search/2/context.json",
        "id": "http://s?q=bird",
        "type": "AnnotationPage",
        "items": PAGE.items,
        "annotations": [
            {
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": "http://s?q=bird#match-1",
                        "type": "Annotation",
                        "motivation": "highlighting",
                        "target": {
                            "type": "SpecificResource",
                            "source": "http://a/1",
                            "selector": [{"type": "TextQuoteSelector", "exact": "birds", "prefix": "two "}],
                        },
                    }
                ],
            }
        ],
    }


def test_search_2_pages_refer_to_one_another_by_objects():
    document = build_search_page(SECOND)
    assert document["next"] == {"id": "http://s?q=bird&c=3", "type": "AnnotationPage"}
    assert document["prev"] == {"id": "http://s?q=bird", "type": "AnnotationPage"}
    assert document["startIndex"] == 1
    assert document["partOf"] == {
        "id": "http://s?q=bird",
        "type": "AnnotationCollection",
        "total": 9,
        "first": {"id": "http://s?q=bird", "type": "AnnotationPage"},
        "last": {"id": "http://s?q=bird&c=9", "type": "AnnotationPage"},
    }


def test_search_2_lists_what_it_ignored():
    assert build_search_page(replace(PAGE, ignored=["user"]))["ignored"] == ["user"]
    assert build_term_page("http://t", [], ["user"])["ignored"] == ["user"]


def test_search_2_without_results_is_an_empty_page():
    document = build_search_page(replace(PAGE, items=[], matches=[]))
    assert document["items"] == []
    assert "annotations" not in document


def test_term_pages_have_items_even_when_empty():
    assert build_term_page("http://t", TERMS) == {
        "@context": "http://iiif.io/api/search/2/context.json",
        "id": "http://t",
        "type": "TermPage",
        "items": [
            {"value": "bird", "total": 15, "service": [{"id": "http://s?q=bird", "type": "SearchService2"}]},
            {"value": "birth", "service": [{"id": "http://s?q=birth", "type": "SearchService2"}]},
        ],
    }
    assert build_term_page("http://t", [])["items"] == []


def test_search_1_answers_with_open_annotations_within_a_layer():
    assert build_annotation_list(replace(SECOND, ignored=["user"])) == {
        "@context": ["http://iiif.io/api/presentation/2/context.json", "http://iiif.io/api/search/1/context.json"],
        "@id": "http://s?q=bird&c=2",
        "@type": "sc:AnnotationList",
        "within": {
            "@id": "http://s?q=bird",
            "@type": "sc:Layer",
            "first": "http://s?q=bird",
            "last": "http://s?q=bird&c=9",
            "total": 9,
            "ignored": ["user"],
        },
        "startIndex": 1,
        "next": "http://s?q=bird&c=3",
        "prev": "http://s?q=bird",
        "resources": [
            {
                "@id": "http://a/1",
                "@type": "oa:Annotation",
                "motivation": "oa:commenting",
                "resource": [
                    {"@type": "cnt:ContentAsText", "chars": "two birds", "format": "text/plain", "language": "en"},
                    {"@type": "oa:Tag", "chars": "fauna", "format": "text/plain"},
                ],
                "on": f"{CANVAS}#xywh=1,2,4,4",
            }
        ],
        "hits": [
            {
                "@type": "search:Hit",
                "annotations": ["http://a/1"],
                "match": "birds",
                "before": "two ",
                "after": "",
                "selectors": [{"@type": "oa:TextQuoteSelector", "exact": "birds", "prefix": "two ", "suffix": ""}],
            }
        ],
    }


def test_search_1_gathers_the_matches_of_an_annotation_in_one_hit():
    matches = [AnnotationMatch("http://a/1", TextMatch("", text, "")) for text in ("two", "birds")]
    (hit,) = build_annotation_list(replace(PAGE, matches=matches))["hits"]
    assert (hit["match"], len(hit["selectors"])) == ("two", 2)


def test_search_1_names_painting_by_the_vocabulary_of_presentation():
    painting = present_annotation(
        {**BIRD, "motivation": "painting", "body": "http://a/image", "target": [CANVAS, f"{CANVAS}#xywh=1,2,3,4"]}
    )
    (resource,) = build_annotation_list(replace(PAGE, items=[painting]))["resources"]
    assert resource["motivation"] == "sc:painting"
    assert resource["resource"] == {"@id": "http://a/image"}
    assert resource["on"] == [CANVAS, f"{CANVAS}#xywh=1,2,3,4"]


def test_term_lists_of_search_1():
    assert build_term_list("http://t", TERMS, ["user"]) == {
        "@context": "http://iiif.io/api/search/1/context.json",
        "@id": "http://t",
        "@type": "search:TermList",
        "ignored": ["user"],
        "terms": [
            {"match": "bird", "url": "http://s?q=bird", "count": 15},
            {"match": "birth", "url": "http://s?q=birth"},
        ],
    }


def test_services_name_their_autocomplete():
    assert describe_search_2("http://s", "http://t")["service"] == [
        {"id": "http://t", "type": "AutoCompleteService2"}
    ]
    service = describe_search_1("http://s", "http://t")
    assert service["profile"] == "http://iiif.io/api/search/1/search"
    assert service["service"]["profile"] == "http://iiif.io/api/search/1/autocomplete"
