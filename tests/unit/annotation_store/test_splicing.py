"""The IRI in a stored text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.documents import format_document
from annotation_store.splicing import CONTEXT, splice_iri, splice_item

IRI = 'http://example.org/"Ё"'
SCALARS = st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
# An annotation has more than its context.
MEMBERS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=1, max_size=3)


@given(st.sampled_from([CONTEXT, [CONTEXT, "http://x.example/"], {"a": "]}"}, None]), MEMBERS)
def test_the_iri_stands_behind_the_context(context: object, members: dict) -> None:
    document = {**({} if context is None else {"@context": context}), **members}
    text = format_document(document).decode()
    spliced = json.loads(splice_iri(text, IRI))
    assert spliced == {**document, "id": IRI}
    assert list(spliced)[: 1 + (context is not None)] == [*(["@context"] if context is not None else []), "id"]
    item = json.loads(splice_item(text, IRI))
    expected = members if context in (CONTEXT, None) else document
    assert item == {**expected, "id": IRI}


@pytest.mark.parametrize("text", ['{"@context":"http://www.w3.org/ns/anno.jsonld"}', "{}"])
def test_nothing_else_may_be_there(text: str) -> None:
    assert json.loads(splice_iri(text, "x")) == {**json.loads(text), "id": "x"}
