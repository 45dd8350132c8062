"""Every example of the Web Annotation Data Model is valid, and comes back as it came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotation_store.documents import DocumentLimits, format_document, parse_document
from annotation_store.validation import validate_annotation
from tests.fixtures.annotation_model import CONTEXT

CORPUS = Path(__file__).parents[2] / "corpus" / "web_annotation_model"
EXAMPLES = sorted(CORPUS.glob("*.json"))


def _annotations(document):
    """The document, or the annotations of a collection or page, each with the context of the whole."""
    if document["type"] == "Annotation":
        return [document]
    items = document.get("items") or (document.get("first", {}) or {})
    items = items.get("items", []) if isinstance(items, dict) else items
    return [{"@context": CONTEXT, **item} for item in items if isinstance(item, dict)]


def test_all_examples_of_the_model_are_there():
    assert len(EXAMPLES) == 44


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path, validator):
    document = json.loads(path.read_bytes())
    if path.stem == "example_38":
        return  # a collection that names its pages only
    annotations = _annotations(document)
    assert annotations
    for annotation in annotations:
        assert validate_annotation(annotation, validator) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_comes_back_equal_and_in_its_order(path):
    data = path.read_bytes()
    text = format_document(parse_document(data, DocumentLimits()))
    assert json.loads(text) == json.loads(data)
    assert text.decode() == json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":"))
