"""The IIIF service that tells the physical scale of an image or canvas. PURE: IIIF Annex, Physical Dimensions 1."""

from __future__ import annotations

from collections.abc import Mapping

CONTEXT = "http://iiif.io/api/annex/services/physdim/1/context.json"
PROFILE = "http://iiif.io/api/annex/services/physdim"

_SQUARE = 0.01
"""The service knows one scale: pixels whose sides differ by more have none."""


def build_physdim(
    pixel_size_mm: tuple[float, float] | None, subject_id: str | None = None
) -> Mapping[str, str | float] | None:
    """The service, for one unit of width and height being a pixel; None where its size is unknown or not square.

    With a subject it has id and type, which the versions 3 of both APIs demand of all services.
    """
    if pixel_size_mm is None:
        return None
    across, down = pixel_size_mm
    if abs(across - down) > _SQUARE * min(across, down):
        return None
    named = {} if subject_id is None else {"id": f"{subject_id}#physdim", "type": "PhysicalDimensions"}
    return {
        "@context": CONTEXT,
        **named,
        "profile": PROFILE,
        "physicalScale": (across + down) / 2,
        "physicalUnits": "mm",
    }
