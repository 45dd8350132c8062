"""The JSON-LD contexts that are shipped. Reading them is the only input; nothing is ever fetched.

`anno.jsonld` and `ldp.jsonld` come from https://www.w3.org/ns/ (W3C Software and Document License), the two of IIIF from
https://iiif.io/api/ (CC BY 4.0), there without the entries that lead to the contexts of further services.
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
        contexts[address] = _put_in(document["@context"], contexts)
    return contexts | {alias: contexts[address] for alias, address in _ALIASES.items()}


def _put_in(value: JsonValue, contexts: dict[str, JsonValue]) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: _resolve(member, contexts) if name == "@context" else _put_in(member, contexts)
            for name, member in value.items()
        }
    return _resolve(value, contexts) if isinstance(value, list) else value


def _resolve(value: JsonValue, contexts: dict[str, JsonValue]) -> JsonValue:
    if isinstance(value, str):
        return contexts[value]
    if isinstance(value, list):
        return [_resolve(member, contexts) for member in value]
    return _put_in(value, contexts)
