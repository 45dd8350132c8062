"""Image files as an attacker would make them: small, and broken in a few places. Equal seeds make equal ones."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pyvips
import tifffile
from pyvips import GValue

_NUMBERS = (0, 1, 2, 7, 8, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1)

_OME = (
    b'<OME><Image><Pixels DimensionOrder="XYCZT" SizeX="8" SizeY="8" SizeC="1" SizeT="1" SizeZ="%s">%s</Pixels>'
    b"</Image></OME>"
)


def sound_files() -> dict[str, bytes]:
    """One of each kind that the readers tell apart."""
    colour, gray = _picture(3), _picture(1)
    turned = colour.copy()
    turned.set_type(GValue.gint_type, "orientation", 6)
    profiled = colour.copy()
    profiled.set_type(GValue.blob_type, "icc-profile-data", bytes(pyvips.Operation.call("profile_load", "p3")))
    deep = (colour.cast("ushort") * 257).copy(interpretation="rgb16")
    return {
        "baseline.jpg": colour.jpegsave_buffer(Q=80),
        "progressive.jpg": colour.jpegsave_buffer(Q=80, interlace=True),
        "gray.jpg": gray.jpegsave_buffer(Q=80, restart_interval=2),
        "turned.jpg": turned.jpegsave_buffer(Q=80),
        "profiled.jpg": profiled.jpegsave_buffer(Q=80),
        "cmyk.jpg": colour.icc_transform("cmyk", intent="relative").jpegsave_buffer(Q=80),
        "colour.png": colour.pngsave_buffer(),
        "interlaced.png": colour.pngsave_buffer(interlace=True),
        "palette.png": colour.pngsave_buffer(palette=True),
        "deep.png": deep.pngsave_buffer(),
        "lossy.webp": profiled.webpsave_buffer(Q=80),
        "lossless.webp": colour.addalpha().webpsave_buffer(lossless=True),
        "strips.tif": colour.tiffsave_buffer(),
        "tiles.tif": colour.tiffsave_buffer(tile=True, tile_width=32, tile_height=32, pyramid=True),
        "lzw.tif": colour.tiffsave_buffer(compression="lzw", predictor="horizontal"),
        "deflate.tif": deep.tiffsave_buffer(compression="deflate", tile=True, tile_width=64, tile_height=32),
        "jpeg.tif": colour.tiffsave_buffer(compression="jpeg", tile=True, tile_width=32, tile_height=32),
        "fax.tif": gray.tiffsave_buffer(bitdepth=1, compression="ccittfax4"),
        "webp.tif": colour.tiffsave_buffer(compression="webp", tile=True, tile_width=64, tile_height=64),
        "big.tif": profiled.tiffsave_buffer(bigtiff=True),
        "float.tif": _written(photometric="rgb", dtype=np.float32),
        "planar.tif": _written(photometric="rgb", planarconfig="separate", byteorder=">"),
        "palette.tif": _palette(),
        "stack.tif": _stack(ome=True, metadata={"axes": "TZCYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}),
        "imagej.tif": _stack(imagej=True, metadata={"axes": "TZCYX", "Ranges": (1.0, 9.0) * 2}),
        "pages.tif": _stack(metadata=None, compression="zlib"),
        "doubles.tif": _written(photometric="rgb", dtype=np.float64),
    }


def made_up_files() -> Iterator[tuple[str, bytes]]:
    """Those that no mutation finds soon."""
    yield "empty.tif", b""
    yield "loop.tif", struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<HHHIII", 1, 256, 4, 1, 5, 8)
    yield "header.tif", b"II*\0\x08\0\0\0"
    yield "far.tif", struct.pack("<2sHHHQ", b"II", 43, 8, 0, 2**64 - 8)
    yield "many-entries.tif", struct.pack("<2sHIH", b"II", 42, 8, 65535) + bytes(12 * 65535 + 4)
    yield "huge-count.tif", struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 2**63) + bytes(64)
    yield "one-pixel-rows.tif", _tiff(width=1, height=2**31 - 1)
    yield "no-tiles.tif", _tiff(width=64, height=64, count=0)
    yield "absurd.tif", _tiff(width=2**31, height=2**31)
    yield "wide.tif", _tiff(width=2**30, height=1)
    yield "bomb.png", _png(2**31 - 1, 2**31 - 1)
    yield "wide.png", _png(2**31 - 1, 1)
    yield "tall.png", _png(1, 2**31 - 1)
    yield "zero.png", _png(0, 5)
    yield "chunks.png", _png(8, 8, before=b"".join(_chunk(b"tEXt", b"a\0b") for _ in range(30_000)))
    yield "text-bomb.png", _png(8, 8, before=_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9)))
    yield "profile-bomb.png", _png(8, 8, before=_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 9)))
    yield "pixel-bomb.png", _png(12_000, 12_000, data=zlib.compress(bytes(12_000 * 1501), 9))
    yield "segments.jpg", b"\xff\xd8" + b"\xff\xe1\xff\xff" * 30_000
    yield "markers.jpg", b"\xff\xd8" + b"\xff" * 300_000
    yield "scans.jpg", _many_scans()
    yield "huge.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6
    yield "claims.webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\xff\x3f\0\xff\x3f\0"
    yield "planes.tif", _tiff(width=8, height=8, text=_OME % (b"9" * 9, b'<TiffData PlaneCount="4000000000"/>' * 9))
    yield "nested.tif", _tiff(width=8, height=8, text=b"<OME>" + b"<Image>" * 300_000)
    yield "entities.tif", _tiff(width=8, height=8, text=b'<!DOCTYPE a [<!ENTITY b "c">]>' + _OME % (b"1", b""))
    yield "frames.tif", _tiff(width=8, height=8, text=b"ImageJ=1\nchannels=65535\nslices=65535\nframes=65535\n")
    yield "script.jpg", b"<?php system($_GET[0]); ?>"
    yield "drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "polyglot.jpg", b"\xff\xd8\xff\xe0%PDF-1.7\nMM\0*\x89PNG\r\n\x1a\n" + bytes(500)


class Breaker:
    """Breaks files without end."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._files = sound_files()

    def broken(self) -> tuple[str, bytes]:
        """The next one, and the name of what it was made of."""
        name = self._random.choice(list(self._files))
        data = bytearray(self._files[name])
        special = {".tif": self._tag, ".png": self._chunk, ".jpg": self._segment, ".webp": self._number}
        ways: tuple[Callable[[bytearray], None], ...] = (
            self._bits,
            self._number,
            self._splice if self._random.random() < 0.3 else self._bits,
            self._cut if self._random.random() < 0.2 else self._bits,
            special[name[name.index(".") :]],
            special[name[name.index(".") :]],
        )
        for _ in range(self._random.choice((1, 1, 1, 1, 3))):
            if data:
                self._random.choice(ways)(data)
        return name, bytes(data)

    def break_tiff(self, data: bytearray) -> None:
        """Breaks this file in one place."""
        ways = (
            self._tag,
            self._tag,
            self._bits,
            self._number,
            self._cut if self._random.random() < 0.2 else self._bits,
        )
        if data:
            self._random.choice(ways)(data)

    def _place(self, data: bytearray) -> int:
        """More often near the beginning."""
        return self._random.randrange(min(len(data), self._random.choice((64, 700, len(data)))))

    def _bits(self, data: bytearray) -> None:
        for _ in range(self._random.choice((1, 2, 8))):
            data[self._place(data)] ^= 1 << self._random.randrange(8)

    def _number(self, data: bytearray) -> None:
        form = self._random.choice(("<H", ">H", "<I", ">I"))
        value = self._random.choice(_NUMBERS) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
        self._overwrite(data, self._place(data), struct.pack(form, value))

    def _overwrite(self, data: bytearray, place: int, value: bytes) -> None:
        data[place : place + len(value)] = value[: len(data) - place]

    def _cut(self, data: bytearray) -> None:
        del data[self._random.randrange(len(data)) :]

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(list(self._files.values()))
        start, length = self._random.randrange(len(other)), self._random.choice((1, 16, 300, 5000))
        place = self._place(data)
        data[place : place + self._random.choice((0, length))] = other[start : start + length]

    def _tag(self, data: bytearray) -> None:
        """A field of an entry of the first directory: its type, its count or its value."""
        order = "<" if data[:2] == b"II" else ">"
        try:
            (first,) = struct.unpack_from(order + "I", data, 4)
            (count,) = struct.unpack_from(order + "H", data, first)
            entry = first + 2 + 12 * self._random.randrange(max(count, 1))
        except struct.error:
            return
        place, form = self._random.choice(((2, "H"), (4, "I"), (8, "I"), (8, "H")))
        value = self._random.choice((*_NUMBERS, len(data), len(data) - 1, *range(20)))
        value &= 0xFFFF if form == "H" else 0xFFFFFFFF
        if entry + place < len(data):
            self._overwrite(data, entry + place, struct.pack(order + form, value))

    def _chunk(self, data: bytearray) -> None:
        """A number in IHDR or the length of a chunk, and its checksum made anew."""
        place = self._random.choice((16, 20, 24, 25, 28))
        self._overwrite(data, place, self._random.choice((b"\0", b"\x10", struct.pack(">I", self._small()))))
        self._overwrite(data, 29, struct.pack(">I", zlib.crc32(data[12:29])))

    def _segment(self, data: bytearray) -> None:
        """The size of the frame, the number of its components, or the length of a segment."""
        marks = [place for place in range(len(data) - 10) if data[place] == 0xFF and 0xC0 <= data[place + 1] < 0xFF]
        if marks:
            place = self._random.choice(marks[:12]) + self._random.choice((2, 5, 7, 9))
            self._overwrite(data, place, struct.pack(">H", self._small() & 0xFFFF))

    def _small(self) -> int:
        return self._random.choice((*_NUMBERS[:12], 64, 95, 97, 4096))


def _picture(bands: int) -> pyvips.Image:
    y, x = np.mgrid[0:64, 0:96]
    pixels = np.stack([(x * 2 + y * (band + 1)) % 256 for band in range(bands)], 2).astype(np.uint8)
    return pyvips.Image.new_from_array(pixels).copy(interpretation="b-w" if bands == 1 else "srgb")


def _written(dtype: type = np.uint8, **options: object) -> bytes:
    pixels = _picture(3).numpy().astype(dtype)
    if options.get("planarconfig") == "separate":
        pixels = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def _stack(**options: object) -> bytes:
    values = _picture(1).numpy().reshape(1, 1, 64, 96)[..., ::4, ::4].astype(np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.tile(values, (2, 2, 2, 1, 1)) * 99, **options)
    return buffer.getvalue()


def _palette() -> bytes:
    buffer = io.BytesIO()
    colours = np.arange(768, dtype=np.uint16).reshape(3, 256) * 85
    tifffile.imwrite(buffer, _picture(1).numpy().reshape(64, 96), photometric="palette", colormap=colours)
    return buffer.getvalue()


def _tiff(*, width: int, height: int, count: int = 1, text: bytes = b"") -> bytes:
    """Strips of nothing."""
    description = [(270, 2, len(text), 512)] if text else []
    entries = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), *description),
        *((273, 4, count, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, count, 64)),
    ]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + body + bytes(200)
    return head.ljust(512, b"\0") + text if text else head


def _png(width: int, height: int, *, before: bytes = b"", data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 1 if width == 12_000 else 8, 0, 0, 0, 0)
    data = data or zlib.compress(bytes(9 * 8))
    chunks = (_chunk(b"IHDR", head), before, _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _many_scans() -> bytes:
    """A progressive JPEG that refines the same coefficients a hundred thousand times."""
    data = _picture(1).jpegsave_buffer(Q=80, interlace=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * 20_000 + data[-2:]
