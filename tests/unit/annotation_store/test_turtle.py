import json
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.compare import isomorphic

from annotation_store.errors import MalformedTurtleError, UnknownContextError
from annotation_store.turtle import format_turtle, parse_turtle

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "web_annotation_model").glob("*.json"))
ANNOTATIONS = [path for path in CORPUS if json.loads(path.read_bytes())["type"] == "Annotation"]
CONTEXT = "http://www.w3.org/ns/anno.jsonld"
SIMPLE = {"@context": CONTEXT, "id": "http://a/1", "type": "Annotation", "target": "http://c/1"}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def graph_of(turtle):
    return Graph().parse(data=turtle, format="turtle")


@pytest.mark.parametrize("path", ANNOTATIONS, ids=lambda path: path.stem)
def test_every_example_goes_to_turtle_and_back_with_the_same_meaning(path):
    document = json.loads(path.read_bytes())
    turtle = format_turtle(document)
    again = parse_turtle(turtle, document["id"])
    assert again["@context"] == CONTEXT
    assert isomorphic(graph_of(turtle), graph_of(format_turtle(again)))


@pytest.mark.parametrize("number", [1, 2, 5, 10, 15, 20, 23, 24, 28, 31, 33])
def test_examples_without_repeated_names_come_back_equal(number):
    document = json.loads((CORPUS[0].parent / f"example_{number:02}.json").read_bytes())
    again = parse_turtle(format_turtle(document), document["id"])
    assert _unordered(again) == _unordered(document)


def _unordered(value):
    """Without the order of arrays, except in items; RDF keeps none."""
    if isinstance(value, dict):
        return {name: member if name == "items" else _unordered(member) for name, member in value.items()}
    return sorted(map(_unordered, value), key=repr) if isinstance(value, list) else value


def test_turtle_says_what_the_annotation_says():
    turtle = format_turtle(
        {**SIMPLE, "created": "2015-01-28T12:00:00Z", "motivation": "commenting", "bodyValue": "text"}
    )
    text = turtle.decode()
    assert "<http://a/1> a oa:Annotation" in text
    assert 'dcterms:created "2015-01-28T12:00:00Z"^^xsd:dateTime' in text
    assert "oa:motivatedBy oa:commenting" in text
    assert "oa:hasTarget <http://c/1>" in text


def test_names_that_no_context_knows_are_left_out():
    text = format_turtle({**SIMPLE, "type": ["Annotation", "Strange"], "rank": 5}).decode()
    assert "invalid" not in text
    assert "Strange" not in text
    assert "rank" not in text


def test_canvases_and_manifests_keep_their_class():
    target = {"id": "http://c/1", "type": "Canvas", "partOf": {"id": "http://m/1", "type": "Manifest"}}
    turtle = format_turtle({**SIMPLE, "target": target})
    assert b"<http://c/1> a iiif_prezi:Canvas" in turtle
    assert parse_turtle(turtle, "http://a/1")["target"] == target


def test_presentation_3_pages_keep_their_annotations():
    annotation = {name: value for name, value in SIMPLE.items() if name != "@context"}
    page = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": "http://a/p",
        "type": "AnnotationPage",
        "label": {"en": ["A page"]},
        "items": [{**annotation, "body": {"type": "TextualBody", "value": "text"}}],
    }
    text = format_turtle(page).decode()
    assert 'rdf:value "text"' in text
    assert '"A page"@en' in text


@pytest.mark.parametrize(
    "document",
    [
        {**SIMPLE, "@context": "http://evil.example/x"},
        {**SIMPLE, "@context": [CONTEXT, "http://evil.example/x"]},
        {**SIMPLE, "target": {"@context": "http://evil.example/x", "id": "http://c/1"}},
        {**SIMPLE, "target": [{"id": "http://c/1", "x": {"@context": ["http://evil.example/x"]}}]},
        {**SIMPLE, "@context": [CONTEXT, {"x": {"@id": "http://x/", "@context": "http://evil.example/x"}}]},
        {**SIMPLE, "@context": [CONTEXT, {"@import": "http://evil.example/x"}]},
        {**SIMPLE, "@context": "file:///etc/passwd"},
    ],
)
def test_other_contexts_are_refused_and_never_fetched(document):
    with pytest.raises(UnknownContextError):
        format_turtle(document)


OA = (
    "@prefix oa: <http://www.w3.org/ns/oa#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
    "@prefix dcterms: <http://purl.org/dc/terms/> . @prefix as: <http://www.w3.org/ns/activitystreams#> . "
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
)


def test_turtle_with_an_empty_subject_is_read_under_the_base():
    annotation = parse_turtle(f"{OA} <> a oa:Annotation ; oa:hasTarget <http://c/1> .".encode(), "http://a/new")
    assert annotation == {**SIMPLE, "id": "http://a/new"}


def test_an_annotation_without_a_name_has_no_id():
    annotation = parse_turtle(f"{OA} [] a oa:Annotation ; oa:hasTarget <http://c/1> .".encode(), "http://a/new")
    assert "id" not in annotation


def test_dates_are_brought_to_utc():
    data = f'{OA} <> a oa:Annotation ; dcterms:created "2015-01-28T13:30:00+01:00"^^xsd:dateTime .'
    assert parse_turtle(data.encode(), "http://a/1")["created"] == "2015-01-28T12:30:00Z"


def test_a_reply_is_read_as_the_annotation_that_targets_the_other():
    other = "<http://a/0> a oa:Annotation ; oa:hasTarget <http://c/1> ."
    data = f"{OA} <> a oa:Annotation ; oa:hasTarget <http://a/0> . {other}"
    annotation = parse_turtle(data.encode(), "http://a/1")
    assert annotation["id"] == "http://a/1"
    assert annotation["target"]["target"] == "http://c/1"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"<a> <b",
        b"not turtle",
        b"<http://a/1> a <http://x/Other> .",
        f"{OA} <http://a/2> a oa:Annotation . <http://a/3> a oa:Annotation .".encode(),
        f"{OA} <> a oa:Annotation ; oa:hasTarget _:x . _:x oa:hasSource _:y . _:y oa:hasSource _:x .".encode(),
        f"{OA} <> a oa:Annotation ; as:items _:l . _:l rdf:first 1 ; rdf:rest _:l .".encode(),
    ],
)
def test_what_is_no_single_annotation_is_refused(data):
    with pytest.raises(MalformedTurtleError):
        parse_turtle(data, "http://a/1")


def test_resources_that_double_at_each_step_are_refused():
    steps = " ".join(f"_:b{step} oa:hasBody _:b{step + 1} ; oa:hasTarget _:b{step + 1} ." for step in range(16))
    with pytest.raises(MalformedTurtleError):
        parse_turtle(f"{OA} <> a oa:Annotation ; oa:hasBody _:b0 . {steps}".encode(), "http://a/1")


@settings(max_examples=25)
@given(st.text(max_size=80))
def test_no_text_crashes(text):
    try:
        parse_turtle(text.encode("utf-8", "replace"), "http://a/1")
    except MalformedTurtleError as error:
        assert error.detail  # noqa: PT017  # either outcome is right
