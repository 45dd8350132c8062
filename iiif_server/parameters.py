"""Region, size, rotation, quality and format: URI text to values and back. PURE.

Image API 3.0 §4.1-4.7 and 2.1 §4.1-4.5. The text comes in percent-decoded. Every number is bounded in length
before it is read, so that no request can make the server calculate with thousands of digits.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import assert_never

from iiif_server.errors import InvalidRequestError
from iiif_server.request import (
    ExactSize,
    FitSize,
    Format,
    FullRegion,
    FullSize,
    HeightSize,
    MaxSize,
    PercentRegion,
    PercentSize,
    PixelRegion,
    Quality,
    Region,
    Rotation,
    Size,
    SquareRegion,
    Version,
    WidthSize,
)

MAX_NUMBER_CHARACTERS = 32
FULL_CIRCLE_DEG = 360

# [0-9], because \d matches the digits of every script.
_INTEGER = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


def parse_region(text: str) -> Region:
    """The region parameter. Raises InvalidRequestError("region")."""
    if text == "full":
        return FullRegion()
    if text == "square":
        return SquareRegion()
    if text.startswith("pct:"):
        return _parse_percent_region(text.removeprefix("pct:").split(","))
    parts = text.split(",")
    if len(parts) != 4:
        raise InvalidRequestError("region", "The region must be full, square, x,y,w,h or pct:x,y,w,h.")
    x, y, width, height = (_parse_integer("region", part) for part in parts)
    if width == 0 or height == 0:
        raise InvalidRequestError("region", "The region's width and height must not be zero.")
    return PixelRegion(x, y, width, height)


def _parse_percent_region(parts: list[str]) -> PercentRegion:
    if len(parts) != 4:
        raise InvalidRequestError("region", "A region in percent must have the form pct:x,y,w,h.")
    x, y, width, height = (_parse_decimal("region", part) for part in parts)
    if width == 0 or height == 0:
        raise InvalidRequestError("region", "The region's width and height must not be zero.")
    return PercentRegion(x, y, width, height)


def format_region(region: Region) -> str:
    """The region as URI text."""
    match region:
        case FullRegion():
            return "full"
        case SquareRegion():
            return "square"
        case PixelRegion(x, y, width, height):
            return f"{x},{y},{width},{height}"
        case PercentRegion():
            numbers = (region.x, region.y, region.width, region.height)
            return "pct:" + ",".join(format_decimal(number) for number in numbers)
        case _:
            assert_never(region)


def parse_size(version: Version, text: str) -> Size:
    """The size parameter: `^` is of 3.0 only, the word `full` of 2.1. Raises InvalidRequestError("size")."""
    upscale = text.startswith("^")
    if upscale and version is Version.V2:
        raise InvalidRequestError("size", "Image API 2.1 has no ^ in sizes.")
    form = text.removeprefix("^")
    if form == "max":
        return MaxSize(upscale)
    if form == "full":
        if version is Version.V2:
            return FullSize()
        raise InvalidRequestError("size", "Image API 3.0 has no size full; the word is max.")
    if form.startswith("pct:"):
        return PercentSize(_positive(_parse_decimal("size", form.removeprefix("pct:"))), upscale)
    return _parse_pixel_size(form, upscale)


def _parse_pixel_size(form: str, upscale: bool) -> Size:
    width, comma, height = form.removeprefix("!").partition(",")
    if not comma or "," in height or not (width or height):
        raise InvalidRequestError("size", "The size must be max, w, or ,h or w,h or !w,h or pct:n.")
    if form.startswith("!"):
        return FitSize(_parse_pixels(width), _parse_pixels(height), upscale)
    if not height:
        return WidthSize(_parse_pixels(width), upscale)
    if not width:
        return HeightSize(_parse_pixels(height), upscale)
    return ExactSize(_parse_pixels(width), _parse_pixels(height), upscale)


def format_size(size: Size) -> str:
    """The size as URI text."""
    match size:
        case FullSize():
            return "full"
        case MaxSize(upscale):
            form = "max"
        case WidthSize(width, upscale):
            form = f"{width},"
        case HeightSize(height, upscale):
            form = f",{height}"
        case PercentSize(percent, upscale):
            form = f"pct:{format_decimal(percent)}"
        case ExactSize(width, height, upscale):
            form = f"{width},{height}"
        case FitSize(width, height, upscale):
            form = f"!{width},{height}"
        case _:
            assert_never(size)
    return f"^{form}" if upscale else form


def parse_rotation(text: str) -> Rotation:
    """The rotation parameter, 0 to 360 degrees, both included. Raises InvalidRequestError("rotation")."""
    if text == "0":  # by far the most frequent
        return Rotation(Fraction(0), mirrored=False)
    angle_deg = _parse_decimal("rotation", text.removeprefix("!"))
    if angle_deg > FULL_CIRCLE_DEG:
        raise InvalidRequestError("rotation", "The rotation must lie between 0 and 360 degrees.")
    return Rotation(angle_deg, mirrored=text.startswith("!"))


def format_rotation(rotation: Rotation) -> str:
    """The rotation as URI text in its canonical form (Image API 3.0 §4.8)."""
    return ("!" if rotation.mirrored else "") + format_decimal(rotation.angle_deg)


def parse_quality(text: str) -> Quality:
    """The quality parameter. Raises InvalidRequestError("quality")."""
    try:
        return Quality(text)
    except ValueError:
        raise InvalidRequestError("quality", "The quality must be default, color, gray or bitonal.") from None


def parse_format(text: str) -> Format:
    """The format parameter; what is not offered is refused with 400, jp2 and pdf too (Image API 3.0 §4.5).

    Raises InvalidRequestError("format").
    """
    try:
        return Format(text)
    except ValueError:
        raise InvalidRequestError("format", "The format must be jpg, png, webp, tif or gif.") from None


def format_decimal(number: Fraction) -> str:
    """The exact decimal: a leading zero, no trailing ones (Image API 3.0 §4.7).

    Raises ValueError where there is none of MAX_NUMBER_CHARACTERS places.
    """
    if number.denominator == 1 and number >= 0:
        return str(number.numerator)
    scaled = number * 10**MAX_NUMBER_CHARACTERS
    if scaled.denominator != 1 or number < 0:
        raise ValueError(f"{number} has no exact decimal form of {MAX_NUMBER_CHARACTERS} places")
    whole, places = divmod(scaled.numerator, 10**MAX_NUMBER_CHARACTERS)
    text = f"{places:0{MAX_NUMBER_CHARACTERS}d}".rstrip("0")
    return f"{whole}.{text}" if text else str(whole)


def _parse_integer(parameter: str, text: str) -> int:
    if len(text) > MAX_NUMBER_CHARACTERS or not _INTEGER.fullmatch(text):
        raise InvalidRequestError(parameter, f"The {parameter} must be given in whole, non-negative numbers.")
    return int(text)


def _parse_pixels(text: str) -> int:
    pixels = _parse_integer("size", text)
    if pixels == 0:
        raise InvalidRequestError("size", "The size must not be zero.")
    return pixels


def _parse_decimal(parameter: str, text: str) -> Fraction:
    if len(text) > MAX_NUMBER_CHARACTERS or not _DECIMAL.fullmatch(text):
        raise InvalidRequestError(
            parameter, f"The {parameter} holds something that is no number of digits and a point."
        )
    return Fraction(text)


def _positive(percent: Fraction) -> Fraction:
    if percent == 0:
        raise InvalidRequestError("size", "The size must not be zero.")
    return percent
