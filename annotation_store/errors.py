"""What can go wrong with annotations. No HTTP codes in here: `http/` maps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from annotation_store.violations import Violation


class AnnotationStoreError(Exception):
    """Base of the annotation store's own errors; `detail` is one plain sentence for whoever asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedJsonError(AnnotationStoreError):
    """The bytes are not a JSON object that can be kept and given back equal."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DocumentTooLargeError(MalformedJsonError):
    """The document has more bytes than `limit_bytes` (413)."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The document is larger than {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes


class InvalidAnnotationError(AnnotationStoreError):
    """The document breaks rules of the Web Annotation Data Model; `violations` holds all of them."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(f"The annotation breaks {len(self.violations)} rule(s) of the Web Annotation Data Model.")


class MalformedQueryError(AnnotationStoreError):
    """A query parameter is unknown or cannot be read; `parameter` names it."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__(sentence)
        self.parameter = parameter
        self.sentence = sentence


class UnknownContextError(AnnotationStoreError):
    """The document uses a JSON-LD context that is not shipped; contexts are never fetched."""

    def __init__(self, context: str) -> None:
        super().__init__(f"The JSON-LD context {context} is not known here, and contexts are never fetched.")
        self.context = context


class MalformedTurtleError(AnnotationStoreError):
    """The bytes are not Turtle, or hold no single annotation."""


class MalformedSvgError(AnnotationStoreError):
    """The SVG is not well-formed, declares entities, or is larger than what is taken."""
