"""JPEG: baseline streams; a progressive one keeps all its coefficients until the last scan has come."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyvips

from ingest.conversion.readers.kinds import Kind
from ingest.conversion.readers.problems import damaged_header
from ingest.conversion.readers.source import Source

_CHROMA_SAMPLES = {"4:4:4": 2.0, "4:2:2": 1.0, "4:4:0": 1.0, "4:2:0": 0.5, "4:1:1": 0.5, "4:1:0": 0.25}
"""Samples of both chroma planes together, per pixel."""
_COEFFICIENT_BYTES = 2
_APP2, _START_OF_SCAN = 0xE2, 0xDA


def read_jpeg(path: Path) -> Source:
    """The JPEG at `path`. Raises SourceProblemError."""
    open_image = partial(pyvips.Image.jpegload, str(path), access="sequential", fail_on="warning", unlimited=True)
    try:
        image = open_image()
    except pyvips.Error as exc:
        raise damaged_header("JPEG") from exc
    multiscan = bool(image.get_typeof("jpeg-multiscan")) and image.get("jpeg-multiscan") == 1
    return Source(
        Kind.JPEG,
        path,
        image.width,
        image.height,
        open_image,
        held_bytes=_coefficient_bytes(image) if multiscan else 0,
        held_because="a progressive JPEG is decoded as a whole",
        has_profile=_has_profile(path),
    )


def _coefficient_bytes(image: pyvips.Image) -> int:
    samples = float(image.bands)
    if image.bands == 3 and image.get_typeof("jpeg-chroma-subsample"):
        samples = 1 + _CHROMA_SAMPLES.get(image.get("jpeg-chroma-subsample"), 2.0)
    return int(image.width * image.height * samples * _COEFFICIENT_BYTES)


def _has_profile(path: Path) -> bool:
    """One of the segments before the scan holds an ICC profile, or a part of one (ICC.1:2022 annex B.4)."""
    with path.open("rb") as file:
        file.seek(2)
        while len(head := file.read(4)) == 4 and head[0] == 0xFF and head[1] != _START_OF_SCAN:
            length = int.from_bytes(head[2:], "big") - 2
            segment = file.read(max(0, length))
            if head[1] == _APP2 and segment.startswith(b"ICC_PROFILE\0"):
                return True
    return False
