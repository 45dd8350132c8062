"""What lies beside a container's annotations and what belongs to one: which endpoint answers which method."""

from __future__ import annotations

from annotation_store.http.addresses import AnnotationPart, ContainerPart
from annotation_store.http.annotations import Annotations
from annotation_store.http.bulk import Bulks
from annotation_store.http.events import Events
from annotation_store.http.exchange import Answer, Exchange, StreamedAnswer
from annotation_store.http.exports import Exports
from annotation_store.http.histories import Histories
from annotation_store.http.reviews import Reviews
from annotation_store.http.service import StoreService
from annotation_store.http.threads import Threads
from annotation_store.store_errors import MethodNotAllowedError


class Parts:
    """The endpoints together."""

    def __init__(self, service: StoreService, annotations: Annotations) -> None:
        self._bulks = Bulks(service, annotations)
        self._events = Events(service)
        self._exports = Exports(service)
        self._histories = Histories(service, annotations)
        self._reviews = Reviews(service, annotations)
        self._threads = Threads(service)

    async def answer(self, exchange: Exchange, address: AnnotationPart | ContainerPart) -> Answer | StreamedAnswer:
        """Raises MethodNotAllowedError."""
        match address:
            case AnnotationPart():
                return await self._on_annotation(exchange, address)
            case ContainerPart():
                return await self._on_container(exchange, address)

    async def _on_annotation(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        method = "GET" if exchange.method == "HEAD" else exchange.method
        match address.part, method:
            case "versions", "GET" if address.number is None:
                return await self._histories.list(exchange, address)
            case "versions", "GET":
                return await self._histories.read(exchange, address)
            case "versions", "DELETE" if address.number is None:
                return await self._histories.purge(exchange, address)
            case "undelete", "POST":
                return await self._histories.undelete(exchange, address)
            case "review", "GET":
                return await self._reviews.read(exchange, address)
            case "review", "PUT":
                return await self._reviews.step(exchange, address)
            case "replies", "GET":
                return await self._threads.read(exchange, address)
            case _:
                raise MethodNotAllowedError(exchange.method)

    async def _on_container(self, exchange: Exchange, address: ContainerPart) -> Answer | StreamedAnswer:
        match address.part, exchange.method:
            case "bulk", "POST":
                return await self._bulks.run(exchange, address)
            case "events", "GET" | "HEAD":
                return await self._events.stream(exchange, address)
            case "export", "GET" | "HEAD":
                return await self._exports.stream(exchange, address)
            case _:
                raise MethodNotAllowedError(exchange.method)
