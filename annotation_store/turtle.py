"""JSON-LD ⇄ Turtle by rdflib, with the contexts that are shipped; nothing is ever fetched. PURE."""

from __future__ import annotations

from annotation_store.documents import JsonObject


def format_turtle(document: JsonObject) -> bytes:
    """The graph of an annotation, page or container. Raises UnknownContextError."""
    raise NotImplementedError


def parse_turtle(data: bytes, base_iri: str) -> JsonObject:
    """The one annotation in the graph, as JSON-LD with anno.jsonld; `<>` is `base_iri`. Raises MalformedTurtleError."""
    raise NotImplementedError
