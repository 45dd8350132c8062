"""The store as one ASGI application: what is asked for, and the headers that every answer carries."""

from __future__ import annotations

import hashlib

from annotation_store.etags import format_tag
from annotation_store.http.addresses import (
    PREFIX,
    Address,
    AliasAddress,
    AnnotationAddress,
    AnnotationPart,
    ContainerAddress,
    ContainerPart,
    RootAddress,
    SlashMissing,
    parse_address,
)
from annotation_store.http.aliases import follow_alias
from annotation_store.http.annotations import Annotations
from annotation_store.http.callers import CallerSource
from annotation_store.http.canvases import CanvasSource, NoCanvases
from annotation_store.http.codings import code
from annotation_store.http.containers import Containers
from annotation_store.http.exchange import Answer, Exchange, Receive, Scope, Send, StreamedAnswer
from annotation_store.http.headers import (
    ANNOTATION_HEADERS,
    CONTAINER_HEADERS,
    CORS_HEADERS,
    PAGE_HEADERS,
    PREFLIGHT_HEADERS,
    ROOT_HEADERS,
    part_headers,
)
from annotation_store.http.health import read_health
from annotation_store.http.iiif import Iiif
from annotation_store.http.iiif_addresses import (
    IiifAddress,
    LayerAddress,
    LayerPageAddress,
    SearchAddress,
    is_iiif_path,
    parse_iiif_address,
)
from annotation_store.http.iiif_answers import IIIF_HEADERS
from annotation_store.http.openapi import ALONE, DESCRIPTION
from annotation_store.http.options import StoreOptions
from annotation_store.http.parts import Parts
from annotation_store.http.problems import answer_exception
from annotation_store.http.search import Searches, is_search
from annotation_store.http.service import StoreService, open_service
from annotation_store.store_errors import (
    MethodNotAllowedError,
    StoreUnavailableError,
    UnknownAnnotationError,
    UnknownPathError,
)
from config.openapi import PATH, build_description


class AnnotationsApp:
    """`/annotations/…`, `/iiif/annotations/…`, `/iiif/search/…` and `/health`; everything else is 404."""

    def __init__(self, service: StoreService) -> None:
        self.service = service
        self._annotations = Annotations(service)
        self._containers = Containers(service)
        self._searches = Searches(service)
        self._iiif = Iiif(service)
        self._parts = Parts(service, self._annotations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; in the protocol's lifespan the database is opened and closed."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        exchange = Exchange(scope, receive, self.service.callers.base_url(scope))
        raw_path: bytes = scope["raw_path"].partition(b"?")[0]
        path = raw_path.decode("ascii", "replace")
        address = parse_address(path) or parse_iiif_address(path)
        try:
            answer = await self._answer(exchange, address, raw_path)
        except Exception as exc:  # every one has its answer
            answer = answer_exception(exchange, exc)
        if isinstance(answer, StreamedAnswer):
            answer.headers = {**_base_headers(address, exchange), **CORS_HEADERS, **answer.headers}
            await answer.send(exchange, send)
            return
        answer.headers = {**_base_headers(address, exchange), **CORS_HEADERS, **answer.headers}
        if isinstance(address, ContainerAddress | RootAddress) and exchange.method in ("GET", "HEAD"):
            # Refusals too: all answers to GET and HEAD have one (Web Annotation Protocol §4.1).
            answer.headers.setdefault("etag", format_tag(hashlib.sha256(answer.body).hexdigest()[:32]))
        code(exchange, answer)
        await answer.send(send, with_body=exchange.method != "HEAD")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                await self.service.open()
            else:
                await self.service.close()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return

    async def _answer(
        self, exchange: Exchange, address: Address | IiifAddress | None, raw_path: bytes
    ) -> Answer | StreamedAnswer:
        if raw_path == PATH.encode():
            return read_description(exchange, self.service)
        if raw_path == b"/health":
            return await read_health(exchange, self.service)
        if exchange.method == "OPTIONS" and address is not None:
            return await self._options(address)
        match address:
            case AnnotationAddress():
                return await self._on_annotation_or_alias(exchange, address)
            case AliasAddress(container, alias):
                return await follow_alias(exchange, self.service, container, alias)
            case ContainerAddress(name):
                return await self._on_container(exchange, name)
            case RootAddress():
                return await self._on_root(exchange)
            case AnnotationPart() | ContainerPart():
                return await self._parts.answer(exchange, address)
            case LayerAddress() | LayerPageAddress() | SearchAddress():
                return await self._iiif.answer(exchange, address)
            case SlashMissing(path):
                return Answer(308, {"location": exchange.base_url + path})
            case None:
                raise UnknownPathError

    async def _on_annotation_or_alias(self, exchange: Exchange, address: AnnotationAddress) -> Answer:
        try:
            return await self._on_annotation(exchange, address)
        except UnknownAnnotationError as exc:
            try:
                return await follow_alias(exchange, self.service, address.container, address.name)
            except UnknownAnnotationError:
                raise exc from None

    async def _on_annotation(self, exchange: Exchange, address: AnnotationAddress) -> Answer:
        match exchange.method:
            case "GET" | "HEAD":
                return await self._annotations.read(exchange, address)
            case "PUT":
                return await self._annotations.replace(exchange, address)
            case "DELETE":
                return await self._annotations.delete(exchange, address)
            case method:
                raise MethodNotAllowedError(method)

    async def _on_container(self, exchange: Exchange, name: str) -> Answer:
        match exchange.method:
            case "GET" | "HEAD" if is_search(exchange, ("iris", "page")):
                return await self._searches.container(exchange, name)
            case "GET" | "HEAD":
                return await self._containers.read(exchange, name)
            case "POST" if not exchange.scope["query_string"]:
                return await self._annotations.create(exchange, name)
            case "PUT":
                return await self._containers.replace(exchange, name)
            case "DELETE":
                return await self._containers.delete(exchange, name)
            case method:
                raise MethodNotAllowedError(method)

    async def _on_root(self, exchange: Exchange) -> Answer:
        match exchange.method:
            case "GET" | "HEAD" if is_search(exchange, ("after",)):
                return await self._searches.everywhere(exchange)
            case "GET" | "HEAD":
                return await self._containers.list_all(exchange)
            case "POST" if not exchange.scope["query_string"]:
                return await self._containers.create(exchange)
            case method:
                raise MethodNotAllowedError(method)

    async def _options(self, address: Address | IiifAddress) -> Answer:
        """200 for whoever asks: browsers ask before they send their token (Fetch §3.2.2)."""
        headers = dict(PREFLIGHT_HEADERS)
        if isinstance(address, ContainerAddress):
            try:
                tag = await self._containers.tag_for_anybody(address.name)
            except StoreUnavailableError:  # a preflight says nothing about that
                tag = None
            if tag is not None:
                headers["etag"] = format_tag(tag)
        return Answer(200, headers)


def create_annotations_app(
    database_url: str, callers: CallerSource, options: StoreOptions, canvases: CanvasSource | None = None
) -> AnnotationsApp:
    """The store over that database; its schema must be there (`annotation_store.migrate`)."""
    return AnnotationsApp(open_service(database_url, callers, canvases or NoCanvases(), options))


def is_annotations_path(path: str) -> bool:
    """Whether a path is the store's, where it shares a server with others."""
    return path == PREFIX or path.startswith(f"{PREFIX}/") or is_iiif_path(path)


def _base_headers(address: Address | IiifAddress | None, exchange: Exchange) -> dict[str, str]:
    match address:
        case RootAddress():
            return ROOT_HEADERS
        case ContainerAddress():
            page = exchange.scope["query_string"] and exchange.method not in ("GET", "HEAD")
            return {**CONTAINER_HEADERS, "allow": PAGE_HEADERS["allow"]} if page else CONTAINER_HEADERS
        case AnnotationAddress() | AliasAddress():
            return ANNOTATION_HEADERS
        case ContainerPart(part=part):
            return part_headers(part, None)
        case AnnotationPart(part=part, number=number):
            return part_headers(part, number)
        case LayerAddress() | LayerPageAddress() | SearchAddress():
            return IIIF_HEADERS
        case _:
            return {}


def read_description(exchange: Exchange, service: StoreService) -> Answer:
    """GET /openapi.json of a store that runs by itself. Raises MethodNotAllowedError."""
    if not exchange.reads:
        raise MethodNotAllowedError(exchange.method)
    body = build_description(service.options.version, exchange.base_url, (DESCRIPTION, ALONE))
    return Answer(200, {"content-type": "application/json", "cache-control": "no-cache"}, body)
