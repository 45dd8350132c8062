"""An annotation × the Web Annotation Data Model → all the rules it breaks. PURE."""

from __future__ import annotations

from annotation_store.documents import JsonObject
from annotation_store.violations import Violation


class AnnotationValidator:
    """The model's schemas, compiled once (some 10 ms) and good for any number of documents and threads."""


def validate_annotation(document: JsonObject, validator: AnnotationValidator) -> list[Violation]:
    """All violations at once, in the document's order; empty if the annotation is valid."""
    raise NotImplementedError
