"""IRIs of our own image server's canvases and manifests, however they are written. PURE.

A revision may be pinned in them, by an `@` that is not percent-encoded: what was annotated on one of the spellings is
found by all of them. Other servers' IRIs stay as they are.
"""

from __future__ import annotations

import re

_PINNED = re.compile(r"(/iiif/(?:presentation/3|[23])/[^/@;?#]+)@[^/;?#]+")
_CANVAS = re.compile(r"(.+/iiif/presentation/3/[^/?#]+/manifest)/canvas/[^/?#]+")


def unpin(iri: str) -> str:
    """The IRI without the revision that it pins."""
    return _PINNED.sub(r"\1", iri, count=1) if "@" in iri else iri


def manifest_of(canvas: str) -> str | None:
    """The manifest that a canvas of ours lies in; None for other canvases, whose IRIs do not tell."""
    match = _CANVAS.fullmatch(canvas)
    return match.group(1) if match else None
