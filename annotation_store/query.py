"""The query parameters of a container → what is looked for. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from annotation_store.geometry import Region, TimeSpan


class ReviewState(StrEnum):
    """How far an annotation has come in review."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow one another."""

    words: tuple[str, ...]


TextTerm = Word | Prefix | Phrase
# All terms of one text must be there.
TextQuery = tuple[TextTerm, ...]


@dataclass(frozen=True, slots=True)
class DateRange:
    """Half-open, in UTC; None is an open end."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """Every field must hold; within a field one of the values is enough; an empty tuple asks for nothing.

    `targets` match a target's source or its full IRI. `tags` are normalised (`extraction.normalise_tag`), `motivations`
    are short names. `cursor` is still opaque (`cursor.parse_cursor`).
    """

    targets: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    times: tuple[TimeSpan, ...] = ()
    texts: tuple[TextQuery, ...] = ()
    creators: tuple[str, ...] = ()
    motivations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    body_types: tuple[str, ...] = ()
    created: tuple[DateRange, ...] = ()
    modified: tuple[DateRange, ...] = ()
    states: tuple[ReviewState, ...] = ()
    limit: int | None = None
    cursor: str | None = None


def parse_query(parameters: Sequence[tuple[str, str]]) -> Query:
    """Raises MalformedQueryError."""
    raise NotImplementedError


def parse_text(text: str) -> TextQuery:
    """Words, "phrases" and prefix*, as IIIF Search's `q` and our `text` are read. Raises MalformedQueryError."""
    raise NotImplementedError
