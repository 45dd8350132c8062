"""What an annotation is found by: the columns of the index, all of which can be rebuilt from the document. PURE."""

from __future__ import annotations

from dataclasses import dataclass

from annotation_store.documents import JsonObject
from annotation_store.geometry import Region, TimeSpan


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One target. `source` is its IRI without a fragment, `iri` the IRI as it was given.

    `part_of` names the manifests (and whatever else) that the source says it is part of. `needs_canvas_size`: the region
    is given in percent, so that it has no pixels before the canvas is known, and `region` is None.
    """

    source: str
    iri: str
    part_of: tuple[str, ...] = ()
    region: Region | None = None
    time: TimeSpan | None = None
    needs_canvas_size: bool = False


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """`tag_keys` are the tags made comparable (`normalise_tag`), in the order of `tags`; dates are as given."""

    targets: tuple[TargetEntry, ...]
    text: str
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    tag_keys: tuple[str, ...]
    motivations: tuple[str, ...]
    body_types: tuple[str, ...]
    creators: tuple[str, ...]
    created: str | None
    modified: str | None


def extract_entry(document: JsonObject) -> IndexEntry:
    """The index entry of a valid annotation; never fails on any JSON object."""
    raise NotImplementedError


def normalise_tag(text: str) -> str:
    """NFKC, case folded, white space collapsed."""
    raise NotImplementedError
