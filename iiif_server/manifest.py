"""The manifest of one image: a canvas for each of its pictures, painted with the image in its pinned revision. PURE.

Presentation API 3.0 §3, §5. A manifest names the pinned services, so that whatever was cited stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iiif_server.canvas_names import format_canvas, format_manifest
from iiif_server.composite import RGB
from iiif_server.geometry import Limits, max_size
from iiif_server.grammar import format_name
from iiif_server.grid import Box
from iiif_server.info import PROFILES, JsonObject
from iiif_server.manifest_annotations import AnnotationLinks, link_pages, link_searches
from iiif_server.manifest_metadata import bilingual, build_metadata
from iiif_server.parts import Part, PartName, Plane, read_part_name
from iiif_server.physdim import build_physdim
from iiif_server.record import Record, Revision
from iiif_server.rendering import Look, Rendering
from iiif_server.request import ImageName, Version

CONTEXT = "http://iiif.io/api/presentation/3/context.json"

MAX_CHOICES = 16_384
"""So many channels are offered one by one, of all canvases together: a manifest has to stay within bounds."""


@dataclass(frozen=True, slots=True)
class ManifestPlace:
    """Where a manifest is published, and what its image services answer.

    `name` is what was asked for, `base_url` that of the server. `annotations` is None where no store
    has them.
    """

    name: ImageName
    base_url: str
    limits: Limits
    annotations: AnnotationLinks | None = None


@dataclass(frozen=True, slots=True)
class _Picture:
    """What one canvas shows: sizes as in Part, and the channels that are offered one by one."""

    name: ImageName
    label: str
    width: int
    height: int
    thumbnail: tuple[int, int]
    channels: tuple[str, ...]
    pixel_size_mm: tuple[float, float] | None


def build_manifest(record: Record, place: ManifestPlace, parts: Sequence[Part] = ()) -> JsonObject:
    """The manifest of a live record, whose revision is the picture that the place names.

    `parts` are the pictures beside the first, where the place names all. Raises ValueError where the record has no
    revision, and what read_part_name raises.
    """
    if record.revision is None:
        raise ValueError("a deleted image has no manifest")
    pictures = _list_pictures(record.revision, place, parts)
    many = len(pictures) > 1
    manifest: JsonObject = {
        "@context": CONTEXT,
        "id": f"{place.base_url}/iiif/presentation/3/{format_name(place.name)}/manifest",
        "type": "Manifest",
        "label": record.label or {"none": [record.identifier]},
        "metadata": build_metadata(record.revision),
        "thumbnail": [_thumbnail(pictures[0], place)],
        **link_searches(place.annotations, _search_scope(place, pictures[0])),
        "items": [_canvas(picture, place, in_many=many) for picture in pictures],
    }
    return manifest if record.rights is None else manifest | {"rights": record.rights}


def _list_pictures(revision: Revision, place: ManifestPlace, parts: Sequence[Part]) -> list[_Picture]:
    name = replace(place.name, revision=revision.name)
    offered = () if name.rendering is not None else _offered_channels(revision)
    smallest = revision.levels[-1]
    first = _Picture(
        name,
        revision.label,
        *(revision.width, revision.height, (smallest.width, smallest.height)),
        channels=offered if len(offered) * (len(parts) + 1) <= MAX_CHOICES else (),
        pixel_size_mm=revision.pixel_size_mm,
    )
    return [first, *(_beside(first, part) for part in parts)]


def _beside(first: _Picture, part: Part) -> _Picture:
    """Planes have the first one's channels and scale, other parts are pictures of their own kind."""
    part_name = read_part_name(part.name)
    is_plane = isinstance(part_name, Plane)
    return _Picture(
        replace(first.name, part=part_name),
        part.label,
        *(part.width, part.height, (part.thumbnail_width, part.thumbnail_height)),
        channels=first.channels if is_plane else (),
        pixel_size_mm=first.pixel_size_mm if is_plane else None,
    )


def _offered_channels(revision: Revision) -> tuple[str, ...]:
    """The names of those that can be looked at alone; none of one, nor of a picture's red, green and blue."""
    if revision.samples is None:
        return ()
    channels = revision.samples.channels
    seen = [(channel.name.lower(), channel.color) for channel in channels if channel.visible]
    # Dyes may be shown in these colours as well, and are worth being looked at one by one.
    if len(channels) == 1 or seen == [(channel.name, channel.color) for channel in RGB]:
        return ()
    return tuple(channel.name or str(number) for number, channel in enumerate(channels, 1))


def _canvas(picture: _Picture, place: ManifestPlace, *, in_many: bool) -> JsonObject:
    canvas_id = _canvas_id(place, picture.name.part)
    annotation: JsonObject = {
        "id": f"{canvas_id}/page/annotation",
        "type": "Annotation",
        "motivation": "painting",
        "body": _body(picture, place),
        "target": canvas_id,
    }
    physdim = build_physdim(picture.pixel_size_mm, canvas_id)
    return {
        "id": canvas_id,
        "type": "Canvas",
        **({"label": {"none": [picture.label]}} if picture.label else {}),
        "width": picture.width,
        "height": picture.height,
        **({"thumbnail": [_thumbnail(picture, place)]} if in_many else {}),
        **({} if physdim is None else {"service": [physdim]}),
        "items": [{"id": f"{canvas_id}/page", "type": "AnnotationPage", "items": [annotation]}],
        **link_pages(place.annotations, canvas_id),
    }


def _search_scope(place: ManifestPlace, first: _Picture) -> str:
    """All canvases of the image, or the one that a manifest of a part or rendering has."""
    if place.name == place.name.first_picture:
        return format_manifest(place.name, place.base_url)
    return _canvas_id(place, first.name.part)


def _canvas_id(place: ManifestPlace, part: PartName | None) -> str:
    """In the revision that was asked for, or none: what is painted on it pins one in any case."""
    return format_canvas(replace(place.name, part=part), place.base_url)


def _body(picture: _Picture, place: ManifestPlace) -> JsonObject:
    """The picture; of several channels, a choice between all together and each alone (§3.4, Choice)."""
    whole = _full_image(picture, picture.name, place)
    if not picture.channels:
        return whole
    alone = [
        {
            **_full_image(picture, replace(picture.name, rendering=Rendering(channels=((number, Look()),))), place),
            "label": {"none": [channel]},
        }
        for number, channel in enumerate(picture.channels, 1)
    ]
    return {"type": "Choice", "items": [{**whole, "label": bilingual("All channels", "Все каналы")}, *alone]}


def _full_image(picture: _Picture, name: ImageName, place: ManifestPlace) -> JsonObject:
    width, height = max_size(Box(0, 0, picture.width, picture.height), place.limits)
    return _image(name, place, "max", width, height)


def _thumbnail(picture: _Picture, place: ManifestPlace) -> JsonObject:
    """The smallest level, which is stored as one tile; where the limits forbid even that, what they allow."""
    width, height = max_size(Box(0, 0, *picture.thumbnail), place.limits)
    return _image(picture.name, place, f"{width},{height}", width, height)


def _image(name: ImageName, place: ManifestPlace, size: str, width: int, height: int) -> JsonObject:
    segment = format_name(name)
    service_3, service_2 = f"{place.base_url}/iiif/3/{segment}", f"{place.base_url}/iiif/2/{segment}"
    return {
        "id": f"{service_3}/full/{size}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": [
            {"id": service_3, "type": "ImageService3", "profile": "level2"},
            {"@id": service_2, "@type": "ImageService2", "profile": PROFILES[Version.V2]},
        ],
    }
