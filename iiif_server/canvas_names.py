"""The IRIs of our manifests and canvases ⇄ which pictures they show. PURE."""

from __future__ import annotations

from dataclasses import replace

from iiif_server.errors import InvalidRequestError
from iiif_server.grammar import format_name, parse_name
from iiif_server.parts import MalformedPartNameError, part_folder, read_part_folder
from iiif_server.request import ImageName

_PATH = "/iiif/presentation/3/"
_FIRST = "1"


def format_manifest(name: ImageName, base_url: str) -> str:
    """That of the whole image, in the revision that the name has or not."""
    return f"{base_url}{_PATH}{format_name(name.first_picture)}/manifest"


def format_canvas(name: ImageName, base_url: str) -> str:
    """The same in the manifest of the whole image and in those of its parts and renderings."""
    folder = _FIRST if name.part is None else part_folder(name.part)
    return f"{format_manifest(name, base_url)}/canvas/{folder}"


def parse_canvas(iri: str, base_url: str) -> ImageName | None:
    """What a canvas of the server at `base_url` shows; None for all other IRIs. The inverse of format_canvas."""
    prefix = base_url + _PATH
    segment, slash, folder = iri.removeprefix(prefix).partition("/manifest/canvas/")
    if not iri.startswith(prefix) or not slash or "/" in segment:
        return None
    try:
        name = parse_name(segment)
        part = None if folder == _FIRST else read_part_folder(folder)
    except (InvalidRequestError, MalformedPartNameError):
        return None
    return None if name != name.first_picture else replace(name, part=part)
