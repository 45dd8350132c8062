"""Containers and their pages as the Web Annotation Protocol wants them (§4, §5 of the protocol; §5 of the model). PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation_store.documents import JsonObject


class ContainedForm(StrEnum):
    """What Prefer asked for (Protocol §4.2)."""

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
    items: Sequence[JsonObject]
    start_index: int | None = None
    next: str | None = None
    prev: str | None = None


def build_container(
    container: Container, form: ContainedForm, first: Page | None, last_iri: str | None
) -> JsonObject:
    """The AnnotationCollection; `first` is embedded unless the form is minimal."""
    raise NotImplementedError


def build_page(container: Container, form: ContainedForm, page: Page) -> JsonObject:
    """The AnnotationPage by itself."""
    raise NotImplementedError
