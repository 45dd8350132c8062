"""What was found, before it is written down in one of the versions of IIIF Content Search. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation_store.documents import JsonObject
from annotation_store.highlighting import TextMatch


@dataclass(frozen=True, slots=True)
class AnnotationMatch:
    """A match in the text of the annotation with the IRI `annotation`."""

    annotation: str
    text: TextMatch


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results; `items` have been through `present_annotation`.

    `query_iri` names all results together, `iri` this page, `first_iri` the first one. `ignored` are the
    parameters that came along and were not taken into account.
    """

    iri: str
    query_iri: str
    first_iri: str
    items: Sequence[JsonObject]
    matches: Sequence[AnnotationMatch] = ()
    ignored: Sequence[str] = ()
    next_iri: str | None = None
    prev_iri: str | None = None
    last_iri: str | None = None
    start_index: int | None = None
    total: int | None = None

    @property
    def is_paged(self) -> bool:
        """Whether there are further pages."""
        return self.next_iri is not None or self.prev_iri is not None


@dataclass(frozen=True, slots=True)
class Term:
    """A word that `search_iri` looks for; `count` says how often it occurs."""

    text: str
    search_iri: str
    count: int | None = None
