"""What nearly all selectors are, read without detours: a page of a canvas has thousands of them. PURE.

Everything else goes the long way (`selectors.select`), which gives the same for these.
"""

from __future__ import annotations

import re

from annotation_store.documents import JsonObject
from annotation_store.geometry import whole_pixels

# So few digits lie on a canvas for sure (media_fragments.MAX_COORDINATE).
_NUMBER = r"[0-9]{1,8}(?:\.[0-9]{1,9})?"
_BOX = re.compile("xywh=(?:pixel:)?" + ",".join([f"({_NUMBER})"] * 4))
_POINTS = rf"(?:{_NUMBER}[ ,]+){{5,1999}}{_NUMBER}"
_POLYGON = re.compile(
    rf'<svg(?: xmlns="[a-z0-9:/.]*")?>\s*(?:<g>\s*)?<polygon points="({_POINTS})"\s*(?:/>|>\s*</polygon>)'
    r"\s*(?:</g>\s*)?</svg>"
)


def plain_fragment(selector: JsonObject) -> str | None:
    """`xywh=…` in whole pixels of a box or the box around a polygon; None for all other selectors."""
    value = selector.get("value")
    if not isinstance(value, str) or "refinedBy" in selector:
        return None
    kind = selector.get("type")
    if kind == "FragmentSelector":
        return _box(value)
    return _polygon(value) if kind == "SvgSelector" else None


def _box(value: str) -> str | None:
    match = _BOX.fullmatch(value)
    if match is None:
        return None
    x, y, width, height = map(float, match.groups())
    return f"xywh={whole_pixels(x, y, x + width, y + height)}"


def _polygon(value: str) -> str | None:
    match = _POLYGON.fullmatch(value)
    if match is None:
        return None
    numbers = [*map(float, match.group(1).replace(",", " ").split())]
    if len(numbers) % 2:
        return None
    across, down = numbers[::2], numbers[1::2]
    return f"xywh={whole_pixels(min(across), min(down), max(across), max(down))}"
