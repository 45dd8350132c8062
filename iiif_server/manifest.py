"""The manifest of one image: one canvas, painted with the image in its pinned revision. PURE.

Presentation API 3.0 §3, §5. A manifest names the pinned services, so that whatever was cited stays as it was.
"""

from __future__ import annotations

from iiif_server.geometry import Limits, max_size
from iiif_server.grid import Box
from iiif_server.info import PROFILES, JsonObject
from iiif_server.record import Record, Revision
from iiif_server.request import Version

CONTEXT = "http://iiif.io/api/presentation/3/context.json"


def build_manifest(
    record: Record, manifest_id: str, service_3_id: str, service_2_id: str, limits: Limits
) -> JsonObject:
    """The manifest of a live record, under the URI `manifest_id`.

    `service_3_id` and `service_2_id` are the base URIs of its image services, pinned to the record's revision.
    Raises ValueError where the record has no revision.
    """
    if record.revision is None:
        raise ValueError("a deleted image has no manifest")
    services = _services(service_3_id, service_2_id)
    manifest: JsonObject = {
        "@context": CONTEXT,
        "id": manifest_id,
        "type": "Manifest",
        "label": record.label or {"none": [record.identifier]},
        "metadata": [_dimensions(record.revision)],
        "thumbnail": [_thumbnail(record.revision, service_3_id, services, limits)],
        "items": [_canvas(record.revision, manifest_id, service_3_id, services, limits)],
    }
    return manifest if record.rights is None else manifest | {"rights": record.rights}


def _canvas(
    revision: Revision, manifest_id: str, service_id: str, services: list[JsonObject], limits: Limits
) -> JsonObject:
    canvas_id = f"{manifest_id}/canvas/1"
    width, height = max_size(Box(0, 0, revision.width, revision.height), limits)
    annotation: JsonObject = {
        "id": f"{canvas_id}/page/annotation",
        "type": "Annotation",
        "motivation": "painting",
        "body": _image(f"{service_id}/full/max/0/default.jpg", width, height, services),
        "target": canvas_id,
    }
    return {
        "id": canvas_id,
        "type": "Canvas",
        "width": revision.width,
        "height": revision.height,
        "items": [{"id": f"{canvas_id}/page", "type": "AnnotationPage", "items": [annotation]}],
    }


def _thumbnail(revision: Revision, service_id: str, services: list[JsonObject], limits: Limits) -> JsonObject:
    """The smallest level, which is stored as one tile; where the limits forbid even that, what they allow."""
    level = revision.levels[-1]
    width, height = max_size(Box(0, 0, level.width, level.height), limits)
    return _image(f"{service_id}/full/{width},{height}/0/default.jpg", width, height, services)


def _image(image_id: str, width: int, height: int, services: list[JsonObject]) -> JsonObject:
    return {
        "id": image_id,
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": services,
    }


def _services(service_3_id: str, service_2_id: str) -> list[JsonObject]:
    return [
        {"id": service_3_id, "type": "ImageService3", "profile": "level2"},
        {"@id": service_2_id, "@type": "ImageService2", "profile": PROFILES[Version.V2]},
    ]


def _dimensions(revision: Revision) -> JsonObject:
    return {
        "label": {"en": ["Dimensions"]},
        "value": {"en": [f"{revision.width} × {revision.height} pixels"]},
    }
