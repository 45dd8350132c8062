"""Web Annotation Data Model, W3C Recommendation of 23 February 2017, §3, §4 and appendix D, in its order: every
MUST that an annotation can break. Each test stands under the sentence that it is about.
"""

from __future__ import annotations

import pytest

from annotation_store.validation import AnnotationValidator, validate_annotation
from tests.fixtures.annotation_model import CONTEXT, MISSING


@pytest.fixture(scope="module")
def validator():
    return AnnotationValidator.load()


@pytest.fixture(scope="module")
def check(validator):
    """Asserts that an annotation with these members is valid, or breaks exactly one rule: where, which section."""

    def check(members, pointer=None, section=None):
        document = {"@context": CONTEXT, "type": "Annotation", "target": "http://example.com/page1", **members}
        document = {name: value for name, value in document.items() if value is not MISSING}
        found = [(violation.pointer, violation.section) for violation in validate_annotation(document, validator)]
        expected = [] if pointer is None else [(pointer, f"Web Annotation Data Model §{section}")]
        assert found == expected

    return check
