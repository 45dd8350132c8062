"""Results as IIIF Content Search 2.0 wants them (§4.2, §4.3, §5.2). PURE."""

from __future__ import annotations

from collections.abc import Sequence

from annotation_store.contexts import SEARCH_2_CONTEXT
from annotation_store.documents import JsonObject
from annotation_store.serialisers.presentation3 import link_pages, refer_to_page
from annotation_store.serialisers.search_results import SearchPage, Term


def describe_search_2(search_iri: str, autocomplete_iri: str) -> JsonObject:
    """The service, for the resource that it searches (§3.1)."""
    return {
        "id": search_iri,
        "type": "SearchService2",
        "service": [{"id": autocomplete_iri, "type": "AutoCompleteService2"}],
    }


def build_search_page(page: SearchPage) -> JsonObject:
    """The AnnotationPage, with the matches as a second page of annotations in `annotations` (§4.3.2)."""
    document: JsonObject = {"@context": SEARCH_2_CONTEXT, "id": page.iri, "type": "AnnotationPage"}
    if page.is_paged:
        document["partOf"] = _collection(page)
    document |= link_pages(page.next_iri, page.prev_iri, page.start_index if page.is_paged else None)
    if page.ignored:
        document["ignored"] = list(page.ignored)
    document["items"] = list(page.items)
    highlights = [
        _highlight(
            f"{page.iri}#match-{number}", match.annotation, match.text.before, match.text.exact, match.text.after
        )
        for number, match in enumerate(page.matches, 1)
    ]
    if highlights:
        document["annotations"] = [{"type": "AnnotationPage", "items": list(highlights)}]
    return document


def build_term_page(iri: str, terms: Sequence[Term], ignored: Sequence[str] = ()) -> JsonObject:
    """The TermPage (§5.2), also where there are no terms."""
    document: JsonObject = {"@context": SEARCH_2_CONTEXT, "id": iri, "type": "TermPage"}
    if ignored:
        document["ignored"] = list(ignored)
    document["items"] = [_term(term) for term in terms]
    return document


def _collection(page: SearchPage) -> JsonObject:
    collection: JsonObject = {"id": page.query_iri, "type": "AnnotationCollection"}
    if page.total is not None:
        collection["total"] = page.total
    collection["first"] = refer_to_page(page.first_iri)
    if page.last_iri is not None:
        collection["last"] = refer_to_page(page.last_iri)
    return collection


def _highlight(iri: str, annotation: str, before: str, exact: str, after: str) -> JsonObject:
    selector: JsonObject = {"type": "TextQuoteSelector", "exact": exact}
    if before:
        selector["prefix"] = before
    if after:
        selector["suffix"] = after
    return {
        "id": iri,
        "type": "Annotation",
        "motivation": "highlighting",
        "target": {"type": "SpecificResource", "source": annotation, "selector": [selector]},
    }


def _term(term: Term) -> JsonObject:
    document: JsonObject = {"value": term.text}
    if term.count is not None:
        document["total"] = term.count
    document["service"] = [{"id": term.search_iri, "type": "SearchService2"}]
    return document
