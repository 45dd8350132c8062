"""From a request and an image's size to whole pixels. PURE: int and Fraction only, no floats.

Image API 3.0 §4.1-4.3, §4.7; 2.1 §4.1-4.3, §4.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from iiif_server.request import Format, Quality


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels, its origin at the top left; x and y inclusive, x+width and y+height exclusive."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a response may measure at the most (Image API 3.0 §5.3), and whether ^ is offered."""

    max_width: int | None = None
    max_height: int | None = None
    max_area: int | None = None
    upscaling: bool = True


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """A request made concrete: everything in whole pixels, inside the image and inside the limits.

    `region` lies in the full image; `width` x `height` is the size before rotation.
    """

    region: Box
    width: int
    height: int
    angle_deg: Fraction
    mirrored: bool
    quality: Quality
    format: Format
