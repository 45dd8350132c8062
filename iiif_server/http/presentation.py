"""`/iiif/presentation/3/{id}/manifest`: Presentation API 3.0."""

from __future__ import annotations

import dataclasses

from iiif_server.errors import InvalidRequestError, UnknownImageError
from iiif_server.geometry import Limits
from iiif_server.grammar import format_name, parse_name
from iiif_server.grants import GrantSource
from iiif_server.http.access import check_call
from iiif_server.http.documents import DocumentKind, answer_document
from iiif_server.http.headers import cache_control
from iiif_server.http.messages import Call, Response
from iiif_server.http.negotiation import JSON, JSON_LD
from iiif_server.manifest import CONTEXT, build_manifest
from iiif_server.request import ImageName
from iiif_server.source import ImageSource

PREFIX = "/iiif/presentation/3/"

_MANIFEST = DocumentKind(CONTEXT, (JSON_LD, JSON), has_profile=True)


class PresentationEndpoint:
    """Answers with the manifests of single images."""

    def __init__(self, source: ImageSource, grants: GrantSource, limits: Limits, cache_max_age_s: int) -> None:
        self._source = source
        self._grants = grants
        self._limits = limits
        self._cache_max_age_s = cache_max_age_s

    async def answer(self, call: Call) -> Response:
        """The manifest. Raises UnknownImageError and the other errors of the image server."""
        name = _parse_path(call.raw_path)
        image = await self._source.load(name)
        await check_call(call, image.record, self._grants)
        record = dataclasses.replace(image.record, revision=image.revision)
        pinned = format_name(ImageName(name.identifier, image.revision.name))
        document = build_manifest(
            record,
            f"{call.base_url}{PREFIX}{format_name(name)}/manifest",
            f"{call.base_url}/iiif/3/{pinned}",
            f"{call.base_url}/iiif/2/{pinned}",
            self._limits,
        )
        # Label and rights may change while the pixels stay, so that not even a pinned manifest is immutable.
        caching = cache_control(image.record, immutable=False, max_age_s=self._cache_max_age_s)
        return answer_document(call, _MANIFEST, document, image.revision, caching)


def _parse_path(raw_path: bytes) -> ImageName:
    path = raw_path.decode("latin-1")
    if not path.isascii():
        raise InvalidRequestError("path", "The path must be percent-encoded ASCII.")
    name, slash, document = path.removeprefix(PREFIX).partition("/")
    if not slash or document != "manifest":
        raise UnknownImageError("There is no such document; a manifest ends in /manifest.")
    return parse_name(name)
