"""From a libvips image to the bytes of each format that is offered. Blocking; raises pyvips.Error, ValueError."""

from __future__ import annotations

from typing import assert_never

import numpy as np
import numpy.typing as npt
import pyvips
import simplejpeg

from iiif_server.errors import InvalidRequestError
from iiif_server.request import Format

MEDIA_TYPES = {
    Format.JPG: "image/jpeg",
    Format.PNG: "image/png",
    Format.WEBP: "image/webp",
    Format.AVIF: "image/avif",
    Format.TIF: "image/tiff",
    Format.GIF: "image/gif",
}

JPEG_QUALITY = 89
"""A step above that of tiles: what is made of decoded tiles has been through JPEG twice."""
WEBP_QUALITY = 85
AVIF_QUALITY = 75
"""As near to the original as JPEG_QUALITY, in two thirds of the bytes."""

_JPEG_KINDS = {1: ("GRAY", "Gray"), 3: ("RGB", "420"), 4: ("RGBX", "420")}

_LARGEST_SIDE = {Format.JPG: 65_500, Format.WEBP: 16_383, Format.AVIF: 16_384, Format.GIF: 65_535}

# Pixels of the result exist up to three times, in four bands: resampled, turned or converted, and encoded.
_BYTES_PER_PIXEL = 12
# AV1's encoder keeps planes of 16 bits, of the picture and of its references, and the same again for the opacity.
_AVIF_BYTES_PER_PIXEL, _AVIF_ALPHA_BYTES_PER_PIXEL = 28, 48


def has_alpha(form: Format) -> bool:
    """Whether the format can show transparent corners (Image API 3.0 §4.4)."""
    return form is not Format.JPG


def check_sides(width: int, height: int, form: Format) -> None:
    """Raises InvalidRequestError where the format itself cannot hold an image of that size."""
    largest = _LARGEST_SIDE.get(form)
    if largest is not None and max(width, height) > largest:
        raise InvalidRequestError("size", f"An image in the format {form} has at most {largest} pixels on a side.")


def weigh_pixel(form: Format, *, alpha: bool) -> int:
    """How many bytes of memory a pixel of the result takes at the most, on its way from resampling to the file."""
    if form is not Format.AVIF:
        return _BYTES_PER_PIXEL
    return _AVIF_ALPHA_BYTES_PER_PIXEL if alpha else _AVIF_BYTES_PER_PIXEL


def encode_image(image: pyvips.Image, form: Format, *, bitonal: bool) -> bytes:
    """The encoded image, without metadata: no EXIF orientation, and no profile, which means sRGB."""
    one_bit = bitonal and image.bands == 1
    match form:
        case Format.JPG:
            return encode_jpeg(image.numpy().reshape(image.height, image.width, image.bands))
        case Format.PNG if one_bit:
            data = image.pngsave_buffer(bitdepth=1, keep="none")
        case Format.PNG:
            data = image.pngsave_buffer(keep="none")
        case Format.WEBP:
            # Twice as fast as libvips' own choice of 4, and 3 % larger.
            data = image.webpsave_buffer(Q=WEBP_QUALITY, effort=2, lossless=bitonal, keep="none")
        case Format.AVIF:
            # The least effort: one step more costs twice the time and saves nothing.
            data = image.heifsave_buffer(
                compression="av1", Q=AVIF_QUALITY, effort=0, lossless=bitonal, encoder="aom", keep="none"
            )
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


def encode_jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The JPEG of pixels (height, width, bands): 1, 3, or 4 of which the last means nothing.

    In half the time that libvips takes for files of the same size: its mozjpeg is not made for speed.
    """
    colour, sampling = _JPEG_KINDS[pixels.shape[2]]
    encoded = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), JPEG_QUALITY, colour, sampling, fastdct=False)
    return bytes(encoded)
