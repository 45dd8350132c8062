"""Results as IIIF Content Search 1.0 wants them (§3.3, §3.4, §4.3): Open Annotations on canvases. PURE.

This is the version that Mirador searches with: `on` is an IRI with `xywh` in whole pixels, and each hit has its
match with what stands before and after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.selectors import Selection, select
from annotation_store.serialisers.search_results import AnnotationMatch, SearchPage, Term
from annotation_store.serialisers.targets import format_fragment, target_source
from annotation_store.vocabulary import get_id, iter_texts, iter_values, shorten

_PRESENTATION_2 = "http://iiif.io/api/presentation/2/context.json"
_SEARCH_1 = "http://iiif.io/api/search/1/context.json"
_PRESENTATION_MOTIVATIONS = frozenset({"painting", "supplementing"})


def describe_search_1(search_iri: str, autocomplete_iri: str) -> JsonObject:
    """The service, for the resource that it searches (§3.1, §4.1)."""
    return {
        "@context": _SEARCH_1,
        "@id": search_iri,
        "@type": "SearchService1",
        "profile": "http://iiif.io/api/search/1/search",
        "service": {
            "@id": autocomplete_iri,
            "@type": "AutoCompleteService1",
            "profile": "http://iiif.io/api/search/1/autocomplete",
        },
    }


def build_annotation_list(page: SearchPage) -> JsonObject:
    """The AnnotationList within the Layer of all results."""
    document: JsonObject = {
        "@context": [_PRESENTATION_2, _SEARCH_1],
        "@id": page.iri,
        "@type": "sc:AnnotationList",
        "within": _layer(page),
    }
    if page.start_index is not None:
        document["startIndex"] = page.start_index
    if page.next_iri is not None:
        document["next"] = page.next_iri
    if page.prev_iri is not None:
        document["prev"] = page.prev_iri
    document["resources"] = [_open_annotation(item) for item in page.items]
    grouped = groupby(page.matches, key=lambda match: match.annotation)
    document["hits"] = [_hit(annotation, list(matches)) for annotation, matches in grouped]
    return document


def build_term_list(iri: str, terms: Sequence[Term], ignored: Sequence[str] = ()) -> JsonObject:
    """The TermList (§4.3), also where there are no terms."""
    document: JsonObject = {"@context": _SEARCH_1, "@id": iri, "@type": "search:TermList"}
    if ignored:
        document["ignored"] = list(ignored)
    document["terms"] = [_term(term) for term in terms]
    return document


def _layer(page: SearchPage) -> JsonObject:
    layer: JsonObject = {"@id": page.query_iri, "@type": "sc:Layer", "first": page.first_iri}
    if page.last_iri is not None:
        layer["last"] = page.last_iri
    if page.total is not None:
        layer["total"] = page.total
    if page.ignored:
        layer["ignored"] = list(page.ignored)
    return layer


def _open_annotation(item: JsonObject) -> JsonObject:
    """An annotation in the terms of Presentation 2."""
    motivations: list[JsonValue] = [_motivation(name) for name in iter_texts(item.get("motivation"))]
    resources = [_resource(body) for body in _flatten(item.get("body"))]
    on = [_on(target) for target in iter_values(item.get("target"))]
    return {
        "@id": item.get("id"),
        "@type": "oa:Annotation",
        "motivation": motivations[0] if len(motivations) == 1 else motivations,
        "resource": resources[0] if len(resources) == 1 else resources,
        "on": on[0] if len(on) == 1 else list(on),
    }


def _motivation(name: str) -> str:
    short = shorten(name)
    if ":" in short:
        return short
    return f"{'sc' if short in _PRESENTATION_MOTIVATIONS else 'oa'}:{short}"


def _flatten(value: JsonValue) -> list[JsonValue]:
    """The bodies, of a Choice its default."""
    bodies: list[JsonValue] = []
    for body in iter_values(value):
        items = body.get("items") if isinstance(body, dict) else None
        bodies.extend(items[:1] if isinstance(items, list) else [body])
    return bodies


def _resource(body: JsonValue) -> JsonValue:
    text = body.get("value") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(text, str):
        return {"@id": get_id(body)}
    is_tag = "tagging" in map(shorten, iter_texts(body.get("purpose")))
    resource: JsonObject = {"@type": "oa:Tag" if is_tag else "cnt:ContentAsText", "chars": text}
    for name in ("format", "language"):
        value = next(iter_texts(body.get(name)), None)
        if value is not None:
            resource[name] = value
    return resource


def _on(target: JsonValue) -> str | None:
    source = target_source(target)
    if isinstance(target, dict) and "source" in target:
        selection = select(target.get("selector"))
        fragment = format_fragment(Selection(selection.region, selection.time))
        return source if fragment is None else f"{source}#{fragment}"
    return get_id(target)


def _hit(annotation: str, matches: Sequence[AnnotationMatch]) -> JsonObject:
    first = matches[0].text
    return {
        "@type": "search:Hit",
        "annotations": [annotation],
        "match": first.exact,
        "before": first.before,
        "after": first.after,
        "selectors": [_selector(match) for match in matches],
    }


def _selector(match: AnnotationMatch) -> JsonObject:
    text = match.text
    return {"@type": "oa:TextQuoteSelector", "exact": text.exact, "prefix": text.before, "suffix": text.after}


def _term(term: Term) -> JsonObject:
    document: JsonObject = {"match": term.text, "url": term.search_iri}
    if term.count is not None:
        document["count"] = term.count
    return document
