"""JPEG tiles to pixels and back, with the same tables and subsampling as libvips' own tiles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import simplejpeg

Pixels = npt.NDArray[np.uint8]
"""8-bit samples as (height, width, bands)."""

_SUBSAMPLED_BELOW = 90
"""libvips subsamples chroma below this quality only."""


def encode_tile(pixels: Pixels, quality: int) -> bytes:
    """A complete JPEG of one band (grey) or three (sRGB)."""
    pixels = np.ascontiguousarray(pixels)
    if pixels.shape[2] == 1:
        return bytes(simplejpeg.encode_jpeg(pixels, quality, colorspace="GRAY", colorsubsampling="Gray"))
    sampling = "420" if is_subsampled(quality) else "444"
    return bytes(simplejpeg.encode_jpeg(pixels, quality, colorspace="RGB", colorsubsampling=sampling))


def decode_tile(jpeg: bytes) -> Pixels:
    """The pixels of a complete JPEG, of one band or three."""
    colours = simplejpeg.decode_jpeg_header(jpeg)[2]
    pixels: Pixels = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY" if colours == "Gray" else "RGB")
    return pixels


def is_subsampled(quality: int) -> bool:
    """Chroma has half the size in both directions."""
    return quality < _SUBSAMPLED_BELOW
