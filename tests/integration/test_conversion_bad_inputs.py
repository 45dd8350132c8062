"""Files that cannot be converted: one plain sentence with the file's name and the cause, and never a crash."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import pyvips
import tifffile

from ingest.conversion.readers.problems import SourceProblemError
from ingest.errors import UnusableSourceError

TRUNCATED = "is truncated: the file ends before the picture is complete"
NO_IMAGE = "is no image that can be read: it begins like none of JPEG, PNG, WebP and TIFF"


@pytest.fixture(scope="module")
def noise():
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    return pyvips.Image.new_from_array(pixels).copy(interpretation="srgb")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width, height, rows=1):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * (1 + 3 * min(width, 100_000)) * rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def flipped(data, position, count=40):
    return (
        data[:position] + bytes(byte ^ 0x5A for byte in data[position : position + count]) + data[position + count :]
    )


def tiff_of(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


@pytest.fixture
def complaint(convert, tmp_path):
    """The predicate with which the conversion of these bytes is refused."""

    def of(data, **limits):
        path = tmp_path / "bad"
        path.write_bytes(data)
        with pytest.raises(SourceProblemError) as caught:
            convert(path, **limits)
        return caught.value.predicate

    return of


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"Dear Sirs,\nplease find enclosed\n", NO_IMAGE),
        (b"\0" * 1000, NO_IMAGE),
        (b"GIF89a" + b"\0" * 20, "is a GIF image, which is not supported; JPEG, PNG, WebP and TIFF are"),
        (b"%PDF-1.7\n", "is a PDF document, which is not supported; JPEG, PNG, WebP and TIFF are"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "is an SVG drawing, which is not supported; JPEG, PNG, WebP and TIFF are",
        ),
        (b"\xff\xd8\xff", "is damaged: its JPEG header cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "is damaged: its PNG header cannot be read"),
        (b"RIFF\x10\0\0\0WEBP", "is damaged: its WebP header cannot be read"),
        (b"II*\0\x08\0\0\0", TRUNCATED),
        (b"II*\0\x00\0\0\0", "is damaged: its TIFF header cannot be read"),
        (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "is damaged: its TIFF header cannot be read"),
    ],
)
def test_what_is_no_image(complaint, data, sentence):
    assert complaint(data) == sentence


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_truncated_jpeg_and_png(complaint, noise, interlace, share):
    for data in (noise.jpegsave_buffer(interlace=interlace), noise.pngsave_buffer(interlace=interlace)):
        assert complaint(data[: int(len(data) * share)]) == TRUNCATED


def test_truncated_webp(complaint, noise):
    data = noise.webpsave_buffer()
    assert complaint(data[: len(data) // 2]) == TRUNCATED


@pytest.mark.parametrize("compression", ["none", "lzw", "deflate", "jpeg"])
@pytest.mark.parametrize("tile", [False, True])
def test_truncated_tiff(complaint, noise, compression, tile):
    data = noise.tiffsave_buffer(compression=compression, tile=tile, tile_width=64, tile_height=64)
    assert complaint(data[: len(data) // 2]) == TRUNCATED


def test_tiff_whose_strips_lie_outside_the_file(complaint):
    data = tiff_of(np.zeros((300, 400, 3), np.uint8), photometric="rgb")
    assert complaint(data[: len(data) - 1000]) == TRUNCATED


def test_tiff_whose_directories_go_in_circles(complaint):
    data = bytearray(tiff_of(np.zeros((30, 40), np.uint8)))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    assert complaint(bytes(data)) == "is damaged: its TIFF header cannot be read"


@pytest.mark.parametrize("dtype", ["complex64", "uint64"])
def test_tiff_of_numbers_that_are_not_supported(complaint, dtype):
    predicate = complaint(tiff_of(np.ones((30, 40), dtype)))
    assert predicate == "is a TIFF of a kind of samples or compression that is not supported"


@pytest.mark.parametrize("code", [34712, 34661, 65000], ids=["jpeg-2000", "jbig", "unknown"])
def test_tiff_in_a_compression_that_is_not_supported(complaint, code):
    data = bytearray(tiff_of(np.zeros((30, 40), np.uint8)))
    place = data.index(struct.pack("<HHIH", 259, 3, 1, 1))
    struct.pack_into("<H", data, place + 8, code)
    assert complaint(bytes(data)) == "is a TIFF of a kind of samples or compression that is not supported"


def test_camera_raw_in_a_tiff(complaint):
    data = tiff_of(np.zeros((30, 40), np.uint8), extratags=[(50706, "B", 4, (1, 4, 0, 0), True)])
    assert complaint(data) == ("is a camera's raw file (DNG), which is not supported; JPEG, PNG, WebP and TIFF are")


def test_png_with_a_bad_checksum(complaint, noise):
    data = noise.pngsave_buffer()
    assert complaint(flipped(data, len(data) // 2)) == "is damaged: its PNG data cannot be decoded"


def test_damaged_webp(complaint, noise):
    data = noise.webpsave_buffer(lossless=True)
    length = 10_000
    short = (
        data[:4] + struct.pack("<I", length + 12) + data[8:16] + struct.pack("<I", length) + data[20 : 20 + length]
    )
    assert complaint(short) == "is damaged: its WebP data cannot be decoded"


@pytest.mark.parametrize("compression", ["lzw", "deflate"])
def test_damaged_tiff(complaint, noise, compression):
    data = noise.tiffsave_buffer(compression=compression)
    assert complaint(flipped(data, len(data) // 2)) == "is damaged: its TIFF data cannot be decoded"


def test_jpeg_whose_scan_turns_into_nonsense(complaint, noise):
    data = noise.jpegsave_buffer(Q=90)
    middle = len(data) // 2
    broken = data[:middle] + b"\xff\xc4\x00\x02" * 20 + data[middle + 80 :]
    assert complaint(broken) == "is damaged: its JPEG data cannot be decoded"


def test_header_that_lies_about_the_size(complaint, noise):
    data = bytearray(noise.jpegsave_buffer())
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 60_000, 400)
    assert complaint(bytes(data), max_pixels=10**8) == "is damaged: its JPEG data cannot be decoded"
    assert complaint(png_claiming(20_000, 20_000)) == "is damaged: its PNG data cannot be decoded"


def test_larger_than_the_limit_is_refused_by_the_header(complaint, noise):
    bomb = png_claiming(2**31 - 1, 2**31 - 1)
    assert complaint(bomb).startswith("is too large: 2147483647 × 2147483647 pixels are")
    assert complaint(noise.jpegsave_buffer(), max_pixels=119_999) == (
        "is too large: 400 × 300 pixels are 120,000, and 119,999 are allowed (setting max_source_pixels)"
    )
    header = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2 + b"\0" * 10
    assert complaint(header).startswith("is too large: 16777216 × 16777216 pixels")
    huge = bytearray(tiff_of(np.zeros((30, 40), np.uint8)))
    struct.pack_into("<I", huge, huge.index(struct.pack("<HHI", 257, 4, 1)) + 8, 2**32 - 1)
    assert complaint(bytes(huge)).startswith("is too large: 40 × 4294967295 pixels")


def test_what_would_need_too_much_memory_is_refused_by_the_header(complaint):
    wide = pyvips.Image.black(12_000, 10_000, bands=3).copy(interpretation="srgb")
    progressive = complaint(wide.jpegsave_buffer(interlace=True, subsample_mode="off"), memory_mb=512)
    assert progressive == (
        "needs about 951 MiB of memory (a progressive JPEG is decoded as a whole), and 512 MiB are allowed"
        " (setting conversion_memory_mb)"
    )
    header = struct.pack(">IIBBBBB", 12_000, 10_000, 8, 2, 0, 0, 1)
    interlaced = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    assert complaint(interlaced, memory_mb=512).startswith("needs about 608 MiB of memory (an interlaced PNG")
    webp = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xdf\x2e\x00" + b"\x0f\x27\x00" + b"\0" * 10
    assert "a WebP is decoded as a whole" in complaint(webp, memory_mb=512)
    planes = np.broadcast_to(np.zeros((1, 1, 1), np.uint8), (3, 10_000, 12_000))
    planar = tiff_of(planes, photometric="rgb", planarconfig="separate", rowsperstrip=10_000)
    assert "its colour planes are stored apart in large strips" in complaint(planar, memory_mb=512)


def test_the_sentence_for_people_names_the_file(conversion_request, run_in_process_of_its_own, tmp_path):
    source = tmp_path / "Письмо\n1.jpg"
    source.write_bytes(b"no image at all")
    with pytest.raises(UnusableSourceError) as caught:
        run_in_process_of_its_own(conversion_request(source))
    assert caught.value.detail == f"Письмо�1.jpg {NO_IMAGE}."
