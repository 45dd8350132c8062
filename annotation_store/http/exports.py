"""A container as a file, made while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from annotation_store.container_documents import label_text
from annotation_store.errors import MalformedQueryError
from annotation_store.export_formats import Exported, ExportWriter
from annotation_store.file_formats import ExportFormat
from annotation_store.http.access import require_readable
from annotation_store.http.addresses import ContainerPart, annotation_iri, container_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.exchange import Exchange, StreamedAnswer
from annotation_store.http.service import StoreService
from annotation_store.names import format_segment
from annotation_store.records import ContainerRecord
from config.access import Principal


class Exports:
    """The endpoint."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def stream(self, exchange: Exchange, address: ContainerPart) -> StreamedAnswer:
        """GET and HEAD with `format` and, for what lies on one canvas, `canvas`; what the caller does not see is left
        out."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.container(address.container)
        require_readable(container, principal)
        chosen, canvas = _parse_query(exchange)
        label = label_text(container.label) or container.name
        writer = ExportWriter(chosen, container_iri(exchange.base_url, container.name), label, canvas)
        name = f"{format_segment(container.name)}.{chosen}"
        headers = {
            "content-type": chosen.media_type,
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "cache-control": cache_control(container, principal).replace("no-cache", "no-store"),
        }
        return StreamedAnswer(200, headers, self._pieces(exchange, container, principal, writer))

    async def _pieces(
        self, exchange: Exchange, container: ContainerRecord, principal: Principal, writer: ExportWriter
    ) -> AsyncGenerator[bytes, None]:
        yield writer.begin().encode()
        async for batch in self._service.exports.batches(container, principal, writer.canvas):
            items = [
                Exported(item.document, annotation_iri(exchange.base_url, container.name, item.name))
                for item in batch
            ]
            canvases = await asyncio.to_thread(writer.canvases, items)
            scales = await self._service.canvases.scales(canvases, exchange.base_url, principal) if canvases else {}
            yield (await asyncio.to_thread(writer.items, items, scales)).encode()
        yield writer.end().encode()


def _parse_query(exchange: Exchange) -> tuple[ExportFormat, str | None]:
    """Format and canvas. Raises MalformedQueryError."""
    fields = exchange.query()
    values = dict(fields)
    if not values.keys() <= {"format", "canvas"} or len(values) < len(fields):
        raise MalformedQueryError("format", "Known here are format and canvas, each once.")
    try:
        chosen = ExportFormat(values.get("format", "ndjson"))
    except ValueError:
        raise MalformedQueryError("format", f"The format is one of {', '.join(ExportFormat)}.") from None
    canvas = values.get("canvas")
    if "canvas" in values and not canvas:
        raise MalformedQueryError("canvas", "The canvas is empty.")
    if chosen is ExportFormat.GEOJSON and canvas is None:
        raise MalformedQueryError("canvas", "GeoJSON needs the canvas that its shapes lie on.")
    return chosen, canvas
