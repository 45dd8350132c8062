"""What kind of file it is, by its first bytes and never by its name. PURE."""

from __future__ import annotations

import re
from enum import StrEnum

from ingest.conversion.readers.problems import SourceProblemError, empty, unknown_kind, unsupported_kind

SNIFF_BYTES = 512


class Kind(StrEnum):
    """The families of files that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    TIFF = "TIFF"


_READ: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"\xff\xd8\xff"), Kind.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Kind.PNG),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), Kind.WEBP),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), Kind.TIFF),
)
_KNOWN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"GIF8[79]a"), "a GIF image"),
    (re.compile(rb"BM.{12}[\x0c\x28\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "a BMP image"),
    (re.compile(rb"8BP[SB]"), "a Photoshop file"),
    (re.compile(rb"%PDF-"), "a PDF document"),
    (re.compile(rb"....ftyp(?:heic|heix|hevc|mif1|msf1)", re.DOTALL), "a HEIF image"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "an AVIF image"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 image"),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "a JPEG XL image"),
    (re.compile(rb".{128}DICM", re.DOTALL), "a DICOM file"),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!DOCTYPE svg|<svg)", re.DOTALL), "an SVG drawing"),
)


def sniff_kind(head: bytes) -> Kind:
    """The kind of a file that begins with `head` (its first SNIFF_BYTES bytes, or all). Raises SourceProblemError."""
    if not head:
        raise empty()
    for pattern, kind in _READ:
        if pattern.match(head):
            return kind
    raise _problem_with(head)


def _problem_with(head: bytes) -> SourceProblemError:
    for pattern, name in _KNOWN:
        if pattern.match(head):
            return unsupported_kind(name)
    return unknown_kind()
