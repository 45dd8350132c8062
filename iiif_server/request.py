"""What can be asked of an image, as values: one class per alternative of each parameter. PURE.

Image API 3.0 §4 and 2.1 §4. `grammar` makes them from URI text, `geometry` resolves them against an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction

from iiif_server.parts import PartName
from iiif_server.rendering import Rendering


class Version(Enum):
    """A version of the IIIF Image API, by the number that stands in the URL path."""

    V2 = 2
    V3 = 3


@dataclass(frozen=True, slots=True)
class ImageName:
    """An identifier (decoded, NFC) and, after an `@` that is not percent-encoded, a pinned revision.

    Behind `;` that are not percent-encoded: which part of the image (the first picture where there is none), and a
    rendering of it.
    """

    identifier: str
    revision: str | None = None
    part: PartName | None = None
    rendering: Rendering | None = None

    @property
    def first_picture(self) -> ImageName:
        """The same without part and rendering."""
        return ImageName(self.identifier, self.revision)


@dataclass(frozen=True, slots=True)
class FullRegion:
    """`full`"""


@dataclass(frozen=True, slots=True)
class SquareRegion:
    """`square`"""


@dataclass(frozen=True, slots=True)
class PixelRegion:
    """`x,y,w,h` in pixels of the full image; may reach over its edges."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PercentRegion:
    """`pct:x,y,w,h` in exact percent of the full image."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction


Region = FullRegion | SquareRegion | PixelRegion | PercentRegion


@dataclass(frozen=True, slots=True)
class MaxSize:
    """`max` and `^max`"""

    upscale: bool = False


@dataclass(frozen=True, slots=True)
class FullSize:
    """`full`: 2.1 only; the region's own size."""


@dataclass(frozen=True, slots=True)
class WidthSize:
    """`w,` and `^w,`"""

    width: int
    upscale: bool = False


@dataclass(frozen=True, slots=True)
class HeightSize:
    """`,h` and `^,h`"""

    height: int
    upscale: bool = False


@dataclass(frozen=True, slots=True)
class PercentSize:
    """`pct:n` and `^pct:n`"""

    percent: Fraction
    upscale: bool = False


@dataclass(frozen=True, slots=True)
class ExactSize:
    """`w,h` and `^w,h`: the aspect ratio may change."""

    width: int
    height: int
    upscale: bool = False


@dataclass(frozen=True, slots=True)
class FitSize:
    """`!w,h` and `^!w,h`: the largest size of the region's aspect ratio inside the box."""

    width: int
    height: int
    upscale: bool = False


Size = MaxSize | FullSize | WidthSize | HeightSize | PercentSize | ExactSize | FitSize


@dataclass(frozen=True, slots=True)
class Rotation:
    """Clockwise, 0 <= angle_deg <= 360, after mirroring at the vertical axis."""

    angle_deg: Fraction
    mirrored: bool = False


class Quality(StrEnum):
    """Image API 3.0 §4.5"""

    DEFAULT = "default"
    COLOR = "color"
    GRAY = "gray"
    BITONAL = "bitonal"


class Format(StrEnum):
    """The formats that are offered, by their URI extension (Image API 3.0 §4.5)."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    TIF = "tif"
    GIF = "gif"


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """`{id}/{region}/{size}/{rotation}/{quality}.{format}`"""

    version: Version
    name: ImageName
    region: Region
    size: Size
    rotation: Rotation
    quality: Quality
    format: Format


@dataclass(frozen=True, slots=True)
class InfoRequest:
    """`{id}/info.json`"""

    version: Version
    name: ImageName


@dataclass(frozen=True, slots=True)
class BaseRequest:
    """`{id}` alone: redirected to info.json (Image API 3.0 §2)."""

    version: Version
    name: ImageName


Request = ImageRequest | InfoRequest | BaseRequest
