import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.extraction import TargetEntry, extract_entry
from annotation_store.geometry import Region, TimeSpan
from annotation_store.vocabulary import normalise_tag

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "web_annotation_model").glob("*.json"))
CANVAS = "http://example.org/canvas/1"


def entry(**members):
    return extract_entry({"type": "Annotation", "target": CANVAS, **members})


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (CANVAS, TargetEntry(CANVAS, CANVAS)),
        (f"{CANVAS}#xywh=1,2,3,4", TargetEntry(CANVAS, f"{CANVAS}#xywh=1,2,3,4", region=Region((1, 2, 4, 6)))),
        (f"{CANVAS}#chapter", TargetEntry(CANVAS, f"{CANVAS}#chapter")),
        ({"id": f"{CANVAS}#t=1,2", "type": "Canvas"}, TargetEntry(CANVAS, f"{CANVAS}#t=1,2", time=TimeSpan(1, 2))),
        (
            {
                "type": "SpecificResource",
                "source": {"id": CANVAS, "type": "Canvas", "partOf": [{"id": "http://m/1", "type": "Manifest"}]},
                "scope": "http://example.org/page",
                "selector": {"type": "FragmentSelector", "value": "xywh=pixel:1.5,2,3,4"},
            },
            TargetEntry(CANVAS, CANVAS, ("http://example.org/page", "http://m/1"), Region((1.5, 2, 4.5, 6))),
        ),
        ({"id": CANVAS, "partOf": "http://m/1"}, TargetEntry(CANVAS, CANVAS, ("http://m/1",))),
        (
            {"source": f"{CANVAS}#xywh=percent:1,2,3,4"},
            TargetEntry(CANVAS, f"{CANVAS}#xywh=percent:1,2,3,4", needs_canvas_size=True),
        ),
        (
            {
                "source": CANVAS,
                "state": {"type": "TimeState", "refinedBy": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"}},
            },
            TargetEntry(CANVAS, CANVAS, region=Region((1, 2, 4, 6))),
        ),
    ],
)
def test_targets(target, expected):
    assert entry(target=target).targets == (expected,)


def test_each_member_of_a_set_is_a_target():
    found = entry(
        target=[
            "http://a/1",
            {"type": "Composite", "items": ["http://a/2", {"type": "List", "items": ["http://a/3"]}]},
        ]
    )
    assert [target.source for target in found.targets] == ["http://a/1", "http://a/2", "http://a/3"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"type": "TextualBody", "value": "  plain <b>text</b> ", "format": "text/plain"}, "plain <b>text</b>"),
        (
            {"type": "TextualBody", "value": "<p>Ein <b>W</b>ort</p><p>mehr &amp; mehr</p>", "format": "text/html"},
            "Ein Wort mehr & mehr",
        ),
        ({"type": "TextualBody", "value": "<p>without a format</p>"}, "without a format"),
        ({"type": "TextualBody", "value": "1 < 2 and 3 > 2"}, "1 < 2 and 3 > 2"),
        ({"value": "a<script>b()</script>c<style>d{}</style>e", "format": "text/html; charset=utf-8"}, "a c e"),
        ({"value": "<ul><li>one<li>two</ul>", "format": "text/html"}, "one two"),
        ({"value": "<img alt='a bird'>sings", "format": "text/html"}, "a bird sings"),
        ({"value": "broken <b <i>tags", "format": "text/html"}, "broken tags"),
        ({"value": "Птица в руке", "language": "ru"}, "Птица в руке"),
        ({"type": "Choice", "items": [{"value": "one"}, {"value": "two"}]}, "one\ntwo"),
        ({"source": {"type": "TextualBody", "value": "inside"}}, "inside"),
        ({"id": "http://example.org/page"}, ""),
        ([{"value": "one"}, "http://example.org/x", {"value": "two"}], "one\ntwo"),
    ],
)
def test_the_text_is_what_a_reader_sees(body, text):
    assert entry(body=body).text == text


def test_body_value_is_plain_text_whatever_it_looks_like():
    found = entry(bodyValue="<p>as it is</p>")
    assert (found.text, found.body_types) == ("<p>as it is</p>", ("TextualBody",))


@pytest.mark.parametrize(
    ("members", "tags"),
    [
        (
            {"body": [{"value": "Lung", "purpose": "tagging"}, {"value": "a remark", "purpose": "commenting"}]},
            ("Lung",),
        ),
        ({"body": {"value": "Lung", "purpose": ["classifying", "oa:tagging"]}}, ("Lung",)),
        ({"body": {"value": "Lung"}, "motivation": "tagging"}, ("Lung",)),
        ({"body": {"value": "Lung"}, "motivation": ["tagging", "commenting"]}, ()),
        ({"body": {"source": "http://example.org/city1", "purpose": "tagging"}}, ("http://example.org/city1",)),
        ({"body": {"value": "<i>Lung</i>", "purpose": "tagging"}}, ("Lung",)),
        ({"body": {"value": "Lung", "purpose": "commenting"}, "motivation": "tagging"}, ()),
    ],
)
def test_tags_are_bodies_that_tag(members, tags):
    assert entry(**members).tags == tags


def test_tags_are_kept_as_given_and_compared_folded():
    found = entry(body=[{"value": text, "purpose": "tagging"} for text in ("Größe", "GROSSE", "ﬁbre  optic")])
    assert found.tags == ("Größe", "GROSSE", "ﬁbre  optic")
    assert found.tag_keys == ("grösse", "grosse", "fibre optic")


def test_motivations_are_short_names_and_those_of_bodies_follow():
    found = entry(
        motivation=["oa:commenting", "http://iiif.io/api/presentation/3#painting", "ex:own"],
        body=[{"value": "a", "purpose": "http://www.w3.org/ns/oa#describing"}, {"value": "b", "purpose": "ex:own"}],
    )
    assert found.motivations == ("commenting", "painting", "ex:own", "describing")


def test_who_and_when_and_in_which_language():
    found = entry(
        creator=["http://example.org/u1", {"id": "http://example.org/u2", "name": ["A", "B"], "nickname": "c"}],
        created="2015-01-28T12:00:00Z",
        modified="2016-01-28T12:00:00Z",
        body=[{"value": "a", "language": ["en", "fr"]}, {"value": "b", "language": "en"}],
    )
    assert found.creators == ("http://example.org/u1", "http://example.org/u2", "A", "B", "c")
    assert (found.created, found.modified) == ("2015-01-28T12:00:00Z", "2016-01-28T12:00:00Z")
    assert found.languages == ("en", "fr")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_example_of_the_model_has_an_entry(path):
    document = json.loads(path.read_bytes())
    assert bool(extract_entry(document).targets) == (document["type"] == "Annotation")


KEYS = st.sampled_from(
    [
        "type",
        "id",
        "target",
        "source",
        "selector",
        "body",
        "value",
        "items",
        "purpose",
        "creator",
        "state",
        "refinedBy",
        "region",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "Choice",
            "SvgSelector",
            "FragmentSelector",
            "RangeSelector",
            "PointSelector",
            "ImageApiSelector",
            "xywh=1,2,3,4",
            "tagging",
        ]
    )
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_no_object_crashes_the_extraction(document):
    extract_entry(document)


@given(st.text())
def test_a_folded_tag_stays_as_it_is(text):
    assert normalise_tag(normalise_tag(text)) == normalise_tag(text)
