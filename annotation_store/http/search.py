"""A container, or all of them together, searched by the parameters of `query.parse_query` (docs/annotations.md)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from annotation_store.contexts import ANNO_CONTEXT
from annotation_store.cursor import Cursor, format_cursor, parse_cursor
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedQueryError
from annotation_store.etags import format_tag
from annotation_store.extraction import IndexEntry, extract_entry
from annotation_store.http.access import require_readable
from annotation_store.http.addresses import annotation_iri, container_iri, root_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.conditions import is_known
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.headers import PAGE_HEADERS
from annotation_store.http.representations import PLACEHOLDER, accepted_format, encode, fill_page
from annotation_store.http.service import StoreService
from annotation_store.measures import MEASURES, MEASURES_CONTEXT, canvas_of, describe_measures, measured_targets
from annotation_store.query import Query, parse_query
from annotation_store.search import Found, FoundAnnotation
from annotation_store.search_plan import SearchScope
from annotation_store.serialisers.w3c import ContainedForm
from annotation_store.splicing import splice_item

MAX_LIMIT = 1000
Fields = Sequence[tuple[str, str]]


class Searches:
    """The endpoints."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def container(self, exchange: Exchange, name: str) -> Answer:
        """GET and HEAD of a container with a query: a page of what is found in it."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.container(name)
        require_readable(container, principal)
        caching = cache_control(container, principal)
        scope = SearchScope(principal, (container.id,))
        iri = container_iri(exchange.base_url, container.name)
        return await self._answer(exchange, scope, {container.id: container.name}, iri, caching)

    async def everywhere(self, exchange: Exchange) -> Answer:
        """GET and HEAD of the root with a query: what is found in all containers that the caller may read."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        names = await self._service.searches.visible_containers(principal)
        caching = "no-cache" if principal.name is None else "private, no-store"
        return await self._answer(
            exchange, SearchScope(principal, tuple(names)), names, root_iri(exchange.base_url), caching
        )

    async def _answer(
        self, exchange: Exchange, scope: SearchScope, names: Mapping[int, str], iri: str, caching: str
    ) -> Answer:
        chosen = accepted_format(exchange)
        iris_only, fields = _take_flag(exchange.query(), "iris", "iris is 1 for IRIs alone, 0 for whole annotations.")
        measured, fields = _take_flag(fields, "measures", "measures is 1 for millimetres, 0 for none.")
        form = ContainedForm.IRIS if iris_only else ContainedForm.DESCRIPTIONS
        query = parse_query(fields)
        limit = min(query.limit or self._service.options.page_items, MAX_LIMIT)
        place = QueryPlace(iri, tuple(field for field in exchange.query() if field[0] != "cursor"))
        cursor = None if query.cursor is None else parse_cursor(query.cursor, place.iri)
        found = await self._service.searches.find(query, scope, cursor, limit)
        items = [(annotation_iri(exchange.base_url, names[item.container], item.name), item) for item in found.items]
        measures = await self._measure(exchange, scope, items) if measured else None
        tag = found_tag(found, f"{place.page_iri(query.cursor)} {measures or ''}", chosen.mark)
        headers = {**PAGE_HEADERS, "etag": format_tag(tag), "cache-control": caching}
        if is_known(exchange, tag):
            return Answer(304, headers)
        document = _build_page(place, query, found, form, measures)
        text = fill_page(document, form, [_item(form, item, iri) for iri, item in items])
        return Answer(200, {"content-type": chosen.value, **headers}, await encode(text, chosen))

    async def _measure(
        self, exchange: Exchange, scope: SearchScope, items: Sequence[tuple[str, FoundAnnotation]]
    ) -> list[JsonValue]:
        entries = await asyncio.to_thread(_read_entries, items)
        canvases = {canvas_of(target) for _, entry in entries for target, _ in measured_targets(entry)}
        scales = await self._service.canvases.scales(canvases, exchange.base_url, scope.viewer)
        return [told for iri, entry in entries for told in describe_measures(entry, iri, scales)]


class QueryPlace:
    """Where a search is asked for: the IRI of all results together, and those of its pages."""

    def __init__(self, base: str, fields: Fields) -> None:
        self.iri = f"{base}?{urlencode(fields)}" if fields else base
        self._glue = "&" if fields else "?"

    def page_iri(self, cursor: str | None) -> str:
        """The page that a cursor leads to; without one the first."""
        return self.iri if cursor is None else f"{self.iri}{self._glue}cursor={cursor}"

    def cursor_iri(self, cursor: Cursor | None) -> str | None:
        """The page, None where there is no cursor."""
        return None if cursor is None else self.page_iri(format_cursor(cursor, self.iri))


def is_search(exchange: Exchange, own: Sequence[str]) -> bool:
    """Whether the query has parameters beside the `own` ones of what is asked for."""
    return bool(exchange.scope["query_string"]) and any(name not in own for name, _ in exchange.query())


def found_tag(found: Found, iri: str, mark: str) -> str:
    """The ETag of a page of results: it changes with every version of what is on it."""
    digest = hashlib.blake2b(iri.encode(), digest_size=12)
    for item in found.items:
        digest.update(b"%d %d " % (item.id, item.version))
    digest.update(b"%d%d" % (found.next is not None, found.prev is not None))
    return f"{digest.hexdigest()}-{mark}"


def _take_flag(fields: Fields, flag: str, meaning: str) -> tuple[bool, Fields]:
    """Whether the flag is set, and the other fields. Raises MalformedQueryError."""
    given = [value for name, value in fields if name == flag]
    if len(given) > 1 or not {"0", "1"}.issuperset(given):
        raise MalformedQueryError(flag, meaning)
    return given == ["1"], [field for field in fields if field[0] != flag]


def _read_entries(items: Sequence[tuple[str, FoundAnnotation]]) -> list[tuple[str, IndexEntry]]:
    return [(iri, extract_entry(json.loads(item.document))) for iri, item in items]


def _build_page(
    place: QueryPlace, query: Query, found: Found, form: ContainedForm, measures: list[JsonValue] | None
) -> JsonObject:
    context: JsonValue = ANNO_CONTEXT if measures is None else [ANNO_CONTEXT, MEASURES_CONTEXT]
    page: JsonObject = {"@context": context, "id": place.page_iri(query.cursor), "type": "AnnotationPage"}
    page["partOf"] = {"id": place.iri, "type": "AnnotationCollection"}
    page["startIndex"] = found.start
    for name, cursor in (("next", found.next), ("prev", found.prev)):
        iri = place.cursor_iri(cursor)
        if iri is not None:
            page[name] = iri
    if measures is not None:
        page[MEASURES] = measures
    page["items"] = [PLACEHOLDER["id"] if form is ContainedForm.IRIS else PLACEHOLDER]
    return page


def _item(form: ContainedForm, item: FoundAnnotation, iri: str) -> str:
    return f'"{iri}"' if form is ContainedForm.IRIS else splice_item(item.document, iri)
