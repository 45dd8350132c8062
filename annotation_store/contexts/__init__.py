"""The JSON-LD contexts that are shipped. Reading them is the only input; nothing is ever fetched.

`anno.jsonld` and `ldp.jsonld` come from https://www.w3.org/ns/ (W3C Software and Document License), the two of
IIIF from https://iiif.io/api/ (CC BY 4.0), there without the entries that lead to the contexts of further services.
"""

from __future__ import annotations

import json
from importlib import resources

from annotation_store.documents import JsonObject, JsonValue

ANNO_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
LDP_CONTEXT = "http://www.w3.org/ns/ldp.jsonld"
PRESENTATION_3_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
SEARCH_2_CONTEXT = "http://iiif.io/api/search/2/context.json"

_FILES = {
    ANNO_CONTEXT: "anno.jsonld",
    LDP_CONTEXT: "ldp.jsonld",
    PRESENTATION_3_CONTEXT: "iiif_presentation_3.json",
    SEARCH_2_CONTEXT: "iiif_search_2.json",
}
# The same documents under other addresses that are in use; the last is a slip in the text of the protocol (§4.1).
_ALIASES = {
    "https://www.w3.org/ns/anno.jsonld": ANNO_CONTEXT,
    "https://www.w3.org/ns/ldp.jsonld": LDP_CONTEXT,
    "https://iiif.io/api/presentation/3/context.json": PRESENTATION_3_CONTEXT,
    "https://iiif.io/api/search/2/context.json": SEARCH_2_CONTEXT,
    "http://www.w3c.org/ns/ldp.jsonld": LDP_CONTEXT,
}


def load_contexts() -> dict[str, JsonValue]:
    """Address → the value of its `@context`, the shipped contexts that it refers to put in their places."""
    contexts: dict[str, JsonValue] = {}
    for address, name in _FILES.items():
        document: JsonObject = json.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))
        contexts[address] = _resolve(document["@context"], contexts)
    contexts[PRESENTATION_3_CONTEXT] = _level(contexts[PRESENTATION_3_CONTEXT], contexts[ANNO_CONTEXT])
    contexts[SEARCH_2_CONTEXT] = [contexts[PRESENTATION_3_CONTEXT], _last(contexts[SEARCH_2_CONTEXT])]
    return contexts | {alias: contexts[address] for alias, address in _ALIASES.items()}


def _level(presentation: JsonValue, annotations: JsonValue) -> JsonValue:
    """Presentation 3 brings in the terms of annotations where an annotation begins; here nothing else is read, so
    that they hold from the start (rdflib does not follow contexts that hang on types).
    """
    if not isinstance(presentation, dict):
        return presentation
    scoped = ("Annotation", "AnnotationPage", "AnnotationCollection")
    return [
        {name: definition for name, definition in presentation.items() if name not in scoped},
        annotations,
        {"label": presentation["label"]},
    ]


def _last(context: JsonValue) -> JsonValue:
    return context[-1] if isinstance(context, list) else context


def _resolve(context: JsonValue, contexts: dict[str, JsonValue]) -> JsonValue:
    """A context with those that it names in their places."""
    if isinstance(context, str):
        address = _ALIASES.get(context, context)
        return contexts[address]
    if isinstance(context, list):
        return [_resolve(member, contexts) for member in context]
    if isinstance(context, dict):
        return {name: _resolve_term(definition, contexts) for name, definition in context.items()}
    return context


def _resolve_term(definition: JsonValue, contexts: dict[str, JsonValue]) -> JsonValue:
    """A term may bring a context of its own."""
    if isinstance(definition, dict) and "@context" in definition:
        return {**definition, "@context": _resolve(definition["@context"], contexts)}
    return definition
