"""The IRI put into a stored text without parsing it: a page of fifty annotations costs no JSON at all. PURE."""

from __future__ import annotations

import json

CONTEXT = "http://www.w3.org/ns/anno.jsonld"

_NAME = '{"@context":'
_USUAL = f'{_NAME}"{CONTEXT}",'
_DECODER = json.JSONDecoder()


def splice_iri(document: str, iri: str) -> str:
    """A stored document (`@context` first, no `id`) as it is sent: with `id` behind `@context`."""
    if document.startswith(_USUAL):
        return f"{_USUAL}{_member(iri)},{document[len(_USUAL) :]}"
    if not document.startswith(_NAME):
        return _first(document, iri)
    _, end = _DECODER.raw_decode(document, len(_NAME))
    return f"{document[:end]},{_member(iri)}{document[end:]}"


def splice_item(document: str, iri: str) -> str:
    """The same as an item of a page, which says the usual context once for all; any other one stays."""
    return _first("{" + document[len(_USUAL) :], iri) if document.startswith(_USUAL) else splice_iri(document, iri)


def _member(iri: str) -> str:
    return f'"id":{json.dumps(iri, ensure_ascii=False)}'


def _first(document: str, iri: str) -> str:
    comma = "" if document == "{}" else ","
    return f"{{{_member(iri)}{comma}{document[1:]}"
