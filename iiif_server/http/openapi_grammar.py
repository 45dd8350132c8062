"""The parameters of image requests for /openapi.json: the grammar of `iiif_server.parameters` as patterns.

Image API 3.0 §4.1-4.5, §9; 2.1 §4.1-4.5. Pure data. That a number has at most MAX_NUMBER_CHARACTERS is left to the
description, as patterns that count are hard to read.
"""

from __future__ import annotations

from config.openapi import parameter, ref
from config.openapi_shared import Json
from iiif_server.grammar import MAX_IDENTIFIER_BYTES
from iiif_server.parameters import MAX_NUMBER_CHARACTERS
from iiif_server.rendering import COLORMAPS
from iiif_server.request import Format, Quality, Version

_INTEGER = "[0-9]+"
_POSITIVE = "0*[1-9][0-9]*"
_DECIMAL = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_POSITIVE_DECIMAL = rf"(?:{_POSITIVE}(?:\.[0-9]*)?|0*\.0*[1-9][0-9]*)"
_ANGLE = r"(?:0*(?:[0-9]{1,2}|[12][0-9]{2}|3[0-5][0-9])(?:\.[0-9]*)?|0*360(?:\.0*)?|\.[0-9]+)"
_SCALED = rf"pct:{_POSITIVE_DECIMAL}|{_POSITIVE},|,{_POSITIVE}|!?{_POSITIVE},{_POSITIVE}"

REGION = (
    rf"^(?:full|square|{_INTEGER},{_INTEGER},{_POSITIVE},{_POSITIVE}"
    rf"|pct:{_DECIMAL},{_DECIMAL},{_POSITIVE_DECIMAL},{_POSITIVE_DECIMAL})$"
)
SIZE = {Version.V2: rf"^(?:full|max|{_SCALED})$", Version.V3: rf"^\^?(?:max|{_SCALED})$"}
ROTATION = rf"^!?{_ANGLE}$"
REVISION = "^[0-9a-z]{1,64}$"
_NO_NUL = r"^[^\u0000]+$"


def _text(pattern: str) -> Json:
    return {"type": "string", "pattern": pattern}


ID = parameter(
    "id",
    "path",
    "The image's identifier in UTF-8, percent-encoded but for letters, digits and `-._~`: %2F belongs to it. It has "
    f"at most {MAX_IDENTIFIER_BYTES} bytes.",
    {**_text(_NO_NUL), "maxLength": MAX_IDENTIFIER_BYTES},
    examples=("slide-1", "codex/12r"),
)
PINNED = parameter("revision", "path", "A revision, whose pixels never change.", _text(REVISION))
_WINDOW = rf"-?{_DECIMAL}(?:[eE][+-]?[0-9]{{1,3}})?"
_OPTION = rf"(?:{_WINDOW}:{_WINDOW}|[0-9A-Fa-f]{{6}}|{'|'.join(COLORMAPS)}|g{_DECIMAL}|inv)"
LOOK: Json = {
    **_text(rf"^{_OPTION}(?:,{_OPTION}){{0,3}}$"),
    "description": "A window LOW:HIGH, a colour or colormap, a gamma gX, inv: some of them, joined by commas.",
    "examples": ["200:4000,00ff00", "magma,g0.8", "inv"],
}
_COUNTED: Json = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
FIELDS = parameter(
    "fields",
    "path",
    "A part of the image (page, z and t, image) and how channels are shown (c for all, c1, c2 … for those alone), "
    "as `;name=value` each; also behind `{id}@{revision}`.",
    {
        "type": "object",
        "properties": {
            "page": _COUNTED,
            "z": _COUNTED,
            "t": _COUNTED,
            "image": _text("^[a-z0-9][a-z0-9-]{0,63}$"),
            "c": ref("ChannelLook"),
        },
        "patternProperties": {"^c[1-9][0-9]{0,2}$": ref("ChannelLook")},
        "additionalProperties": False,
    },
    examples=({"page": 2}, {"z": 5, "t": 2}, {"c1": "200:4000,00ff00", "c3": "g0.8"}),
) | {"style": "matrix", "explode": True}

_REGION = parameter(
    "region",
    "path",
    f"full, square, x,y,w,h or pct:x,y,w,h (§4.1). Numbers have at most {MAX_NUMBER_CHARACTERS} characters.",
    _text(REGION),
    examples=("full", "0,0,512,512", "pct:25,25,50,50"),
)
_SIZES = {
    Version.V3: ("max", "256,", "^!800,600"),
    Version.V2: ("full", "256,", "!800,600"),
}
_ROTATION = parameter(
    "rotation",
    "path",
    "Degrees, clockwise, from 0 to 360; `!` before them mirrors first (§4.3).",
    _text(ROTATION),
    examples=("0", "!90", "22.5"),
)
_QUALITY = parameter(
    "quality", "path", "§4.4", {"type": "string", "enum": list(Quality)}, examples=(Quality.DEFAULT.value,)
)
_FORMAT = parameter("format", "path", "§4.5", {"type": "string", "enum": list(Format)}, examples=(Format.JPG.value,))


def picture_parameters(version: Version) -> tuple[Json, ...]:
    """region, size, rotation, quality and format."""
    enlarging = "; `^` before it may enlarge" if version is Version.V3 else ""
    size = parameter(
        "size",
        "path",
        f"{'full, ' if version is Version.V2 else ''}max, w, or ,h or w,h or pct:n or !w,h{enlarging} (§4.2).",
        _text(SIZE[version]),
        examples=_SIZES[version],
    )
    return _REGION, size, _ROTATION, _QUALITY, _FORMAT
