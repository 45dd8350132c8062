"""Embedded ICC profiles (ICC.1:2022): their names, whether they can be used, and whether they matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyvips

_SPACES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
_INTERPRETATIONS = {1: "b-w", 3: "srgb", 4: "cmyk"}
_HEADER_BYTES = 128
_SAMPLES = (0, 16, 32, 64, 96, 128, 160, 192, 224, 240, 255)
_INVISIBLE = 2
"""Steps of 255 by which a profile may move a colour and still count as sRGB."""


def to_srgb(image: pyvips.Image, profile: Path) -> pyvips.Image:
    """The image's colours, read through the profile in that file, as 8-bit sRGB."""
    return image.icc_transform(
        "srgb",
        input_profile=str(profile),
        embedded=False,
        intent="relative",
        black_point_compensation=True,
        depth=8,
    )


def profile_is_usable(data: bytes, profile: Path, bands: int) -> bool:
    """Whether the profile (`data`, lying in the file `profile` too) can convert images of so many colour bands.

    libvips falls back to sRGB without a word where it cannot, so a transform that changes nothing proves nothing:
    then the profile must at least serve as the output of one.
    """
    if len(data) <= _HEADER_BYTES or data[36:40] != b"acsp" or data[16:20] != _SPACES.get(bands):
        return False
    return not profile_is_srgb(profile, bands) or _exports(profile)


def profile_is_srgb(profile: Path, bands: int) -> bool:
    """Converting through the profile moves no colour visibly."""
    if bands == 4:
        return False
    samples = _sample_colours(bands)
    converted = to_srgb(samples, profile).numpy().astype(int)
    return int(np.abs(converted - samples.numpy().reshape(*converted.shape[:2], -1)).max()) <= _INVISIBLE


def profile_name(data: bytes) -> str:
    """The profile's description, or nothing where it has none that can be read (ICC.1:2022 §9.2.41, v2 §6.5.17)."""
    tags = int.from_bytes(data[_HEADER_BYTES : _HEADER_BYTES + 4], "big")
    for number in range(min(tags, 100)):
        entry = data[_HEADER_BYTES + 4 + 12 * number :][:12]
        if entry[:4] == b"desc":
            start, length = int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:12], "big")
            return _read_text(data[start : start + length])
    return ""


def _read_text(element: bytes) -> str:
    if element[:4] == b"desc":
        length = int.from_bytes(element[8:12], "big")
        text = element[12 : 12 + length].decode("latin-1")
    elif element[:4] == b"mluc":
        length, offset = int.from_bytes(element[20:24], "big"), int.from_bytes(element[24:28], "big")
        text = element[offset : offset + length].decode("utf-16-be", "replace")
    else:
        return ""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:100]


def _sample_colours(bands: int) -> pyvips.Image:
    if bands == 1:
        cube = np.arange(256, dtype=np.uint8)[None, :, None]
    else:
        cube = np.stack(np.meshgrid(*[np.array(_SAMPLES, np.uint8)] * 3, indexing="ij"), -1).reshape(1, -1, 3)
    return pyvips.Image.new_from_array(np.ascontiguousarray(cube)).copy(interpretation=_INTERPRETATIONS[bands])


def _exports(profile: Path) -> bool:
    lab = pyvips.Image.black(1, 1, bands=3).cast("float").copy(interpretation="lab")
    try:
        lab.icc_export(output_profile=str(profile), depth=8).avg()
    except pyvips.Error:
        return False
    return True
