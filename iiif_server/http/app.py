"""The image server as a plain ASGI application, put together from its parts.

No router stands before a tile: routing works on the decoded path, which has lost %2F, and costs a fifth of the rate.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyvips
from starlette.types import ASGIApp, Receive, Scope, Send

from config.metrics import Samples, merge_samples
from config.openapi import PATH as OPENAPI_PATH
from config.openapi import build_description
from config.problems import problem_for_status
from iiif_server.admission import Admission
from iiif_server.changes import ChangeMarks
from iiif_server.counted_reads import CountedReads
from iiif_server.grants import GrantSource
from iiif_server.http.clients import ClientGoneError
from iiif_server.http.compression import compress_problem
from iiif_server.http.counting import AnswerCounts
from iiif_server.http.headers import ALLOW, CORS, NO_STORE, PREFLIGHT
from iiif_server.http.images import PREFIXES, ImageEndpoint, ImageParts
from iiif_server.http.known_tiles import KnownTiles
from iiif_server.http.lifespan import run_lifespan
from iiif_server.http.messages import Call, Response, read_raw_path, send_response
from iiif_server.http.metrics import answer_metrics
from iiif_server.http.numbers import admission_samples, cache_samples
from iiif_server.http.openapi import ALONE, DESCRIPTION
from iiif_server.http.options import DiskCache, ServerOptions
from iiif_server.http.origin import Origin
from iiif_server.http.presentation import PREFIX as PRESENTATION_PREFIX
from iiif_server.http.presentation import PresentationEndpoint
from iiif_server.http.problems import answer_exception, answer_problem
from iiif_server.http.server_timing import NAME as SERVER_TIMING
from iiif_server.http.server_timing import format_timing
from iiif_server.layout import TOKENS_KEY, is_immutable
from iiif_server.renders import Renderer, RenderParts
from iiif_server.request import Version
from iiif_server.source import ImageSource
from iiif_server.tiles import TileReader
from storage.adopted import AdoptedObjects
from storage.disk_cache import DiskCachedReader
from storage.errors import ObjectNotFoundError
from storage.ports import AdoptedReader, RangeReader

RENDER_NICENESS = 5

_V3 = PREFIXES[Version.V3].encode()
_V2 = PREFIXES[Version.V2].encode()
_PRESENTATION = PRESENTATION_PREFIX.encode()


def create_app(
    store: RangeReader,
    options: ServerOptions,
    fallback: ASGIApp | None = None,
    adopted: AdoptedReader | None = None,
    process: Callable[[], Samples] = dict,
) -> ImageServer:
    """The application. What lies outside /iiif/3, /iiif/2 and /iiif/presentation/3 goes to `fallback`, lifespan
    events too; without one there are /openapi.json, /health and /metrics, which tells of the `process` too. Adopted
    images are read through `adopted`; without it they are away. Store and `adopted` are closed when the application
    shuts down.
    """
    # Small results come faster from several threads than from the threads inside libvips, and a cache of its
    # operations would only hold on to memory: no two renders are alike.
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)
    return ImageServer(store, options, fallback, adopted or AdoptedObjects(()), process)


def _give_way() -> None:
    """Lets the thread of the event loop, which sends tiles, go before this one. (Linux nices single threads.)"""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # Whoever runs at a lower priority already may not raise it.
        os.setpriority(os.PRIO_PROCESS, thread, max(RENDER_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def _open_cache(reads: RangeReader, cache: DiskCache) -> DiskCachedReader:
    return DiskCachedReader(reads, cache.folder, cache.capacity_bytes, name=cache.name, is_immutable=is_immutable)


def _answer_json(body: bytes, cache_control: bytes) -> Response:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", cache_control),
        *CORS,
    ]
    return Response(200, headers, body)


class ImageServer:
    """The ASGI application that create_app makes."""

    def __init__(
        self,
        store: RangeReader,
        options: ServerOptions,
        fallback: ASGIApp | None,
        adopted: AdoptedReader,
        process: Callable[[], Samples],
    ) -> None:
        self._store = store
        self._reads = CountedReads(store)
        self._adopted = adopted
        self._options = options
        self._fallback = fallback
        self._process = process
        self._origin = Origin(options.public_url, options.trust)
        self._threads = ThreadPoolExecutor(options.render_threads, thread_name_prefix="render", initializer=_give_way)
        self._disk_cache = None if options.disk_cache is None else _open_cache(self._reads, options.disk_cache)
        self._source = ImageSource(
            self._disk_cache or self._reads,
            record_ttl_s=options.record_ttl_s,
            record_cache_entries=options.record_cache_entries,
            index_cache_bytes=options.index_cache_bytes,
        )
        self._grants = grants = GrantSource(self._reads, ttl_s=options.record_ttl_s)
        self._admission = Admission(
            slots=options.render_threads,
            queue=options.render_queue,
            capacity_bytes=options.render_memory_bytes,
        )
        self._answers = AnswerCounts()
        self._parts = self._image_parts(grants)
        self._images = ImageEndpoint(self._parts)
        self._presentation = PresentationEndpoint(self._source, grants, options)

    def _image_parts(self, grants: GrantSource) -> ImageParts:
        options = self._options
        tiles = TileReader(self._disk_cache or self._reads, options.tile_cache_bytes, self._adopted)
        return ImageParts(
            source=self._source,
            grants=grants,
            tiles=tiles,
            renderer=Renderer(
                RenderParts(
                    *(self._source, tiles, self._admission, self._threads),
                    cache_bytes=options.render_cache_bytes,
                    whole_cache_bytes=options.whole_cache_bytes,
                )
            ),
            limits=options.limits,
            changes=ChangeMarks(self._store),
            cache_max_age_s=options.cache_max_age_s,
            known_kinds=options.known_kinds,
        )

    def base_url(self, scope: Scope) -> str:
        """The URL under which whoever sent this request sees the server."""
        return self._origin.base_url(scope, dict(scope["headers"]))

    @property
    def known_tiles(self) -> KnownTiles:
        """Public tiles that a protocol may send without asking any further."""
        return self._images.known_tiles

    def samples(self) -> Samples:
        """Everything that is counted here. May be called from any thread."""
        caches = dict(self._source.caches)
        by_bytes = {"indexes": caches.pop("indexes"), "renders": self._parts.renderer.cache}
        if self._parts.tiles.cache is not None:
            by_bytes["tiles"] = self._parts.tiles.cache
        return merge_samples(
            (
                self._answers.samples(),
                self.known_tiles.samples(),
                cache_samples(caches, by_bytes),
                admission_samples(self._admission),
                self._reads.samples(),
                self._process(),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        match scope["type"]:
            case "http":
                await self._serve(scope, receive, send)
            case "lifespan":
                await run_lifespan(scope, receive, send, self._fallback, self._close)
            case _ if self._fallback is not None:
                await self._fallback(scope, receive, send)
            case "websocket":
                await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = read_raw_path(scope)
        is_ours = raw_path.startswith((_V3, _V2, _PRESENTATION))
        if not is_ours and self._fallback is not None:
            await self._fallback(scope, receive, send)
            return
        headers = dict(scope["headers"])
        began = time.perf_counter()
        call = Call(scope, receive, raw_path, headers, self._origin.base_url(scope, headers))
        try:
            response = await self._answer(call)
        except ClientGoneError:
            return
        except Exception as exc:
            response = answer_exception(exc, raw_path)
        response = compress_problem(call, response)
        duration_s = time.perf_counter() - began
        self._answers.count(raw_path, response, is_head=call.is_head, duration_s=duration_s)
        timing = format_timing(response, duration_s)
        # A new list: the headers of a tile are shared by all of its kind.
        response.headers = [*response.headers, (SERVER_TIMING, timing)]
        await send_response(response, send, head=call.is_head)

    async def _answer(self, call: Call) -> Response:
        match call.scope["method"]:
            case "GET" | "HEAD":
                return await self._answer_get(call)
            case "OPTIONS":
                return Response(204, list(PREFLIGHT))
            case method:
                problem = problem_for_status(405, f"{method} is not offered here.")
                response = answer_problem(problem)
                response.headers.append((b"allow", ALLOW))
                return response

    async def _answer_get(self, call: Call) -> Response:
        if call.raw_path.startswith(_V3):
            return await self._images.answer(call, Version.V3)
        if call.raw_path.startswith(_V2):
            return await self._images.answer(call, Version.V2)
        if call.raw_path.startswith(_PRESENTATION):
            return await self._presentation.answer(call)
        if call.raw_path == b"/health":
            return await self._answer_health()
        if call.raw_path == OPENAPI_PATH.encode():
            return self._answer_description(call)
        if call.raw_path == b"/metrics":
            return await answer_metrics(call, self._grants, self.samples)
        return answer_problem(problem_for_status(404, "There is nothing under this path."))

    async def _answer_health(self) -> Response:
        """200 where storage answers; StorageUnavailableError goes its way to a 503."""
        with contextlib.suppress(ObjectNotFoundError):
            await self._store.fetch(TOKENS_KEY)
        document = {"status": "ok", "version": self._options.version, "commit": self._options.commit}
        return _answer_json(json.dumps(document).encode(), NO_STORE)

    def _answer_description(self, call: Call) -> Response:
        """What this server answers where it stands alone."""
        body = build_description(self._options.version, call.base_url, (DESCRIPTION, ALONE))
        return _answer_json(body, b"no-cache")

    async def _close(self) -> None:
        await self._source.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._adopted.aclose()
        if self._disk_cache is not None:
            await self._disk_cache.aclose()
        await self._store.aclose()
