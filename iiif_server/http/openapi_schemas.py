"""The image server's documents as JSON schemas, for /openapi.json. Pure data; the clauses are of the IIIF APIs."""

from __future__ import annotations

from collections.abc import Mapping

from config.openapi import TEXT, list_of, object_of, ref
from config.openapi_shared import Json
from iiif_server.http.openapi_grammar import LOOK
from iiif_server.info import CONTEXTS, PROFILES, PROTOCOL
from iiif_server.manifest import CONTEXT as PRESENTATION
from iiif_server.physdim import CONTEXT as PHYSDIM
from iiif_server.physdim import PROFILE as PHYSDIM_PROFILE
from iiif_server.request import Format, Quality, Version

_PIXELS: Json = {"type": "integer", "minimum": 1}
_IRI: Json = {"type": "string", "format": "uri"}
_SIZE = object_of({"width": _PIXELS, "height": _PIXELS})
_TILES = object_of({"width": _PIXELS, "scaleFactors": list_of(_PIXELS)}, {"height": _PIXELS})
_LIMITS: Json = {"maxWidth": _PIXELS, "maxHeight": _PIXELS, "maxArea": _PIXELS}
_SCALE = object_of(
    {
        "@context": {"const": PHYSDIM},
        "profile": {"const": PHYSDIM_PROFILE},
        "physicalScale": {"type": "number", "exclusiveMinimum": 0},
        "physicalUnits": {"const": "mm"},
    },
    {"id": _IRI, "type": {"const": "PhysicalDimensions"}},
)
_GEOMETRY: Json = {"sizes": list_of(_SIZE), "tiles": list_of(_TILES), "service": list_of(_SCALE)}

_INFO_3 = object_of(
    {
        "@context": {"const": CONTEXTS[Version.V3]},
        "id": _IRI,
        "type": {"const": "ImageService3"},
        "protocol": {"const": PROTOCOL},
        "profile": {"const": "level2"},
        "width": _PIXELS,
        "height": _PIXELS,
        "preferredFormats": list_of({"enum": list(Format)}),
        "extraQualities": list_of({"enum": list(Quality)}),
        "extraFormats": list_of({"enum": list(Format)}),
        "extraFeatures": list_of(TEXT),
    },
    {**_LIMITS, **_GEOMETRY, "rights": TEXT},
    description="Image API 3.0 §5.",
)
_PROFILE_2 = object_of(
    {
        "formats": list_of({"enum": list(Format)}),
        "qualities": list_of({"enum": list(Quality)}),
        "supports": list_of(TEXT),
    },
    _LIMITS,
)
_INFO_2 = object_of(
    {
        "@context": {"const": CONTEXTS[Version.V2]},
        "@id": _IRI,
        "protocol": {"const": PROTOCOL},
        "width": _PIXELS,
        "height": _PIXELS,
        "profile": {
            **list_of({"anyOf": [{"const": PROFILES[Version.V2]}, _PROFILE_2]}),
            "minItems": 2,
            "maxItems": 2,
        },
    },
    {**_GEOMETRY, "license": TEXT},
    description="Image API 2.1 §5.",
)
_CANVAS = object_of(
    {
        "id": _IRI,
        "type": {"const": "Canvas"},
        "width": _PIXELS,
        "height": _PIXELS,
        "items": {**list_of({"type": "object"}), "minItems": 1},
    },
    additionalProperties=True,
    description="Presentation API 3.0 §5.3: a picture, painted with its pinned image service.",
)
_MANIFEST = object_of(
    {
        "@context": {"const": PRESENTATION},
        "id": _IRI,
        "type": {"const": "Manifest"},
        "label": ref("LanguageMap"),
        "items": {**list_of(ref("Canvas")), "minItems": 1},
    },
    additionalProperties=True,
    description="Presentation API 3.0 §5.2.",
)
SCHEMAS: Mapping[str, Json] = {
    "ImageInformation3": _INFO_3,
    "ImageInformation2": _INFO_2,
    "Manifest": _MANIFEST,
    "Canvas": _CANVAS,
    "ChannelLook": LOOK,
}
