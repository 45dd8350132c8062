import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.serialisers.presentation3 import (
    build_annotation_collection,
    build_annotation_page,
    present_annotation,
)

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "web_annotation_model").glob("*.json"))
CANVAS = "http://example.org/canvas/1"
MEDIA = "http://www.w3.org/TR/media-frags/"
PATH = '<svg><path d="M 5.5,10 a 5,5 0 1,0 10,0 a 5,5 0 1,0 -10,0 Z"/></svg>'
SVG = {"type": "SvgSelector", "value": '<svg><circle cx="10.5" cy="10" r="5"/></svg>'}


def present(canvas=None, **members):
    document = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": "http://a/1",
        "type": "Annotation",
        "target": CANVAS,
    }
    document |= members
    before = copy.deepcopy(document)
    presented = present_annotation(document, canvas)
    assert document == before
    return presented


def target_of(target):
    return present(target=target)["target"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (CANVAS, CANVAS),
        (f"{CANVAS}#xywh=pixel:1.5,2.5,3,4", f"{CANVAS}#xywh=1,2,4,5"),
        (f"{CANVAS}#t=1.5,2", f"{CANVAS}#t=1.5,2"),
        (f"{CANVAS}#xywh=percent:1,2,3,4", CANVAS),
        (f"{CANVAS}#chapter", f"{CANVAS}#chapter"),
        ({"id": f"{CANVAS}#xywh=1.2,2,3,4", "type": "Canvas"}, {"id": f"{CANVAS}#xywh=1,2,4,4", "type": "Canvas"}),
    ],
)
def test_iris_keep_their_form_with_whole_pixels(target, expected):
    assert target_of(target) == expected


def test_a_fragment_selector_is_written_in_whole_pixels():
    selector = {"type": "FragmentSelector", "conformsTo": MEDIA, "value": "xywh=pixel:1.5,2.5,3,4"}
    assert target_of({"source": CANVAS, "selector": selector}) == {
        "source": CANVAS,
        "type": "SpecificResource",
        "selector": {"type": "FragmentSelector", "conformsTo": MEDIA, "value": "xywh=1,2,4,5"},
    }


def test_svg_is_drawn_as_paths_beside_its_box():
    target = target_of({"source": {"id": CANVAS, "type": "Canvas", "partOf": "http://m/1"}, "selector": SVG})
    assert target["source"] == {"id": CANVAS, "type": "Canvas", "partOf": "http://m/1"}
    assert target["selector"] == [
        {"type": "FragmentSelector", "conformsTo": MEDIA, "value": "xywh=5,5,11,10"},
        SVG | {"value": PATH},
    ]


def test_percent_leaves_no_selector_that_reads_as_nan():
    selector = {"type": "FragmentSelector", "value": "xywh=percent:1,2,3,4"}
    assert "selector" not in target_of({"source": CANVAS, "selector": selector})


def test_other_selectors_stay():
    quote = {"type": "TextQuoteSelector", "exact": "a"}
    assert target_of({"source": CANVAS, "selector": quote})["selector"] == quote


def test_a_fragment_of_the_source_moves_into_a_selector():
    target = target_of({"type": "SpecificResource", "source": f"{CANVAS}#xywh=1,2,3,4"})
    assert target["source"] == CANVAS
    assert target["selector"]["value"] == "xywh=1,2,3,4"


def test_targets_on_the_canvas_come_first_and_sets_are_resolved():
    composite = {"type": "Composite", "items": ["http://example.org/canvas/2", f"{CANVAS}#xywh=1,2,3,4"]}
    assert present(CANVAS, target=composite)["target"] == [f"{CANVAS}#xywh=1,2,3,4", "http://example.org/canvas/2"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"value": "plain"}, {"value": "plain", "format": "text/plain", "type": "TextualBody"}),
        (
            {"type": "TextualBody", "value": "<p>x</p>"},
            {"type": "TextualBody", "value": "<p>x</p>", "format": "text/html"},
        ),
        (
            {"type": "TextualBody", "value": "x", "format": "text/markdown"},
            {"type": "TextualBody", "value": "x", "format": "text/markdown"},
        ),
        ("http://example.org/post", {"id": "http://example.org/post"}),
        (
            [{"type": "TextualBody", "value": "a", "format": "x/y"}, "http://a/2"],
            [{"type": "TextualBody", "value": "a", "format": "x/y"}, {"id": "http://a/2"}],
        ),
    ],
)
def test_bodies_are_objects_with_a_format(body, expected):
    assert present(body=body)["body"] == expected


def test_body_value_becomes_a_textual_body():
    presented = present(bodyValue="text")
    assert presented["body"] == {"type": "TextualBody", "value": "text", "format": "text/plain"}
    assert "bodyValue" not in presented


@pytest.mark.parametrize(
    ("members", "motivation"),
    [
        ({"motivation": ["oa:commenting", "x:own"]}, ["oa:commenting", "x:own"]),
        ({"body": [{"value": "a", "purpose": "tagging"}, {"value": "b", "purpose": "tagging"}]}, "tagging"),
        (
            {"body": [{"value": "a", "purpose": "tagging"}, {"value": "b", "purpose": "describing"}]},
            ["tagging", "describing"],
        ),
        ({"body": {"value": "a"}}, "commenting"),
        ({}, "highlighting"),
    ],
)
def test_there_is_always_a_motivation(members, motivation):
    assert present(**members)["motivation"] == motivation


def test_everything_else_stays_and_the_context_goes():
    presented = present(creator={"name": "A"}, rank=[1, 2], label="Name")
    assert "@context" not in presented
    assert (presented["creator"], presented["rank"]) == ({"name": "A"}, [1, 2])
    assert presented["label"] == {"none": ["Name"]}
    assert list(presented)[:2] == ["id", "type"]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_example_of_the_model_can_be_shown(path):
    document = json.loads(path.read_bytes())
    if document["type"] == "Annotation":
        presented = present_annotation(document)
        assert presented["target"]
        assert presented["motivation"]


def test_pages_and_collections():
    page = build_annotation_page(
        "http://a/p2",
        [{"id": "http://a/1"}],
        label="L",
        collection="http://a/c",
        next_iri="http://a/p3",
        prev_iri="http://a/p1",
        start_index=10,
    )
    assert page == {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": "http://a/p2",
        "type": "AnnotationPage",
        "label": {"none": ["L"]},
        "partOf": [{"id": "http://a/c", "type": "AnnotationCollection"}],
        "next": {"id": "http://a/p3", "type": "AnnotationPage"},
        "prev": {"id": "http://a/p1", "type": "AnnotationPage"},
        "startIndex": 10,
        "items": [{"id": "http://a/1"}],
    }
    assert build_annotation_collection("http://a/c", {"en": ["L"]}, 11, "http://a/p1", "http://a/p3") == {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": "http://a/c",
        "type": "AnnotationCollection",
        "label": {"en": ["L"]},
        "total": 11,
        "first": {"id": "http://a/p1", "type": "AnnotationPage"},
        "last": {"id": "http://a/p3", "type": "AnnotationPage"},
    }
    assert "first" not in build_annotation_collection("http://a/c", "L", 0, None)


_odd = st.sampled_from(["", "-1", "+2", "1e3", ".5", "5.", "00"])
_numbers = st.one_of(st.integers(0, 10**9), st.decimals(0, 10**9, places=3), _odd)
_prefixes = st.sampled_from(["", "pixel:", "percent:", "pixel"])


@given(prefix=_prefixes, numbers=st.lists(_numbers, min_size=3, max_size=5))
def test_boxes_come_out_the_same_on_the_short_way(prefix, numbers):
    value = f"xywh={prefix}{','.join(map(str, numbers))}"
    selector = {"type": "FragmentSelector", "value": value}
    short, long = (
        present_annotation({"target": {"source": "http://c/1", "selector": each}})["target"]
        for each in (selector, [selector])
    )
    assert short.pop("type") == long.pop("type")
    assert short == long


_point = st.tuples(st.integers(0, 50), st.decimals(0, 50, places=1))


@given(
    points=st.lists(_point, min_size=1, max_size=6),
    end=st.sampled_from(["/>", "></polygon>", " />"]),
    group=st.booleans(),
)
def test_polygons_come_out_the_same_on_the_short_way(points, end, group):
    polygon = f'<polygon points="{" ".join(f"{x},{y}" for x, y in points)}"{end}'
    value = f"<svg>{f'<g>{polygon}</g>' if group else polygon}</svg>"
    selector = {"type": "SvgSelector", "value": value}
    short, long = (
        present_annotation({"target": {"source": "http://c/1", "selector": each}})["target"]
        for each in (selector, [selector])
    )
    assert short.pop("type") == long.pop("type")
    assert short == long
