"""`/iiif/search/1/{scope}` and `/iiif/search/2/{scope}`, and the autocompletion of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from annotation_store.completion import complete_last, count_terms
from annotation_store.contexts import SEARCH_2_CONTEXT
from annotation_store.cursor import parse_cursor
from annotation_store.documents import JsonObject, format_document
from annotation_store.extraction import extract_text
from annotation_store.highlighting import find_matches
from annotation_store.http.access import require_readable
from annotation_store.http.addresses import annotation_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.iiif_addresses import SearchAddress, search_iri
from annotation_store.http.iiif_answers import iiif_headers, not_modified
from annotation_store.http.search import QueryPlace, found_tag
from annotation_store.http.service import StoreService
from annotation_store.iiif_query import IiifQuery, parse_completion, parse_search
from annotation_store.search import Found
from annotation_store.search_plan import SearchScope
from annotation_store.serialisers.presentation3 import present_annotation
from annotation_store.serialisers.search1 import build_annotation_list, build_term_list
from annotation_store.serialisers.search2 import build_search_page, build_term_page
from annotation_store.serialisers.search_results import AnnotationMatch, SearchPage, Term
from config.access import Principal

SEARCH_1_CONTEXT = "http://iiif.io/api/search/1/context.json"
SAMPLED = 500
"""Terms are taken from so many annotations, the first that have a word with that beginning."""
MAX_TERMS = 50
_MATCHES_EACH = 20


class IiifSearches:
    """The endpoints."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def answer(self, exchange: Exchange, address: SearchAddress) -> Answer:
        """GET and HEAD of a search or an autocompletion."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        names, caching = await self._containers(address, principal)
        if address.completes:
            return await self._complete(exchange, address, principal, names, caching)
        return await self._search(exchange, address, principal, names, caching)

    async def _containers(self, address: SearchAddress, principal: Principal) -> tuple[Mapping[int, str], str]:
        """Number → name of the containers in the scope, and how answers may be cached."""
        if not address.is_container:
            caching = "no-cache" if principal.name is None else "private, no-store"
            return await self._service.searches.visible_containers(principal), caching
        container = await self._service.container(address.scope)
        require_readable(container, principal)
        return {container.id: container.name}, cache_control(container, principal)

    async def _search(
        self,
        exchange: Exchange,
        address: SearchAddress,
        principal: Principal,
        names: Mapping[int, str],
        caching: str,
    ) -> Answer:
        asked = parse_search(exchange.query())
        place = QueryPlace(search_iri(exchange.base_url, address), asked.fields)
        cursor = None if asked.cursor is None else parse_cursor(asked.cursor, place.iri)
        limit = self._service.options.page_items
        found = await self._service.searches.find(
            asked.query, _scope(address, principal, names, asked), cursor, limit
        )
        tag = found_tag(found, f"{place.page_iri(asked.cursor)} {asked.ignored}", "s")
        context = SEARCH_2_CONTEXT if address.version == 2 else SEARCH_1_CONTEXT
        headers = iiif_headers(exchange, context, tag, caching)
        known = not_modified(exchange, headers)
        if known is not None:
            return known
        resource = None if address.is_container else address.scope
        page = _build_page(exchange, place, asked, found, names, resource)
        document = build_search_page(page) if address.version == 2 else build_annotation_list(page)
        return Answer(200, headers, format_document(document))

    async def _complete(
        self,
        exchange: Exchange,
        address: SearchAddress,
        principal: Principal,
        names: Mapping[int, str],
        caching: str,
    ) -> Answer:
        asked = parse_completion(exchange.query(), address.version)
        query, before, beginning = complete_last(asked.query)
        found = await self._service.searches.find(query, _scope(address, principal, names, asked), None, SAMPLED)
        texts = [extract_text(json.loads(item.document)) for item in found.items]
        is_whole = found.next is None
        service = search_iri(exchange.base_url, SearchAddress(address.version, address.scope))
        terms = [
            Term(term, f"{service}?{urlencode({'q': term})}", count if is_whole else None)
            for term, count in count_terms(texts, beginning, before, asked.minimum, MAX_TERMS)
        ]
        iri = QueryPlace(search_iri(exchange.base_url, address), asked.fields).iri
        build = build_term_page if address.version == 2 else build_term_list
        body = format_document(build(iri, terms, asked.ignored))
        tag = found_tag(found, f"{iri} {asked.ignored}", "t")
        context = SEARCH_2_CONTEXT if address.version == 2 else SEARCH_1_CONTEXT
        headers = iiif_headers(exchange, context, tag, caching)
        return not_modified(exchange, headers) or Answer(200, headers, body)


def _scope(address: SearchAddress, principal: Principal, names: Mapping[int, str], asked: IiifQuery) -> SearchScope:
    resource = None if address.is_container else address.scope
    return SearchScope(principal, tuple(names), resource, asked.excluded)


def _build_page(
    exchange: Exchange,
    place: QueryPlace,
    asked: IiifQuery,
    found: Found,
    names: Mapping[int, str],
    resource: str | None,
) -> SearchPage:
    items: list[JsonObject] = []
    matches: list[AnnotationMatch] = []
    for each in found.items:
        iri = annotation_iri(exchange.base_url, names[each.container], each.name)
        document = json.loads(each.document)
        document["id"] = iri
        items.append(present_annotation(document, resource))
        if asked.query.texts:
            texts = find_matches(extract_text(document), asked.query.texts, _MATCHES_EACH)
            matches.extend(AnnotationMatch(iri, text) for text in texts)
    return SearchPage(
        iri=place.page_iri(asked.cursor),
        query_iri=place.iri,
        first_iri=place.page_iri(None),
        items=items,
        matches=matches,
        ignored=asked.ignored,
        next_iri=place.cursor_iri(found.next),
        prev_iri=place.cursor_iri(found.prev),
        start_index=found.start,
    )
