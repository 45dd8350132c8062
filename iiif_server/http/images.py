"""`/iiif/3/…` and `/iiif/2/…`: Image API 3.0 and 2.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from iiif_server.adopted_plan import plan_answer, plan_computed
from iiif_server.canonical import canonical_path
from iiif_server.changes import ChangeMarks
from iiif_server.encoders import MEDIA_TYPES
from iiif_server.errors import ChangedImageError, DamagedImageError, DeletedImageError, RenderCancelledError
from iiif_server.geometry import Box, Limits, ResolvedImage, resolve_request
from iiif_server.grammar import format_name, parse_request
from iiif_server.grants import GrantSource
from iiif_server.http.access import load_checked
from iiif_server.http.clients import ClientGoneError, while_connected
from iiif_server.http.documents import DocumentKind, answer_document
from iiif_server.http.headers import CORS, cache_control, is_not_modified, make_etag, validators_of
from iiif_server.http.known_tiles import KnownTile, KnownTiles, split_tile_path
from iiif_server.http.linked_kinds import LinkedKind, split_link
from iiif_server.http.messages import Call, HeaderList, Made, Response
from iiif_server.http.negotiation import JSON, JSON_LD
from iiif_server.info import CONTEXTS, PROFILES, build_info
from iiif_server.plan import Render, TileCopy
from iiif_server.published import PublishedImage
from iiif_server.renders import Renderer, RenderTimes
from iiif_server.request import BaseRequest, Format, ImageName, ImageRequest, InfoRequest, Request, Version
from iiif_server.source import ImageSource
from iiif_server.tile_kinds import build_tile_kind
from iiif_server.tiles import TileReader, locate_tile
from storage.errors import ObjectNotFoundError

PREFIXES = {Version.V3: "/iiif/3/", Version.V2: "/iiif/2/"}

# Part of every ETag: to be raised with every change that makes other bytes of the same request.
RENDERER_VERSION = b"2"

_INFO = {
    Version.V3: DocumentKind(CONTEXTS[Version.V3], (JSON_LD, JSON), has_profile=True),
    Version.V2: DocumentKind(CONTEXTS[Version.V2], (JSON, JSON_LD), has_profile=False),
}


@dataclass(frozen=True, slots=True)
class ImageParts:
    """What an ImageEndpoint works with."""

    source: ImageSource
    grants: GrantSource
    tiles: TileReader
    renderer: Renderer
    limits: Limits
    changes: ChangeMarks
    cache_max_age_s: int
    known_kinds: int


class ImageEndpoint:
    """Answers image requests, info.json and the redirect to it."""

    def __init__(self, parts: ImageParts) -> None:
        self._parts = parts
        self.known_tiles = KnownTiles(parts.source, parts.tiles, parts.known_kinds)

    async def answer(self, call: Call, version: Version) -> Response:
        """The response. Raises the errors of the image server and of the store; ClientGoneError."""
        tile_path = split_tile_path(call.raw_path)
        tile = self.known_tiles.find(call.base_url, tile_path) if tile_path else None
        if tile is not None:
            try:
                return await self._send_tile(call, tile)
            except (ObjectNotFoundError, ChangedImageError):
                self._parts.source.forget(tile.kind.image.identifier)
        path = call.raw_path[len(PREFIXES[version]) :].decode("latin-1")
        return await self._answer_again_if_replaced(call, parse_request(version, path))

    async def _answer_again_if_replaced(self, call: Call, request: Request) -> Response:
        """A revision may be purged while it is read, an adopted file be replaced: then the record is read again."""
        try:
            return await self._answer_request(call, request)
        except (ObjectNotFoundError, ChangedImageError):
            self._parts.source.forget(request.name.identifier)
        try:
            return await self._answer_request(call, request)
        except ObjectNotFoundError as exc:
            raise DamagedImageError(f"{exc.key} is missing, though the record knows it") from exc
        except ChangedImageError:
            await self._tell_change(request.name)
            raise

    async def _tell_change(self, name: ImageName) -> None:
        """Has an adopted file indexed anew. Raises DeletedImageError where that is done, and `name` is of before."""
        image = await self._parts.source.load(name)
        current = image.record.revision
        if current is not None and current.name != image.revision.name:
            raise DeletedImageError("This revision lay in a file that has been changed since.")
        await self._parts.changes.put(image.identifier, image.revision.name)

    async def _answer_request(self, call: Call, request: Request) -> Response:
        image = await load_checked(call, self._parts.source, self._parts.grants, request.name)
        match request:
            case ImageRequest():
                return await self._answer_image(call, request, image)
            case InfoRequest():
                return self._answer_info(call, request, image)
            case BaseRequest():
                return self._redirect(call, request, image)
            case _:
                assert_never(request)

    def _answer_info(self, call: Call, request: InfoRequest, image: PublishedImage) -> Response:
        service_id = _service_id(call, request)
        document = build_info(
            request.version, service_id, image.revision, self._parts.limits, rights=image.record.rights
        )
        # Limits and rights may change while the pixels stay, so that not even a pinned info.json is immutable.
        caching = self._caching(image, immutable=False)
        return answer_document(call, _INFO[request.version], document, image.revision, caching)

    def _redirect(self, call: Call, request: BaseRequest, image: PublishedImage) -> Response:
        location = f"{_service_id(call, request)}/info.json".encode()
        caching = self._caching(image, immutable=False)
        return Response(303, [(b"location", location), (b"content-length", b"0"), (b"cache-control", caching), *CORS])

    async def _answer_image(self, call: Call, request: ImageRequest, image: PublishedImage) -> Response:
        revision = image.revision
        resolved = resolve_request(
            request,
            revision.width,
            revision.height,
            self._parts.limits,
            revision.tile_width,
            revision.tile_height,
        )
        link = self._link(call, request, resolved, image)
        match plan_answer(resolved, revision) if image.composite is None else plan_computed(resolved, revision):
            case TileCopy() as plan:
                tile = await self._find_tile(call, image, plan, link, resolved.region)
                return await self._send_tile(call, tile)
            case Render() as plan:
                return await self._send_render(call, image, plan, link)
            case never:
                assert_never(never)

    async def _find_tile(
        self, call: Call, image: PublishedImage, plan: TileCopy, link: bytes, region: Box
    ) -> KnownTile:
        """The tile; if it is public, those of its kind will be found without coming here."""
        entry = await self._parts.source.load_entry(image, plan.entry_number)
        kind = LinkedKind(
            image,
            build_tile_kind(plan, region, image.revision),
            self._headers(image, Format.JPG),
            b"%b-%b-" % (image.content_name.encode(), RENDERER_VERSION),
            *split_link(link, region),
        )
        path = split_tile_path(call.raw_path)
        if path is not None and image.record.access == "public":
            self.known_tiles.keep(call.base_url, path, kind)
        return KnownTile(kind, plan.entry_number, locate_tile(image, entry, plan.entry_number), link)

    async def _send_tile(self, call: Call, tile: KnownTile) -> Response:
        if b"if-none-match" in call.headers and _has_already(call, tile.etag):
            return Response(304, validators_of(tile.headers), kind="tile")
        made: Made = "cache" if self._parts.tiles.is_kept(tile.location) else "copy"
        body = b"" if call.is_head else await self._parts.tiles.read(tile.location)
        return Response(200, tile.headers, body, kind="tile", made=made)

    async def _send_render(self, call: Call, image: PublishedImage, plan: Render, link: bytes) -> Response:
        key = _render_key(image, plan.image)
        etag = make_etag(RENDERER_VERSION, key.encode())
        headers = [*self._headers(image, plan.image.format), (b"etag", etag), (b"link", link)]
        if _has_already(call, etag):
            return Response(304, validators_of(headers))
        times, renderer = RenderTimes(), self._parts.renderer
        if renderer.is_brief(image, plan):
            try:
                body = await renderer.render(image, plan, key, times, call.has_gone)
            except RenderCancelledError:
                raise ClientGoneError from None
        else:
            body = await while_connected(call.receive, renderer.render(image, plan, key, times))
        headers.append((b"content-length", b"%d" % len(body)))
        return Response(200, headers, body, made="cache" if times.kept else "computed", times=times)

    def _headers(self, image: PublishedImage, form: Format) -> HeaderList:
        """What all answers in one format about one image have in common."""
        return [
            (b"content-type", MEDIA_TYPES[form].encode()),
            (b"cache-control", self._caching(image, immutable=image.pinned)),
            *CORS,
        ]

    def _link(self, call: Call, request: ImageRequest, resolved: ResolvedImage, image: PublishedImage) -> bytes:
        """The Link header: canonical URI and profile (Image API 3.0 §4.8, §6)."""
        revision = image.revision
        canonical = canonical_path(
            resolved,
            request.version,
            revision.width,
            revision.height,
            self._parts.limits,
            channels=revision.channels,
            tile_width=revision.tile_width,
            tile_height=revision.tile_height,
        )
        uri, profile = f"{_service_id(call, request)}/{canonical}", PROFILES[request.version]
        return f'<{uri}>;rel="canonical", <{profile}>;rel="profile"'.encode()

    def _caching(self, image: PublishedImage, *, immutable: bool) -> bytes:
        return cache_control(image.record, immutable=immutable, max_age_s=self._parts.cache_max_age_s)


def _service_id(call: Call, request: Request) -> str:
    return f"{call.base_url}{PREFIXES[request.version]}{format_name(request.name)}"


def _render_key(image: PublishedImage, resolved: ResolvedImage) -> str:
    """Names the bytes of an answer: equal for every spelling of a request, in both versions of the API."""
    box = resolved.region
    return (
        f"{image.content_name}/{box.x},{box.y},{box.width},{box.height}/{resolved.width},{resolved.height}/"
        f"{'!' if resolved.mirrored else ''}{resolved.angle_deg}/{resolved.quality}.{resolved.format}"
    )


def _has_already(call: Call, etag: bytes) -> bool:
    if b"if-none-match" not in call.headers:
        return False
    return is_not_modified(call.header(b"if-none-match") or "", etag)
