"""The path of a request, as text and as a value. PURE.

Image API 3.0 §2, §4, §9; 2.1 §2, §4, §9. An identifier is one percent-encoded segment; in the raw segment an `@`
that is not encoded separates a pinned revision; behind each `;` stands a field of a part or a rendering (see
iiif_server.parts and iiif_server.rendering).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never
from urllib.parse import quote, unquote_to_bytes

from iiif_server.errors import InvalidRequestError, UnknownImageError
from iiif_server.layout import normalize_identifier
from iiif_server.parameters import (
    format_region,
    format_rotation,
    format_size,
    parse_format,
    parse_quality,
    parse_region,
    parse_rotation,
    parse_size,
)
from iiif_server.parts import MalformedPartNameError, format_part_name, parse_part_name
from iiif_server.rendering import (
    MAX_RENDERING_CHARACTERS,
    MalformedRenderingError,
    format_rendering,
    is_rendering_field,
    parse_rendering,
)
from iiif_server.request import BaseRequest, ImageName, ImageRequest, InfoRequest, Request, Version

MAX_PATH_CHARACTERS = 8192
MAX_IDENTIFIER_BYTES = 1024
MAX_FIELDS_CHARACTERS = MAX_RENDERING_CHARACTERS + 128

_PART_FIELDS = ("page", "z", "t", "image")

_INFO = "info.json"
_IMAGE_SEGMENTS = 5
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_REVISION = re.compile(r"[0-9a-z]{1,64}")


def parse_request(version: Version, raw: str) -> Request:
    """What is asked for by `raw`: the still percent-encoded path behind the version's prefix and its slash.

    Raises InvalidRequestError with the parameter's name (`path` where the segments fit no request), and
    UnknownImageError for an identifier with a slash that is not encoded.
    """
    if not raw.isascii() or len(raw) > MAX_PATH_CHARACTERS:
        raise InvalidRequestError("path", "The path must be percent-encoded ASCII of at most 8192 characters.")
    match raw.split("/"):
        case [name]:
            return BaseRequest(version, parse_name(name))
        case [name, document] if _decode("path", document) == _INFO:
            return InfoRequest(version, parse_name(name))
        case [name, region, size, rotation, file]:
            return _parse_image_request(version, name, region, size, rotation, file)
        case [*_, file] as segments if len(segments) > _IMAGE_SEGMENTS or file == _INFO:
            # What would be a request, were it not for a slash in its identifier, names an image that cannot exist.
            raise UnknownImageError("No identifier contains a slash; in a URI it is written %2F.")
        case _:
            raise InvalidRequestError(
                "path",
                "The path must be {identifier}, {identifier}/info.json or "
                "{identifier}/{region}/{size}/{rotation}/{quality}.{format}.",
            )


def _parse_image_request(
    version: Version, name: str, region: str, size: str, rotation: str, file: str
) -> ImageRequest:
    image_name = parse_name(name)
    quality, point, extension = _decode("quality", file).partition(".")
    if not point:
        raise InvalidRequestError("format", "The format is missing: the last part must be {quality}.{format}.")
    return ImageRequest(
        version=version,
        name=image_name,
        region=parse_region(_decode("region", region)),
        size=parse_size(version, _decode("size", size)),
        rotation=parse_rotation(_decode("rotation", rotation)),
        quality=parse_quality(quality),
        format=parse_format(extension),
    )


def parse_name(raw_segment: str) -> ImageName:
    """What one raw segment names; its fields may come in any order. Raises InvalidRequestError("identifier")."""
    raw_name, *raw_fields = raw_segment.split(";")
    raw_identifier, at, raw_revision = raw_name.partition("@")
    identifier = normalize_identifier(_decode("identifier", raw_identifier))
    if not identifier or len(identifier.encode()) > MAX_IDENTIFIER_BYTES:
        raise InvalidRequestError(
            "identifier", f"The identifier must have between 1 and {MAX_IDENTIFIER_BYTES} bytes of UTF-8."
        )
    name = ImageName(identifier, _parse_revision(raw_revision) if at else None)
    if not raw_fields:
        return name
    if len(raw_segment) - len(raw_name) > MAX_FIELDS_CHARACTERS:
        raise InvalidRequestError("identifier", "What stands behind the identifier is too long.")
    return _with_fields(name, [_split_field(raw) for raw in raw_fields])


def _parse_revision(raw_revision: str) -> str:
    revision = _decode("identifier", raw_revision)
    if not _REVISION.fullmatch(revision):
        raise InvalidRequestError(
            "identifier",
            "Behind an @ stands the name of a revision; an @ that belongs to the identifier is written %40.",
        )
    return revision


def _split_field(raw: str) -> tuple[str, str]:
    field, _, value = _decode("identifier", raw).partition("=")
    if field not in _PART_FIELDS and not is_rendering_field(field):
        raise InvalidRequestError(
            "identifier",
            "Behind a semicolon stands page=N, z=N, t=N, image=NAME, or c or cN with what is said of channels; "
            "a semicolon that belongs to the identifier is written %3B.",
        )
    return field, value


def _with_fields(name: ImageName, fields: list[tuple[str, str]]) -> ImageName:
    try:
        return replace(
            name,
            part=parse_part_name([field for field in fields if field[0] in _PART_FIELDS]),
            rendering=parse_rendering([field for field in fields if field[0] not in _PART_FIELDS]),
        )
    except (MalformedPartNameError, MalformedRenderingError) as exc:
        raise InvalidRequestError("identifier", f"The name is malformed: {exc}.") from exc


def format_name(name: ImageName) -> str:
    """The canonical URI segment: all of the identifier but letters, digits, `-._~` percent-encoded.

    parse_name is its inverse.
    """
    segment = quote(name.identifier, safe="")
    revision = "" if name.revision is None else f"@{name.revision}"
    part = "" if name.part is None else f";{format_part_name(name.part)}"
    rendering = "" if name.rendering is None else f";{format_rendering(name.rendering)}"
    return f"{segment}{revision}{part}{rendering}"


def format_request(request: Request) -> str:
    """The path behind the version's prefix; parse_request is its inverse."""
    name = format_name(request.name)
    match request:
        case BaseRequest():
            return name
        case InfoRequest():
            return f"{name}/{_INFO}"
        case ImageRequest(_, _, region, size, rotation, quality, format_):
            parameters = (format_region(region), format_size(size), format_rotation(rotation))
            return "/".join((name, *parameters, f"{quality}.{format_}"))
        case _:
            assert_never(request)


def _decode(parameter: str, raw: str) -> str:
    """The percent-decoded text; `+` stays a plus."""
    if "%" not in raw:
        return raw
    if _BROKEN_ESCAPE.search(raw):
        raise InvalidRequestError(parameter, f"The {parameter} holds a % that no two hexadecimal digits follow.")
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise InvalidRequestError(parameter, f"The {parameter} is not UTF-8 after percent-decoding.") from None
    if "\0" in text:
        raise InvalidRequestError(parameter, f"The {parameter} holds a NUL character.")
    return text
