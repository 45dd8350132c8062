"""The addresses that commands print. Pure."""

from __future__ import annotations

from iiif_server.grammar import format_name
from iiif_server.request import ImageName


def manifest_url(base_url: str, identifier: str) -> str:
    """The Presentation 3 manifest of an image."""
    return f"{base_url}/iiif/presentation/3/{format_name(ImageName(identifier))}/manifest"


def viewer_url(base_url: str, identifier: str) -> str:
    """The page that shows an image."""
    return f"{base_url}/view/{format_name(ImageName(identifier))}"
