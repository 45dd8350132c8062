"""What the store keeps, as values: containers, annotations, pages of them. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from annotation_store.query import ReviewState

Label = Mapping[str, Sequence[str]]
"""Texts by language, as in IIIF Presentation 3 §4."""


class Visibility(StrEnum):
    """Who may read a container: everybody, whoever has a token, or its owner alone."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class ContainerWish:
    """What somebody says of a container that is to be made or changed."""

    label: Label
    visibility: Visibility = Visibility.PUBLIC
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """A container that is not deleted. `version` is that of its description, `changes` counts those of its content.

    `total` leaves nothing out but what is deleted.
    """

    id: int
    name: str
    label: Label
    visibility: Visibility
    owner: str | None
    settings: Mapping[str, Any]
    version: int
    created: datetime
    modified: datetime
    total: int
    changes: int


@dataclass(frozen=True, slots=True)
class AnnotationRecord:
    """An annotation that is not deleted; `document` is its JSON text without `id`, `@context` first."""

    id: int
    name: str
    version: int
    state: ReviewState
    creator: str
    created: datetime
    modified: datetime
    document: str


@dataclass(frozen=True, slots=True)
class ListedAnnotation:
    """One of a page."""

    id: int
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a container, of the annotations behind `after`. `next_after` and `prev_after` are those of its
    neighbours, None where there is none."""

    after: int
    items: Sequence[ListedAnnotation]
    next_after: int | None
    prev_after: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An annotation that is to be written: its text, and who writes it when; `creator` and `created` where they are
    others than those (an import, an undeletion)."""

    document: str
    editor: str
    moment: datetime
    state: ReviewState = ReviewState.ACCEPTED
    aliases: tuple[str, ...] = ()
    creator: str | None = None
    created: datetime | None = None
    action: str = "create"

    @property
    def made_by(self) -> str:
        """Who counts as the creator."""
        return self.creator or self.editor

    @property
    def made_at(self) -> datetime:
        """What counts as the time of creation."""
        return self.created or self.moment
