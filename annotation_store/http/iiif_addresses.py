"""Paths below /iiif: annotation pages for viewers, and searches. PURE.

The scope of a search is the name of a container, or the percent-encoded IRI of a canvas or manifest: names have no
colon. An IRI whose slashes a proxy has decoded is understood too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from annotation_store.names import format_segment, parse_segment

LAYERS = "/iiif/annotations/3"
SEARCH = "/iiif/search"

_LAYER = re.compile(rf"{LAYERS}/([^/]+)/(collection|page)")
_SEARCH = re.compile(rf"{SEARCH}/([12])/(.+?)(/autocomplete)?")


@dataclass(frozen=True, slots=True)
class LayerAddress:
    """The AnnotationCollection of a container."""

    container: str


@dataclass(frozen=True, slots=True)
class LayerPageAddress:
    """An AnnotationPage of a container: of one canvas or of all, as the query says."""

    container: str


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """A search by one of the versions of Content Search, or (`completes`) its autocompletion."""

    version: int
    scope: str
    completes: bool = False

    @property
    def is_container(self) -> bool:
        """Whether the scope is the name of a container, not an IRI."""
        return ":" not in self.scope


IiifAddress = LayerAddress | LayerPageAddress | SearchAddress


def parse_iiif_address(raw_path: str) -> IiifAddress | None:
    """What lies at a raw path; None where nothing can be."""
    layer = _LAYER.fullmatch(raw_path)
    if layer is not None:
        name = parse_segment(layer.group(1))
        if name is None:
            return None
        return LayerAddress(name) if layer.group(2) == "collection" else LayerPageAddress(name)
    search = _SEARCH.fullmatch(raw_path)
    if search is None:
        return None
    version, raw_scope, completing = search.groups()
    scope = _parse_scope(raw_scope)
    return None if scope is None else SearchAddress(int(version), scope, completing is not None)


def is_iiif_path(path: str) -> bool:
    """Whether a path is the store's, where it shares a server with others."""
    return path.startswith((f"{LAYERS}/", f"{SEARCH}/"))


def layer_iri(base_url: str, container: str) -> str:
    """Of the AnnotationCollection."""
    return f"{base_url}{LAYERS}/{format_segment(container)}/collection"


def layer_page_iri(base_url: str, container: str, canvas: str | None = None, after: int = 0) -> str:
    """Of the page of a canvas, or of all canvases; `after` is the number behind which it begins."""
    fields = [] if canvas is None else [f"canvas={quote(canvas, safe='')}"]
    if after or canvas is None:
        fields.append(f"after={after}")
    return f"{base_url}{LAYERS}/{format_segment(container)}/page?{'&'.join(fields)}"


def search_iri(base_url: str, address: SearchAddress) -> str:
    """Of the search service, or of its autocompletion."""
    iri = f"{base_url}{SEARCH}/{address.version}/{quote(address.scope, safe='~')}"
    return f"{iri}/autocomplete" if address.completes else iri


def _parse_scope(raw: str) -> str | None:
    try:
        scope = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if ":" not in scope:
        return parse_segment(raw)
    return scope if "\0" not in scope else None
