"""What stands in front of a foreign tile, so that it is a picture of its own: tables, markers, a profile. PURE."""

from __future__ import annotations

import numpy as np

from iiif_server.profile_names import names_srgb
from iiif_server.tiff_tile import TileCoding, build_head
from ingest.adoption.foreign_layout import YCBCR, ForeignLevel
from ingest.adoption.jpeg_header import JpegHeader
from ingest.conversion.tiff_layout import COMPRESSION, ICC_PROFILE, JPEG_TABLES, PHOTOMETRIC, PREDICTOR

SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_ADOBE = {
    True: bytes.fromhex("ffee000e41646f626500640000000001"),
    False: bytes.fromhex("ffee000e41646f626500640000000000"),
}
"""APP14 of colours that are YCbCr (transform 1) and of those that are RGB (transform 0)."""

_MAX_PROFILE_BYTES = 16 * 1024
"""A longer one would make every tile longer by as much; scanners' profiles have hundreds of kilobytes."""


def build_prefix(level: ForeignLevel, header: JpegHeader | None, profile: bytes) -> bytes:
    """What turns a tile without its SOI into a JPEG: SOI, profile, Adobe's marker where missing, the shared tables.

    Without the marker some browsers take RGB for YCbCr, or the other way round. Tiles that are no JPEGs, and so have
    no header, get the head of a TIFF.
    """
    directory = level.directory
    if header is None:
        compression, photometric = directory.number(COMPRESSION, 1), directory.number(PHOTOMETRIC)
        coding = TileCoding(compression, photometric, directory.number(PREDICTOR, 1), level.components)
        return build_head(level.tile_width, level.tile_height, coding)
    tables = directory.numbers(JPEG_TABLES).astype(np.uint8).tobytes()
    adobe = b"" if header.adobe or header.components == 1 else _ADOBE[directory.number(PHOTOMETRIC) == YCBCR]
    return SOI + _icc_segment(profile) + adobe + tables.removeprefix(SOI).removesuffix(_EOI)


def _icc_segment(profile: bytes) -> bytes:
    """APP2 with the profile as its only part (ICC.1:2022 annex B.4)."""
    if not profile:
        return b""
    data = b"ICC_PROFILE\0\x01\x01" + profile
    return b"\xff\xe2" + (len(data) + 2).to_bytes(2, "big") + data


def applied_profile(level: ForeignLevel) -> bytes:
    """The embedded profile where it matters, and is fit to be sent along with every tile."""
    profile = embedded_profile(level)
    is_fit = len(profile) <= _MAX_PROFILE_BYTES and profile[16:20] == b"RGB " and level.components == 3
    return profile if is_fit and not names_srgb(profile) else b""


def embedded_profile(level: ForeignLevel) -> bytes:
    """The ICC profile, or nothing."""
    return level.directory.numbers(ICC_PROFILE).astype(np.uint8).tobytes()
