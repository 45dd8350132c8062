import copy
import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.errors import InvalidAnnotationError
from annotation_store.schemas import ROOT, load_schemas
from annotation_store.validation import AnnotationValidator, require_valid, validate_annotation
from annotation_store.violations import Violation, format_pointer

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "web_annotation_model").glob("*.json"))
EXAMPLES = [json.loads(path.read_bytes()) for path in CORPUS]
ANNOTATIONS = [document for document in EXAMPLES if document["type"] == "Annotation"]
VALIDATOR = AnnotationValidator.load()
COMPILED = jsonschema_rs.validator_for(
    load_schemas()[ROOT], registry=jsonschema_rs.Registry(list(load_schemas().items()))
)


def test_a_pointer_escapes_its_names():
    assert format_pointer(("a/b", "c~d", 3, "")) == "/a~1b/c~0d/3/"
    assert format_pointer(()) == ""


def test_an_invalid_annotation_is_refused_with_all_violations():
    with pytest.raises(InvalidAnnotationError) as caught:
        require_valid({"type": "Annotation"}, VALIDATOR)
    assert caught.value.violations == (
        Violation("", "The Annotation MUST have 1 or more @context values.", "Web Annotation Data Model §3.1"),
        Violation(
            "",
            "There MUST be 1 or more target relationships associated with an Annotation.",
            "Web Annotation Data Model §3.1",
        ),
    )


@pytest.mark.parametrize("document", ANNOTATIONS, ids=lambda document: document["id"])
def test_the_schemas_are_valid_and_compile(document):
    for schema in load_schemas().values():
        jsonschema_rs.meta.validate(schema)
    require_valid(document, VALIDATOR)


WRONG = (
    st.none()
    | st.integers(-2, 2)
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just(["a", 1])
    | st.just({"type": "x"})
)


@given(st.sampled_from(ANNOTATIONS), st.data())
def test_both_validators_agree_and_every_violation_names_a_rule_of_ours(annotation, data):
    """Each example with one of its members replaced: what the compiled validator refuses, the exact one explains."""
    document = copy.deepcopy(annotation)
    holder = document
    while True:
        names = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        name = data.draw(st.sampled_from(names))
        if isinstance(holder[name], dict | list) and holder[name] and data.draw(st.booleans()):
            holder = holder[name]
            continue
        holder[name] = data.draw(WRONG)
        break
    found = validate_annotation(document, VALIDATOR)
    assert COMPILED.is_valid(document) or found
    for violation in found:
        assert violation.rule.endswith((".", '"Z".'))
        assert "is not" not in violation.rule[:20]
        assert violation.rule != "The annotation follows the Web Annotation Data Model."


def test_ids_that_clients_make_up_are_taken():
    document = {**ANNOTATIONS[0], "id": "#a88b22d0-6106-4872-9435-c78b5e89fede", "creator": {"id": "user-1"}}
    assert validate_annotation(document, VALIDATOR) == []


@pytest.mark.parametrize(
    "selector",
    [
        {"type": "PointSelector", "x": 10, "y": 5.5},
        {"type": "ImageApiSelector", "region": "pct:1,2,3,4"},
        {"type": "AudioContentSelector"},
        {"type": "x:Own", "value": 5},
    ],
)
def test_selectors_of_other_vocabularies_are_taken(selector):
    document = {**ANNOTATIONS[0], "target": {"source": "http://example.org/canvas/1", "selector": selector}}
    assert validate_annotation(document, VALIDATOR) == []


def test_bodies_of_other_vocabularies_need_no_iri():
    document = {**ANNOTATIONS[0], "body": {"type": "FeatureCollection", "features": []}}
    assert validate_annotation(document, VALIDATOR) == []


def test_deeply_nested_resources_are_checked_to_the_end():
    target = {"type": "SvgSelector", "value": "<svg"}
    for _ in range(10):
        target = {"type": "FragmentSelector", "value": "a", "refinedBy": target}
    document = {**ANNOTATIONS[0], "target": {"source": "http://example.org/1", "selector": target}}
    (violation,) = validate_annotation(document, VALIDATOR)
    assert violation.pointer == "/target/selector" + "/refinedBy" * 10 + "/value"
