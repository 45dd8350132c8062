"""The quick way to an index entry says what the thorough one says, or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_store.extraction import extract_entry
from annotation_store.usual_extraction import extract, extract_usual

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "web_annotation_model").glob("*.json"))
CANVAS = "https://e.org/iiif/presentation/3/a@01j/manifest/canvas/1"
STAMPS = {
    "creator": {"type": "Person", "name": "anna"},
    "created": "2026-01-01T00:00:00.000Z",
    "modified": "2026-01-01T00:00:00.000Z",
}
BOX = {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": "xywh=pixel:1.5,2,3,4"}
SHAPE = {"type": "SvgSelector", "value": '<svg><polygon points="1,2 3,2 3,4"/></svg>'}
TEXT = {"type": "TextualBody", "value": "A leaf", "format": "text/plain", "purpose": "commenting"}
TAG = {"type": "TextualBody", "value": " Oak  leaf ", "purpose": "tagging", "language": "en"}


def annotation(**members: Any) -> dict[str, Any]:
    target = {"type": "SpecificResource", "source": CANVAS, "selector": BOX}
    return {"type": "Annotation", "motivation": "commenting", "body": TEXT, "target": target, **STAMPS, **members}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"body": [TEXT, TAG, {**TAG, "value": "oak leaf"}]},
        {"body": {**TAG, "value": "x"}, "motivation": "oa:tagging"},
        {"body": None},
        {"body": []},
        {"body": [TAG, {**TEXT, "value": "<b>bold</b>", "format": "text/html"}, {**TEXT, "value": " "}]},
        {"target": CANVAS, "motivation": None},
        {"target": {"type": "SpecificResource", "source": CANVAS}},
        {"target": {"type": "SpecificResource", "source": "https://e.org/x", "selector": SHAPE}},
    ],
)
def test_what_clients_usually_write_takes_the_quick_way(members: dict[str, Any]) -> None:
    document = annotation(**members)
    assert extract_usual(document) is not None
    assert extract_usual(document) == extract_entry(document)


@pytest.mark.parametrize(
    "members",
    [
        {"bodyValue": "another"},
        {"body": {**TEXT, "items": [{**TEXT, "value": "another"}]}},
        {"body": {**TEXT, "source": {**TEXT, "value": "another"}}},
        {"body": {**TAG, "value": "", "id": "https://e.org/oak"}},
        {"target": {"type": "SpecificResource", "source": f"{CANVAS}#xywh=1,2,3,4"}},
        {"target": f"{CANVAS}#xywh=1,2,3,4"},
        {"target": {"type": "SpecificResource", "source": CANVAS, "partOf": "https://e.org/m"}},
        {"target": {"type": "SpecificResource", "source": CANVAS, "scope": "https://e.org/m"}},
        {"target": {"type": "SpecificResource", "source": CANVAS, "state": {"type": "TimeState", "refinedBy": BOX}}},
        {"target": {"type": "SpecificResource", "source": CANVAS, "selector": {**BOX, "refinedBy": SHAPE}}},
        {"target": {"type": "Composite", "source": CANVAS, "items": [CANVAS]}},
        {"creator": {"type": "Person", "name": "anna", "id": "https://e.org/anna"}},
    ],
)
def test_what_says_more_takes_the_thorough_way(members: dict[str, Any]) -> None:
    assert extract_usual(annotation(**members)) is None
    assert extract(annotation(**members)) == extract_entry(annotation(**members))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_samples_of_the_model_are_extracted_alike(path: Path) -> None:
    document = json.loads(path.read_text())
    assert extract({**document, **STAMPS}) == extract_entry({**document, **STAMPS})


def oneof(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


WORDS = oneof("tagging", "oa:tagging", "commenting", "http://www.w3.org/ns/oa#tagging", "", "own", "x" * 600)
ODD = oneof(None, 0, True, [], {}, ["tagging"], ["commenting", "tagging"], {"id": "urn:x"})
IRIS = oneof(CANVAS, "https://e.org/x", "https://e.org/x#xywh=1,2,3,4", "", "#t=1", CANVAS.replace("canvas/", ""))


def members(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional={**optional, "id": IRIS, "items": ODD, "rights": IRIS})


BODIES = members(
    {"type": oneof("TextualBody", "oa:TextualBody", "Choice", None, ["TextualBody"], "dctypes:Image")},
    {
        "value": oneof("A leaf", " ", "", "<i>a</i>b", "Oak", 3),
        "format": oneof("text/plain", "text/html", None, ["text/html"]),
        "purpose": WORDS | ODD,
        "language": oneof("en", "ru", ["en", "ru"], None),
        "source": IRIS | ODD,
        "@type": oneof("cnt:ContentAsText"),
    },
)
SELECTORS = members(
    {"type": oneof("FragmentSelector", "SvgSelector", "PointSelector", "oa:SvgSelector", None)},
    {
        "value": oneof(BOX["value"], SHAPE["value"], "xywh=percent:1,2,3,4", "t=1,2", "<svg", "x", 5),
        "refinedBy": oneof(BOX, SHAPE),
        "x": oneof(1),
        "y": oneof(2.5),
        "conformsTo": IRIS,
    },
)
TARGETS = members(
    {"source": IRIS | oneof({"id": CANVAS, "partOf": "https://e.org/m"}, None)},
    {
        "type": oneof("SpecificResource", "Composite", "Image", ["SpecificResource"]),
        "selector": SELECTORS | st.lists(SELECTORS, max_size=2) | ODD,
        "state": oneof({"type": "TimeState", "cached": "https://e.org/c", "refinedBy": BOX}),
        "partOf": IRIS,
        "scope": IRIS,
    },
)
AGENTS = oneof(STAMPS["creator"], {"type": "Person", "name": ["a"]}, {"id": "urn:x", "name": "a"}, "urn:x", None)
DOCUMENTS = members(
    {"target": TARGETS | IRIS | ODD | st.lists(TARGETS | IRIS, max_size=2), "creator": AGENTS},
    {
        "body": BODIES | ODD | IRIS | st.lists(BODIES | IRIS, max_size=3),
        "bodyValue": oneof("text", 3),
        "motivation": WORDS | ODD,
        "created": oneof(STAMPS["created"], None),
        "modified": oneof(STAMPS["modified"]),
    },
)


@settings(max_examples=1000)
@given(DOCUMENTS)
def test_the_quick_way_says_what_the_thorough_one_says(document: dict[str, Any]) -> None:
    assert extract_usual(document) in (None, extract_entry(document))


@settings(max_examples=500)
@given(
    st.lists(BODIES.filter(lambda body: not {"id", "items", "source", "@type"} & body.keys()), max_size=3),
    SELECTORS.filter(lambda selector: len(selector) < 4),
    WORDS,
)
def test_so_it_does_where_all_but_one_thing_is_usual(
    bodies: list[dict[str, Any]], selector: dict[str, Any], motivation: str
) -> None:
    target = {"type": "SpecificResource", "source": CANVAS, "selector": selector}
    for document in (annotation(body=bodies, motivation=motivation), annotation(target=target)):
        assert extract_usual(document) in (None, extract_entry(document))
