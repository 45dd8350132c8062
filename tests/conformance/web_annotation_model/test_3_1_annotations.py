"""Web Annotation Data Model §3.1: annotations; and how violations are told."""

from __future__ import annotations

import copy

import pytest

from annotation_store.validation import validate_annotation
from tests.fixtures.annotation_model import CONTEXT, MISSING

# --- 3.1 Annotations ------------------------------------------------------------------------------


# §3.1: "The Annotation MUST have 1 or more @context values and http://www.w3.org/ns/anno.jsonld MUST be one of them."
@pytest.mark.parametrize(
    ("context", "pointer"),
    [
        (CONTEXT, None),
        ([CONTEXT, "http://example.org/more.jsonld"], None),
        (["http://example.org/more.jsonld", CONTEXT], None),
        ([CONTEXT, {"rank": "http://example.org/rank"}], None),
        (MISSING, ""),
        ("http://example.org/more.jsonld", "/@context"),
        (["http://example.org/more.jsonld", "http://example.org/yet_more.jsonld"], "/@context"),
        ({"rank": "http://example.org/rank"}, "/@context"),
    ],
)
def test_the_context_of_annotations_is_among_the_contexts(check, context, pointer):
    check({"@context": context}, pointer, "3.1")


# §3.1: "If there is only one value, then it MUST be provided as a string."
def test_a_single_context_is_a_string(check):
    check({"@context": [CONTEXT]}, "/@context", "3.1")


# §3.1: "An Annotation MUST have exactly 1 IRI that identifies it." (The server gives one to those that come without.)
@pytest.mark.parametrize("identity", [["http://example.org/a", "http://example.org/b"], "", 7, None, {}])
def test_an_annotation_has_one_id(check, identity):
    check({"id": identity}, "/id", "3.1")


# §3.1: "An Annotation MUST have 1 or more types, and the Annotation class MUST be one of them."
@pytest.mark.parametrize(
    ("types", "pointer"),
    [(["Annotation", "schema:Review"], None), (MISSING, ""), ("Note", "/type"), (["Note"], "/type"), ([], "/type")],
)
def test_annotation_is_among_the_types(check, types, pointer):
    check({"type": types}, pointer, "3.1")


# §3.1: "There SHOULD be 1 or more body relationships associated with an Annotation but there MAY be 0."
@pytest.mark.parametrize("body", [MISSING, [], "http://example.org/post1", ["http://example.org/post1"]])
def test_there_may_be_no_body(check, body):
    check({"body": body})


# §3.1: "There MUST be 1 or more target relationships associated with an Annotation."
@pytest.mark.parametrize(("value", "pointer"), [(MISSING, ""), ([], "/target")])
def test_there_is_a_target(check, value, pointer):
    check({"target": value}, pointer, "3.1")


# --- All at once ----------------------------------------------------------------------------------


def test_all_violations_come_at_once_in_the_order_of_the_document(validator):
    document = {
        "type": "Note",
        "created": "yesterday",
        "target": [
            {"type": "Image"},
            {"source": "http://example.org/a", "selector": {"type": "SvgSelector", "value": "<"}},
        ],
        "body": {"type": "TextualBody", "value": 5},
    }
    before = copy.deepcopy(document)
    pointers = [violation.pointer for violation in validate_annotation(document, validator)]
    assert pointers == ["", "/type", "/created", "/target/0", "/target/1/selector/value", "/body/value"]
    assert document == before
