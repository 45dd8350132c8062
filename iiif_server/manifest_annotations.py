"""Where a manifest sends viewers for annotations: pages of its canvases, and searches. PURE.

The annotation store is known by its base URL alone; what it offers below that is IIIF (docs/annotations.md).
Presentation API 3.0 §3.1 (annotations, service), Content Search 2.0 §3.1, Content Search 1.0 §3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from iiif_server.info import JsonObject

_SEARCH_1 = "http://iiif.io/api/search/1"


@dataclass(frozen=True, slots=True)
class AnnotationLinks:
    """The store's base URL, and the names of the layers that are offered for each canvas."""

    base_url: str
    layers: tuple[str, ...]


def link_pages(links: AnnotationLinks | None, canvas_id: str) -> JsonObject:
    """`annotations` of a canvas: a page of each layer."""
    if links is None or not links.layers:
        return {}
    query = f"page?canvas={quote(canvas_id, safe='')}"
    pages = [f"{links.base_url}/iiif/annotations/3/{quote(layer, safe='')}/{query}" for layer in links.layers]
    return {"annotations": [{"id": page, "type": "AnnotationPage"} for page in pages]}


def link_searches(links: AnnotationLinks | None, scope: str) -> JsonObject:
    """`service` of a manifest; `scope` is the IRI of the manifest or canvas that is searched.

    Mirador knows version 1.
    """
    if links is None:
        return {}
    search_2, search_1 = (f"{links.base_url}/iiif/search/{version}/{quote(scope, safe='')}" for version in (2, 1))
    return {
        "service": [
            {
                "id": search_2,
                "type": "SearchService2",
                "service": [{"id": f"{search_2}/autocomplete", "type": "AutoCompleteService2"}],
            },
            {
                "@context": f"{_SEARCH_1}/context.json",
                "@id": search_1,
                "@type": "SearchService1",
                "profile": f"{_SEARCH_1}/search",
                "service": [
                    {
                        "@id": f"{search_1}/autocomplete",
                        "@type": "AutoCompleteService1",
                        "profile": f"{_SEARCH_1}/autocomplete",
                    }
                ],
            },
        ]
    }
