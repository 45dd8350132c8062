"""info.json: what an image service says of itself. PURE.

Image API 3.0 §5 and 2.1 §5. Everything that is listed works, and nothing beyond the limits is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iiif_server.geometry import Limits
from iiif_server.physdim import build_physdim
from iiif_server.record import Revision
from iiif_server.request import Format, Quality, Version

JsonValue = Mapping[str, "JsonValue"] | Sequence["JsonValue"] | str | int | float | bool | None
JsonObject = dict[str, JsonValue]

PROTOCOL = "http://iiif.io/api/image"
CONTEXTS = {
    Version.V2: "http://iiif.io/api/image/2/context.json",
    Version.V3: "http://iiif.io/api/image/3/context.json",
}
PROFILES = {
    Version.V2: "http://iiif.io/api/image/2/level2.json",
    Version.V3: "http://iiif.io/api/image/3/level2.json",
}
"""The profile documents, for Link headers too (3.0 §6); inside a 3.0 info.json the word `level2` stands for it."""

_LEVEL_2_FORMATS = frozenset({Format.JPG, Format.PNG})
# Optional at level 2: compliance documents of 3.0 and 2.1, §3 and §4.
_EXTRA_FEATURES = ("canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary")


def build_info(
    version: Version, service_id: str, revision: Revision, limits: Limits, *, rights: str | None = None
) -> JsonObject:
    """The document for the service `service_id` (its base URI, without a slash at the end)."""
    if version is Version.V2:
        return _build_info_2(service_id, revision, limits, rights)
    return _build_info_3(service_id, revision, limits, rights)


def _build_info_3(service_id: str, revision: Revision, limits: Limits, rights: str | None) -> JsonObject:
    extra_features = [*_EXTRA_FEATURES, *(["sizeUpscaling"] if offers_upscaling(limits) else [])]
    info: JsonObject = {
        "@context": CONTEXTS[Version.V3],
        "id": service_id,
        "type": "ImageService3",
        "protocol": PROTOCOL,
        "profile": "level2",
        "width": revision.width,
        "height": revision.height,
        **_limits(limits),
        **_sizes_and_tiles(revision, limits),
        # The stored tiles are JPEG: whatever else a viewer asks for is computed.
        "preferredFormats": [Format.JPG.value],
        "extraQualities": _qualities(revision),
        "extraFormats": [format_.value for format_ in Format if format_ not in _LEVEL_2_FORMATS],
        "extraFeatures": extra_features,
    }
    return info | _physdim(revision, service_id) | ({} if rights is None else {"rights": rights})


def _build_info_2(service_id: str, revision: Revision, limits: Limits, rights: str | None) -> JsonObject:
    supports = [*_EXTRA_FEATURES, "regionSquare", *(["sizeAboveFull"] if offers_upscaling(limits) else [])]
    profile: JsonObject = {
        "formats": [format_.value for format_ in Format],
        "qualities": [Quality.DEFAULT.value, *_qualities(revision)],
        **_limits(limits),
        "supports": supports,
    }
    info: JsonObject = {
        "@context": CONTEXTS[Version.V2],
        "@id": service_id,
        "protocol": PROTOCOL,
        "width": revision.width,
        "height": revision.height,
        **_sizes_and_tiles(revision, limits),
        "profile": [PROFILES[Version.V2], profile],
    }
    return info | _physdim(revision, None) | ({} if rights is None else {"license": rights})


def _physdim(revision: Revision, subject_id: str | None) -> JsonObject:
    """A list is allowed in both versions (3.0 §5.8, 2.1 §5.4)."""
    service = build_physdim(revision.pixel_size_mm, subject_id)
    return {} if service is None else {"service": [service]}


def offers_upscaling(limits: Limits) -> bool:
    """Whether enlarging is offered: only with a bound (3.0 §5.7, 2.1 §10)."""
    return limits.upscaling and (limits.max_width is not None or limits.max_area is not None)


def _limits(limits: Limits) -> JsonObject:
    named = {"maxWidth": limits.max_width, "maxHeight": limits.max_height, "maxArea": limits.max_area}
    return {name: value for name, value in named.items() if value is not None}


def _sizes_and_tiles(revision: Revision, limits: Limits) -> JsonObject:
    """The levels that really exist, ascending, and their tiles; a list that would be empty is left out."""
    if revision.adopted is None or revision.adopted.is_whole:
        stored = [(level.width, level.height) for level in revision.levels]
    else:
        stored = [(level.width, level.height) for level in revision.adopted.levels]
    sizes = [{"width": width, "height": height} for width, height in reversed(stored) if limits.allow(width, height)]
    tile = {"width": revision.tile_width}
    if revision.tile_height != revision.tile_width:
        tile["height"] = revision.tile_height
    scales = [level.scale for level in revision.levels]
    found: JsonObject = {"sizes": sizes} if sizes else {}
    if limits.allow(revision.tile_width, revision.tile_height):
        found["tiles"] = [{**tile, "scaleFactors": scales}]
    return found


def _qualities(revision: Revision) -> list[str]:
    """Beside `default`; `color` works on a gray image too, but is not to be listed (3.0 §4.4)."""
    own = [Quality.COLOR.value] if revision.channels == "rgb" else []
    return [*own, Quality.GRAY.value, Quality.BITONAL.value]
