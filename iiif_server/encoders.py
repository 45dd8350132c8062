"""From a libvips image to the bytes of each format that is offered. Blocking; raises pyvips.Error, ValueError."""

from __future__ import annotations

from typing import assert_never

import numpy as np
import pyvips
import simplejpeg

from iiif_server.errors import InvalidRequestError
from iiif_server.request import Format

MEDIA_TYPES = {
    Format.JPG: "image/jpeg",
    Format.PNG: "image/png",
    Format.WEBP: "image/webp",
    Format.TIF: "image/tiff",
    Format.GIF: "image/gif",
}

JPEG_QUALITY = 89
"""A step above that of tiles: what is made of decoded tiles has been through JPEG twice."""
WEBP_QUALITY = 85

_LARGEST_SIDE = {Format.JPG: 65_500, Format.WEBP: 16_383, Format.GIF: 65_535}


def has_alpha(form: Format) -> bool:
    """Whether the format can show transparent corners (Image API 3.0 §4.4)."""
    return form is not Format.JPG


def check_sides(width: int, height: int, form: Format) -> None:
    """Raises InvalidRequestError where the format itself cannot hold an image of that size."""
    largest = _LARGEST_SIDE.get(form)
    if largest is not None and max(width, height) > largest:
        raise InvalidRequestError("size", f"An image in the format {form} has at most {largest} pixels on a side.")


def encode_image(image: pyvips.Image, form: Format, *, bitonal: bool) -> bytes:
    """The encoded image, without metadata: no EXIF orientation, and no profile, which means sRGB."""
    one_bit = bitonal and image.bands == 1
    match form:
        case Format.JPG:
            return _encode_jpeg(image)
        case Format.PNG if one_bit:
            data = image.pngsave_buffer(bitdepth=1, keep="none")
        case Format.PNG:
            data = image.pngsave_buffer(keep="none")
        case Format.WEBP:
            # Twice as fast as libvips' own choice of 4, and 3 % larger.
            data = image.webpsave_buffer(Q=WEBP_QUALITY, effort=2, lossless=bitonal, keep="none")
        case Format.TIF if one_bit:
            data = image.tiffsave_buffer(compression="lzw", predictor="none", bitdepth=1, keep="none")
        case Format.TIF:
            data = image.tiffsave_buffer(compression="lzw", predictor="horizontal", keep="none")
        case Format.GIF:
            # A tenth of the time that libvips' own choice of 7 takes.
            data = image.gifsave_buffer(effort=1, keep="none")
        case _:
            assert_never(form)
    return bytes(data)


def _encode_jpeg(image: pyvips.Image) -> bytes:
    """In half the time that libvips takes for files of the same size: its mozjpeg is not made for speed."""
    pixels = np.ascontiguousarray(image.numpy()).reshape(image.height, image.width, image.bands)
    colour, sampling = ("GRAY", "Gray") if image.bands == 1 else ("RGB", "420")
    return bytes(simplejpeg.encode_jpeg(pixels, JPEG_QUALITY, colour, sampling, fastdct=False))
