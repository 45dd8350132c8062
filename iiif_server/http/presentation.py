"""`/iiif/presentation/3/{id}/manifest`: Presentation API 3.0."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from iiif_server.caches import BoundedCache
from iiif_server.errors import DamagedImageError, InvalidRequestError, UnknownImageError
from iiif_server.grammar import parse_name
from iiif_server.grants import GrantSource
from iiif_server.http.access import load_checked
from iiif_server.http.documents import DocumentKind, PackedDocument, answer_document, answer_packed
from iiif_server.http.headers import cache_control
from iiif_server.http.messages import Call, Response
from iiif_server.http.negotiation import JSON, JSON_LD
from iiif_server.http.options import ServerOptions
from iiif_server.info import JsonObject
from iiif_server.manifest import CONTEXT, ManifestPlace, build_manifest
from iiif_server.parts import Part
from iiif_server.published import PublishedImage
from iiif_server.record import Record, Revision
from iiif_server.request import ImageName
from iiif_server.source import ImageSource
from storage.errors import ObjectNotFoundError

PREFIX = "/iiif/presentation/3/"

_MANIFEST = DocumentKind(CONTEXT, (JSON_LD, JSON), has_profile=True)


# Manifests of so many canvases are made in a thread, and kept.
_MANY_PARTS = 32
KEPT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    """A manifest, and the record and revision that it was made of."""

    record: Record
    revision: Revision
    packed: PackedDocument


class PresentationEndpoint:
    """Answers with the manifests of single images. Large ones are kept, compressed, up to KEPT_BYTES."""

    def __init__(self, source: ImageSource, grants: GrantSource, options: ServerOptions) -> None:
        self._source = source
        self._grants = grants
        self._options = options
        self._kept: BoundedCache[ManifestPlace, _Kept] = BoundedCache(
            KEPT_BYTES, lambda kept: len(kept.packed.gzipped)
        )

    async def answer(self, call: Call) -> Response:
        """The manifest. Raises UnknownImageError and the other errors of the image server."""
        name = _parse_path(call.raw_path)
        try:
            return await self._answer(call, name)
        except ObjectNotFoundError:  # a revision may be purged while it is read
            self._source.forget(name.identifier)
        try:
            return await self._answer(call, name)
        except ObjectNotFoundError as exc:
            raise DamagedImageError(f"{exc.key} is missing, though the record knows it") from exc

    async def _answer(self, call: Call, name: ImageName) -> Response:
        image = await load_checked(call, self._source, self._grants, name)
        store = self._options.annotations
        links = None if store is None else store.links(call.base_url)
        place = ManifestPlace(name, call.base_url, self._options.limits, links)
        # Label and rights may change while the pixels stay, so that not even a pinned manifest is immutable.
        caching = cache_control(image.record, immutable=False, max_age_s=self._options.cache_max_age_s)
        shows_all = name == name.first_picture
        if shows_all and image.revision.part_count > _MANY_PARTS:
            packed = await self._pack(image, place)
            return answer_packed(call, _MANIFEST, packed, image.revision, caching)
        parts = await self._source.load_parts(image) if shows_all else ()
        return answer_document(call, _MANIFEST, _build(image, place, parts), image.revision, caching)

    async def _pack(self, image: PublishedImage, place: ManifestPlace) -> PackedDocument:
        kept = self._kept.get(place)
        if kept is not None and kept.record is image.record and kept.revision is image.revision:
            return kept.packed
        parts = await self._source.load_parts(image)
        packed = await asyncio.to_thread(lambda: PackedDocument.pack(_build(image, place, parts)))
        self._kept.put(place, _Kept(image.record, image.revision, packed))
        return packed


def _build(image: PublishedImage, place: ManifestPlace, parts: Sequence[Part]) -> JsonObject:
    record = dataclasses.replace(image.record, revision=image.revision)
    return build_manifest(record, place, parts)


def _parse_path(raw_path: bytes) -> ImageName:
    path = raw_path.decode("latin-1")
    if not path.isascii():
        raise InvalidRequestError("path", "The path must be percent-encoded ASCII.")
    name, slash, document = path.removeprefix(PREFIX).partition("/")
    if not slash or document != "manifest":
        raise UnknownImageError("There is no such document; a manifest ends in /manifest.")
    return parse_name(name)
