from __future__ import annotations

import pytest

from ingest.conversion.readers.kinds import Kind, sniff_kind
from ingest.conversion.readers.problems import SourceProblemError


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", Kind.JPEG),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind.PNG),
        (b"RIFF\x0a\x0a\x0a\x0aWEBPVP8 ", Kind.WEBP),
        (b"II*\0\x08\0\0\0", Kind.TIFF),
        (b"MM\0*\0\0\0\x08", Kind.TIFF),
        (b"II+\0\x08\0\0\0", Kind.TIFF),
        (b"MM\0+\0\x08\0\0", Kind.TIFF),
    ],
)
def test_four_kinds_are_known_by_their_first_bytes(head, kind):
    assert sniff_kind(head) is kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "is empty"),
        (b"hello", "is no image"),
        (b"GIF89a", "a GIF image"),
        (b"BM" + b"\x10" * 12 + b"\x28\0\0\0", "a BMP image"),
        (b"8BPS\0\x01", "a Photoshop file"),
        (b"%PDF-1.4", "a PDF document"),
        (b"\0\0\0\x18ftypheic", "a HEIF image"),
        (b"\0\0\0\x18ftypavif", "an AVIF image"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
        (b"\0" * 128 + b"DICM", "a DICOM file"),
        (b'<?xml version="1.0"?>\n<svg>', "an SVG drawing"),
        (b"BMW is a make of cars, not a picture", "is no image"),
    ],
)
def test_everything_else_is_refused_by_name_where_it_has_one(head, words):
    with pytest.raises(SourceProblemError) as caught:
        sniff_kind(head)
    assert words in caught.value.predicate
