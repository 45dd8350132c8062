"""Containers and their pages as the Web Annotation Protocol wants them (Protocol §4.2, §4.3; Model §5). PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation_store.contexts import ANNO_CONTEXT, LDP_CONTEXT
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.vocabulary import get_id


class ContainedForm(StrEnum):
    """What Prefer asked for (Protocol §4.2.1)."""

    MINIMAL = "minimal"
    IRIS = "iris"
    DESCRIPTIONS = "descriptions"


@dataclass(frozen=True, slots=True)
class Container:
    """`iri` ends in `/` and has no query; `modified` is an xsd:dateTime."""

    iri: str
    total: int
    label: str | None = None
    modified: str | None = None
    creator: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a container; `start_index` is None where counting up to it would cost too much."""

    iri: str
    items: Sequence[JsonValue]
    start_index: int | None = None
    next: str | None = None
    prev: str | None = None


def build_container(
    container: Container, form: ContainedForm, first: Page | None, last_iri: str | None
) -> JsonObject:
    """The AnnotationCollection. Of the minimal form the first page is an IRI, otherwise it is embedded.

    An empty container has one empty page, though §5.2 of the model wants an annotation on each: scripts look into the
    first page without looking at the total.
    """
    document: JsonObject = {
        "@context": [ANNO_CONTEXT, LDP_CONTEXT],
        "id": _view_iri(container, form),
        "type": ["BasicContainer", "AnnotationCollection"],
        **_describe(container),
    }
    if container.creator is not None:
        document["creator"] = container.creator
    if first is not None:
        document["first"] = first.iri if form is ContainedForm.MINIMAL else _describe_page(form, first)
        if last_iri is not None:
            document["last"] = last_iri
    return document


def build_page(container: Container, form: ContainedForm, page: Page) -> JsonObject:
    """The AnnotationPage by itself; it is no container, so that the context of LDP is left out (Protocol §4.3)."""
    part_of: JsonObject = {
        "id": _view_iri(container, form),
        "type": ["BasicContainer", "AnnotationCollection"],
        **_describe(container),
    }
    described = _describe_page(form, page)
    items = described.pop("items")
    return {"@context": ANNO_CONTEXT, **described, "partOf": part_of, "items": items}


def embed_annotation(document: JsonObject) -> JsonObject:
    """An annotation within a page, which gives the usual context for all; any other context stays."""
    if document.get("@context") != ANNO_CONTEXT:
        return document
    return {name: value for name, value in document.items() if name != "@context"}


def _view_iri(container: Container, form: ContainedForm) -> str:
    """Protocol §4.2: the IRI in the response tells by a query parameter what the pages hold."""
    if form is ContainedForm.MINIMAL:
        return container.iri
    return f"{container.iri}?iris={int(form is ContainedForm.IRIS)}"


def _describe(container: Container) -> JsonObject:
    description: JsonObject = {}
    if container.label is not None:
        description["label"] = container.label
    description["total"] = container.total
    if container.modified is not None:
        description["modified"] = container.modified
    return description


def _describe_page(form: ContainedForm, page: Page) -> JsonObject:
    document: JsonObject = {"id": page.iri, "type": "AnnotationPage"}
    if page.start_index is not None:
        document["startIndex"] = page.start_index
    if page.next is not None:
        document["next"] = page.next
    if page.prev is not None:
        document["prev"] = page.prev
    document["items"] = [_item(form, item) for item in page.items]
    return document


def _item(form: ContainedForm, item: JsonValue) -> JsonValue:
    if form is ContainedForm.IRIS:
        return get_id(item)
    return embed_annotation(item) if isinstance(item, dict) else item
