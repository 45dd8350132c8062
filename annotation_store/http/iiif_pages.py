"""Annotations for viewers: a page for a canvas, pages of all canvases, and the collection of them (a layer).

Mirador reads no second page, so that the page of a canvas is whole up to `canvas_items`; `next` tells of the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

import orjson

from annotation_store.caches import ByteCache
from annotation_store.canvas_iris import unpin
from annotation_store.contexts import PRESENTATION_3_CONTEXT
from annotation_store.documents import JsonObject, format_document
from annotation_store.errors import MalformedQueryError
from annotation_store.extraction import extract_entry
from annotation_store.http.access import require_readable
from annotation_store.http.addresses import container_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.iiif_addresses import LayerAddress, LayerPageAddress, layer_iri, layer_page_iri
from annotation_store.http.iiif_answers import iiif_headers, not_modified
from annotation_store.http.service import StoreService
from annotation_store.names import format_segment
from annotation_store.records import ContainerRecord
from annotation_store.search import PlacedAnnotation
from annotation_store.serialisers.presentation3 import (
    build_annotation_collection,
    build_annotation_page,
    present_annotation,
)
from config.access import Principal

CACHE_BYTES = 64 * 1024 * 1024
MAX_CANVAS_CHARACTERS = 8000
_FORM = 3
"""Grows when the same annotations are written otherwise: pages of a former form are then others."""

# More are put together in a thread, so that others need not wait, and kept: fewer are made as soon as looked for.
_MANY = 300


class IiifPages:
    """The endpoints."""

    def __init__(self, service: StoreService) -> None:
        self._service = service
        self._made = ByteCache(CACHE_BYTES)

    async def collection(self, exchange: Exchange, address: LayerAddress) -> Answer:
        """GET and HEAD of a layer: its label, how much there is, its first and last page."""
        principal, container = await self._open(exchange, address.container, fresh=True)
        service = self._service
        hidden = await service.annotations.count_hidden(container, principal)
        tag = f"{_stem(container)}-{hidden}-layer"
        headers = iiif_headers(exchange, PRESENTATION_3_CONTEXT, tag, cache_control(container, principal))
        known = not_modified(exchange, headers)
        if known is not None:
            return known
        total = container.total - hidden
        last = await service.annotations.last_page_after(container, principal, service.options.page_items)
        pages = [layer_page_iri(exchange.base_url, container.name, after=after) for after in (0, last)]
        first_iri, last_iri = pages if total else (None, None)
        iri = layer_iri(exchange.base_url, container.name)
        document = build_annotation_collection(iri, _label(container), total, first_iri, last_iri)
        return Answer(200, headers, format_document(document))

    async def page(self, exchange: Exchange, address: LayerPageAddress) -> Answer:
        """GET and HEAD of a page: of a canvas, or of all of them."""
        canvas, after = _parse_fields(exchange)
        if canvas is None:
            return await self._page_of_all(exchange, address, after)
        principal, container = await self._open(exchange, address.container, fresh=False)
        limit = self._service.options.canvas_items
        items = await self._service.searches.on_canvas(container, principal, canvas, after, limit + 1)
        iri = layer_page_iri(exchange.base_url, container.name, canvas, after)
        tag = _tag(iri, container, items)
        headers = iiif_headers(exchange, PRESENTATION_3_CONTEXT, tag, cache_control(container, principal))
        known = not_modified(exchange, headers)
        if known is not None:
            return known
        body = self._made.get(tag) if len(items) > _MANY else None
        if body is None:
            rest = items[limit - 1].id if len(items) > limit else None
            further = None if rest is None else layer_page_iri(exchange.base_url, container.name, canvas, rest)
            document = self._describe(exchange, container, iri, further)
            body = await _filled(document, container_iri(exchange.base_url, container.name), items[:limit], canvas)
            if len(items) > _MANY:
                self._made.put(tag, body)
        return Answer(200, headers, body)

    async def _page_of_all(self, exchange: Exchange, address: LayerPageAddress, after: int) -> Answer:
        principal, container = await self._open(exchange, address.container, fresh=True)
        service = self._service
        hidden = await service.annotations.count_hidden(container, principal)
        iri = layer_page_iri(exchange.base_url, container.name, after=after)
        tag = f"{_stem(container)}-{hidden}-{after}-page"
        headers = iiif_headers(exchange, PRESENTATION_3_CONTEXT, tag, cache_control(container, principal))
        known = not_modified(exchange, headers)
        if known is not None:
            return known
        listing = await service.annotations.list_page(container, principal, after, service.options.page_items)
        neighbours = [
            None if number is None else layer_page_iri(exchange.base_url, container.name, after=number)
            for number in (listing.next_after, listing.prev_after)
        ]
        document = self._describe(exchange, container, iri, *neighbours)
        items = [PlacedAnnotation(item.id, item.name, 0, item.document.encode()) for item in listing.items]
        body = await _filled(document, container_iri(exchange.base_url, container.name), items, None)
        return Answer(200, headers, body)

    async def _open(self, exchange: Exchange, name: str, *, fresh: bool) -> tuple[Principal, ContainerRecord]:
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await (self._service.containers.read(name) if fresh else self._service.container(name))
        require_readable(container, principal)
        return principal, container

    @staticmethod
    def _describe(
        exchange: Exchange,
        container: ContainerRecord,
        iri: str,
        next_iri: str | None = None,
        prev_iri: str | None = None,
    ) -> JsonObject:
        collection = layer_iri(exchange.base_url, container.name)
        label = _label(container)
        return build_annotation_page(
            iri, [], label=label, collection=collection, next_iri=next_iri, prev_iri=prev_iri
        )


async def _filled(document: JsonObject, prefix: str, items: Sequence[PlacedAnnotation], canvas: str | None) -> bytes:
    if len(items) <= _MANY:
        return _fill(document, prefix, items, canvas)
    return await asyncio.to_thread(_fill, document, prefix, items, canvas)


def _fill(document: JsonObject, prefix: str, items: Sequence[PlacedAnnotation], canvas: str | None) -> bytes:
    """The page with the annotations in it. orjson takes all that is stored for what it is (documents.py)."""
    texts = b",".join([item.document for item in items])
    annotations: list[JsonObject] = orjson.loads(b"[%b]" % texts)
    for item, annotation in zip(items, annotations, strict=True):
        annotation["id"] = f"{prefix}{format_segment(item.name)}"
    if canvas is not None and (b"percent:" in texts or b"pct:" in texts):
        annotations = [annotation for annotation in annotations if not _is_unplaced(annotation, canvas)]
    shown = [present_annotation(annotation, canvas) for annotation in annotations]
    return orjson.dumps({**document, "items": shown})


def _is_unplaced(document: JsonObject, canvas: str) -> bool:
    """Whether all that it points at on the canvas is given in percent: its size is not known here, and viewers would
    show the annotation on the whole canvas.
    """
    there = [target for target in extract_entry(document).targets if target.source == unpin(canvas)]
    return all(target.needs_canvas_size for target in there)


def _tag(iri: str, container: ContainerRecord, items: Sequence[PlacedAnnotation]) -> str:
    seen = " ".join([f"{item.id}.{item.version}" for item in items])
    stated = f"{_FORM} {iri} {container.id} {container.version} {seen}"
    return hashlib.blake2b(stated.encode(), digest_size=16).hexdigest()


def _stem(container: ContainerRecord) -> str:
    return f"i{_FORM}-{container.id}-{container.version}-{container.changes}"


def _label(container: ContainerRecord) -> dict[str, list[str]]:
    label = {language: list(texts) for language, texts in container.label.items()}
    return label or {"none": [container.name]}


def _parse_fields(exchange: Exchange) -> tuple[str | None, int]:
    """The canvas, and the number that the page begins behind. Raises MalformedQueryError."""
    fields = exchange.query()
    values = dict(fields)
    unknown = next((name for name in values if name not in ("canvas", "after")), None)
    if unknown is not None or len(values) < len(fields):
        name = unknown or "canvas"
        raise MalformedQueryError(name, f"The parameter {name} is not known here, or stands twice.")
    canvas, after = values.get("canvas"), values.get("after", "0")
    if canvas is not None and (not canvas or "\0" in canvas or "#" in canvas or len(canvas) > MAX_CANVAS_CHARACTERS):
        raise MalformedQueryError("canvas", "The canvas is an IRI without a fragment.")
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise MalformedQueryError("after", "The number must come from a link of another answer.")
    return canvas, int(after)
