"""Annotations as IIIF Presentation 3 viewers read them (Presentation API 3.0 §5.5–§5.8). PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotation_store.contexts import PRESENTATION_3_CONTEXT
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.plain_text import looks_like_html
from annotation_store.serialisers.targets import present_targets
from annotation_store.vocabulary import get_types, iter_texts

_REPLACED = ("@context", "label", "body", "bodyValue")

Label = str | Mapping[str, Sequence[str]]


def present_annotation(document: JsonObject, place: str | None = None) -> JsonObject:
    """The annotation for a viewer: no @context, bodies as objects with their format, targets in whole pixels.

    Targets in `place`, a canvas or manifest, come first and with its spelling. Where there is no motivation it is
    made of the bodies' purposes: Mirador shows only annotations with one that it knows.
    """
    bodies = [_present_body(body) for body in _bodies(document)]
    targets = present_targets(document.get("target"), place)
    target = targets[0] if len(targets) == 1 else targets
    # Copied as a whole: going through the members takes as long as all the rest.
    presented: JsonObject = {"id": None, **document, "type": "Annotation", "target": target}
    presented["motivation"] = document.get("motivation") or _motivation(bodies)
    for name in _REPLACED:
        presented.pop(name, None)
    if document.get("label") is not None:
        presented["label"] = present_label(document["label"])
    if bodies:
        presented["body"] = bodies[0] if len(bodies) == 1 else bodies
    return presented


def present_label(label: JsonValue) -> JsonValue:
    """A language map (§4.3): texts without a language go under `none`."""
    if isinstance(label, dict):
        return {language: list(iter_texts(texts)) for language, texts in label.items()}
    return {"none": list(iter_texts(label))}


def build_annotation_page(
    iri: str,
    items: Sequence[JsonObject],
    *,
    label: Label | None = None,
    collection: str | None = None,
    next_iri: str | None = None,
    prev_iri: str | None = None,
    start_index: int | None = None,
) -> JsonObject:
    """The AnnotationPage; `items` have been through `present_annotation`."""
    document: JsonObject = {"@context": PRESENTATION_3_CONTEXT, "id": iri, "type": "AnnotationPage"}
    if label is not None:
        document["label"] = _language_map(label)
    if collection is not None:
        document["partOf"] = [{"id": collection, "type": "AnnotationCollection"}]
    document |= link_pages(next_iri, prev_iri, start_index)
    document["items"] = list(items)
    return document


def build_annotation_collection(
    iri: str, label: Label, total: int, first_iri: str | None, last_iri: str | None = None
) -> JsonObject:
    """The AnnotationCollection of a layer; without pages where there are no annotations."""
    document: JsonObject = {
        "@context": PRESENTATION_3_CONTEXT,
        "id": iri,
        "type": "AnnotationCollection",
        "label": _language_map(label),
        "total": total,
    }
    if first_iri is not None:
        document["first"] = refer_to_page(first_iri)
    if last_iri is not None:
        document["last"] = refer_to_page(last_iri)
    return document


def refer_to_page(iri: str) -> JsonObject:
    """A page that is named within another document."""
    return {"id": iri, "type": "AnnotationPage"}


def link_pages(next_iri: str | None, prev_iri: str | None, start_index: int | None) -> JsonObject:
    """`next`, `prev` and `startIndex` of a page, as far as they are known."""
    links: JsonObject = {}
    if next_iri is not None:
        links["next"] = refer_to_page(next_iri)
    if prev_iri is not None:
        links["prev"] = refer_to_page(prev_iri)
    if start_index is not None:
        links["startIndex"] = start_index
    return links


def _language_map(label: Label) -> JsonObject:
    if isinstance(label, str):
        return {"none": [label]}
    return {language: list(texts) for language, texts in label.items()}


def _bodies(document: JsonObject) -> list[JsonValue]:
    text = document.get("bodyValue")
    if isinstance(text, str):
        # Web Annotation Data Model §3.2.5: to be read as a TextualBody in text/plain.
        return [{"type": "TextualBody", "value": text, "format": "text/plain"}]
    body = document.get("body")
    return body if isinstance(body, list) else [] if body is None else [body]


def _present_body(body: JsonValue) -> JsonValue:
    if isinstance(body, str):
        return {"id": body}
    if not isinstance(body, dict):
        return body
    items = body.get("items")
    if isinstance(items, list):
        return {**body, "items": [_present_body(item) for item in items]}
    value = body.get("value")
    if body.get("format") is not None or not isinstance(value, str):
        return body
    presented = {**body, "format": "text/html" if looks_like_html(value) else "text/plain"}
    if not get_types(body):
        presented["type"] = "TextualBody"
    return presented


def _motivation(bodies: Sequence[JsonValue]) -> JsonValue:
    purposes = [purpose for body in bodies if isinstance(body, dict) for purpose in iter_texts(body.get("purpose"))]
    unique: list[JsonValue] = list(dict.fromkeys(purposes))
    if not unique:
        return "commenting" if bodies else "highlighting"
    return unique[0] if len(unique) == 1 else unique
