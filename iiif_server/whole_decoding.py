"""From the bytes of a whole picture file to display colours at a level's scale. Blocking, without any I/O.

Only four loaders of libvips are ever called, by name: those of JPEG, PNG, WebP and TIFF.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips

from iiif_server.grid import ceil_div
from iiif_server.profile_names import names_srgb

Pixels = npt.NDArray[np.uint8]

_MAX_DCT_SCALE = 8
_COLOURS = {"b-w": 1, "grey16": 1, "multiband": 1, "srgb": 3, "rgb": 3, "rgb16": 3, "cmyk": 4}
_SPACES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
_FAINTEST, _BRIGHTEST = 0.001, 0.999
"""What share of the pixels may be darker or brighter than what is shown of 16-bit gray."""


class UnreadableWholeError(ValueError):
    """The picture cannot be shown; the text is the end of a sentence about the file."""


@dataclass(frozen=True, slots=True)
class WholeShape:
    """What a file's header tells: the size as it is shown, 1 or 3 colours, and what showing it costs.

    Decoding takes `decode_bytes` of memory at the most beside the file itself. `losses` are plain sentences.
    """

    width: int
    height: int
    components: int
    decode_bytes: int
    losses: tuple[str, ...]


def read_whole_shape(data: bytes) -> WholeShape:
    """What the header of the file `data` tells; no pixel is decoded. Raises UnreadableWholeError."""
    try:
        image = _loader(data)(1)
    except pyvips.Error as exc:
        raise UnreadableWholeError("it cannot be read") from exc
    count = _count_colours(image)
    width, height = (image.height, image.width) if _orientation(image) >= 5 else (image.width, image.height)
    return WholeShape(width, height, 1 if count == 1 else 3, _weigh(image), tuple(_losses(image, count)))


def decode_whole(data: bytes, scale: int) -> Pixels:
    """The picture (height, width, bands) as it is shown, its sides divided by `scale` and rounded up.

    Turned as its EXIF orientation says, in sRGB or gray, transparency on white. Raises UnreadableWholeError.
    """
    try:
        return _decode(data, scale)
    except pyvips.Error as exc:
        raise UnreadableWholeError("it is damaged, or cut off") from exc


def base_scale(data: bytes, scale: int) -> int:
    """The scale to which the file's own decoder goes on the way to `scale`, both powers of two.

    shrink_pixels makes of that level exactly what decode_whole makes of the file.
    """
    if data[:2] != b"\xff\xd8":
        return 1
    image, shrunk = _loader(data)(1), min(scale, _MAX_DCT_SCALE)
    # Else the incomplete pixels of the far edges would come to lie at the near ones.
    is_whole = _orientation(image) == 1 or not (image.width % shrunk or image.height % shrunk)
    return shrunk if is_whole else 1


def shrink_pixels(pixels: Pixels, scale: int) -> Pixels:
    """Means of `scale` x `scale` pixels; what lies beyond the edge repeats it."""
    if scale == 1:
        return pixels
    image = pyvips.Image.new_from_array(pixels)
    return _to_pixels(_shrink(image, scale), pixels.shape[2])


def _decode(data: bytes, scale: int) -> Pixels:
    load = _loader(data)
    image = load(1)
    width, height, orientation = image.width, image.height, _orientation(image)
    shrunk = base_scale(data, scale)
    # Incomplete pixels are left out by the loader: their neighbours stand for them.
    loaded = load(shrunk).embed(0, 0, ceil_div(width, shrunk), ceil_div(height, shrunk), extend="copy")
    image = _to_display(loaded)
    if orientation > 1:
        image = image.copy_memory().autorot()
    pixels = _to_pixels(_shrink(image, scale // shrunk), image.bands)
    across, down = (height, width) if orientation >= 5 else (width, height)
    if pixels.shape[:2] != (ceil_div(down, scale), ceil_div(across, scale)):
        raise UnreadableWholeError("it is not what its header says")
    return pixels


def _loader(data: bytes) -> Callable[[int], pyvips.Image]:
    """Opens the file with its sides divided by a number; only a JPEG's can be by more than 1."""
    safe: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if data[:3] == b"\xff\xd8\xff":
        return lambda shrink: pyvips.Image.jpegload_buffer(data, shrink=shrink, **safe)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return lambda _: pyvips.Image.pngload_buffer(data, **safe)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return lambda _: pyvips.Image.webpload_buffer(data, **safe)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return lambda _: pyvips.Image.tiffload_buffer(data, **safe)
    raise UnreadableWholeError("it is neither JPEG, PNG, WebP nor TIFF")


def _count_colours(image: pyvips.Image) -> int:
    """Its bands that are colours. Raises UnreadableWholeError where it cannot be shown."""
    count = min(_COLOURS.get(image.interpretation, 0), int(image.bands))
    if count not in _SPACES:
        raise UnreadableWholeError("its colours are of a kind that is not supported")
    if image.format not in ("uchar", "ushort"):
        raise UnreadableWholeError("its values have neither 8 nor 16 bits")
    return count


def _to_display(image: pyvips.Image) -> pyvips.Image:
    count = _count_colours(image)
    colours = _colours_to_display(image, count)
    if not _has_alpha(image, count):
        return colours
    alpha = image.extract_band(count)
    alpha = alpha.cast("uchar", shift=True) if alpha.format == "ushort" else alpha
    return colours.bandjoin(alpha).flatten(background=[255] * colours.bands)


def _colours_to_display(image: pyvips.Image, count: int) -> pyvips.Image:
    colours = image.extract_band(0, n=count)
    if count == 4 or _has_profile(image, count):
        colours = colours.copy(interpretation=_interpretation(image.format, count))
        profile = {} if _has_profile(image, count) else {"input_profile": "cmyk"}
        options = {"embedded": not profile, "intent": "relative", "black_point_compensation": True, "depth": 8}
        shown = colours.icc_transform("srgb", **profile, **options)
        return _named(shown.extract_band(1) if count == 1 else shown)
    if image.format == "uchar":
        return _named(colours)
    return _named(_stretch(colours) if count == 1 else colours.cast("uchar", shift=True))


def _stretch(gray: pyvips.Image) -> pyvips.Image:
    """16-bit gray, of which often a small range is used, from the darkest to the brightest that matter."""
    gray = gray.copy_memory()
    darker = np.cumsum(gray.hist_find().numpy().ravel())
    low, high = (int(np.searchsorted(darker, share * darker[-1])) for share in (_FAINTEST, _BRIGHTEST))
    gain = 255 / (high - low) if high > low else 255 / 65_535
    return gray.linear(gain, -low * gain if high > low else 0).rint().cast("uchar")


def _shrink(image: pyvips.Image, scale: int) -> pyvips.Image:
    """In whole blocks, so that the pixels of the far edges stand for as much as all others."""
    if scale == 1:
        return image
    width, height = ceil_div(image.width, scale) * scale, ceil_div(image.height, scale) * scale
    if (width, height) != (image.width, image.height):
        image = image.embed(0, 0, width, height, extend="copy")
    return image.shrink(scale, scale)


def _to_pixels(image: pyvips.Image, bands: int) -> Pixels:
    pixels: Pixels = np.ascontiguousarray(image.numpy()).reshape(image.height, image.width, bands)
    return pixels


def _losses(image: pyvips.Image, count: int) -> list[str]:
    losses = []
    pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if pages > 1:
        losses.append(f"Only the first of {pages} pages is shown.")
    if image.format == "ushort":
        losses.append("16 bits per channel are shown in 8.")
    if count == 4:
        losses.append("CMYK colours are shown in sRGB.")
    if _has_alpha(image, count):
        losses.append("Transparency is shown as white.")
    elif image.bands > count:
        losses.append(f"Only {count} of {image.bands} channels are shown.")
    return losses


def _weigh(image: pyvips.Image) -> int:
    """What is held at the same time: all of the source where its loader or the turning needs that, and the result."""
    shown = 1 if _count_colours(image) == 1 else 3
    turned = shown if _orientation(image) > 1 else 0
    loader = str(image.get("vips-loader"))
    if loader.startswith("jpeg") and image.bands < 4 and not _is_progressive(image):
        held, margin = 0, 1  # it comes row by row
    elif loader.startswith("jpeg"):
        held, margin = 2 * int(image.bands) if _is_progressive(image) else 0, 3
    elif loader.startswith("webp"):
        held, margin = 8, 3  # its planes, and the pixels made of them
    else:  # interlaced, or in one strip
        held, margin = int(image.bands) * (2 if image.format == "ushort" else 1), 3
    return int(image.width) * int(image.height) * (held + turned + shown + margin)


def _is_progressive(image: pyvips.Image) -> bool:
    return bool(image.get_typeof("jpeg-multiscan") and image.get("jpeg-multiscan") == 1)


def _has_alpha(image: pyvips.Image, count: int) -> bool:
    return bool(image.bands == count + 1 and image.hasalpha())


def _has_profile(image: pyvips.Image, count: int) -> bool:
    """A profile that fits, and would change something."""
    if image.get_typeof("icc-profile-data") != pyvips.GValue.blob_type:
        return False
    profile = bytes(image.get("icc-profile-data"))
    return profile[36:40] == b"acsp" and profile[16:20] == _SPACES[count] and not names_srgb(profile)


def _orientation(image: pyvips.Image) -> int:
    """1 to 8, as EXIF counts them."""
    value = image.get("orientation") if image.get_typeof("orientation") else 1
    return int(value) if 1 <= value <= 8 else 1


def _interpretation(form: str, count: int) -> str:
    if count == 4:
        return "cmyk"
    return ("b-w" if count == 1 else "srgb") if form == "uchar" else ("grey16" if count == 1 else "rgb16")


def _named(image: pyvips.Image) -> pyvips.Image:
    return image.copy(interpretation="b-w" if image.bands == 1 else "srgb")
