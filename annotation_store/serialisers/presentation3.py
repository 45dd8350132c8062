"""Annotations as IIIF Presentation 3 viewers read them: integer xywh, SVG as it is, text with a format. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from annotation_store.documents import JsonObject


def present_annotation(document: JsonObject) -> JsonObject:
    """The annotation for a viewer: no @context, one target whose box is whole pixels, bodies as a list."""
    raise NotImplementedError


def build_annotation_page(
    iri: str,
    items: Sequence[JsonObject],
    *,
    label: str | None = None,
    collection: str | None = None,
    next_iri: str | None = None,
    prev_iri: str | None = None,
    start_index: int | None = None,
) -> JsonObject:
    """`items` have been through `present_annotation`."""
    raise NotImplementedError


def build_annotation_collection(
    iri: str, label: str, total: int, first_iri: str, last_iri: str | None = None
) -> JsonObject:
    """Presentation 3.0 §5.8."""
    raise NotImplementedError
