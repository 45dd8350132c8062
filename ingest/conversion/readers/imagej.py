"""What ImageJ writes beside the first picture of a TIFF: the sizes of a hyperstack, windows, colours, scale. PURE."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from ingest.conversion.readers.source import ChannelHint

_MILLIMETRES = {
    **{"m": 1000.0, "meter": 1000.0, "cm": 10.0, "mm": 1.0, "millimeter": 1.0, "nm": 1e-6, "nanometer": 1e-6},
    **{"micron": 1e-3, "microns": 1e-3, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "\\u00b5m": 1e-3, "micrometer": 1e-3},
}
_LUT_BYTES = 768
_MAX_SIZE = 2**31
_RANGES, _LUTS = b"rang", b"luts"


@dataclass(frozen=True, slots=True)
class ImageJStack:
    """How many channels, slices (z) and frames (t) there are: channels change first, then slices."""

    channels: int
    slices: int
    frames: int
    hints: tuple[ChannelHint, ...]
    millimetres: float | None
    """Of the unit that resolutions speak of."""


def is_imagej(text: str) -> bool:
    """The description is ImageJ's."""
    return text.startswith("ImageJ=")


def parse_imagej(text: str, counts: bytes, data: bytes, order: str) -> ImageJStack:
    """`counts` and `data`: the bytes of the tags IMAGEJ_COUNTS and IMAGEJ_METADATA, in that byte order."""
    lines = dict(line.partition("=")[::2] for line in text.splitlines()[:200])
    channels, slices, frames = (_size(lines.get(name)) for name in ("channels", "slices", "frames"))
    blocks = _read_blocks(counts, data, order)
    windows = _windows(blocks.get(_RANGES, []), order) or _told_window(lines, channels)
    colors = [_color(lut) for lut in blocks.get(_LUTS, [])]
    hints = tuple(
        ChannelHint(
            color=colors[number] if number < len(colors) else "",
            window=windows[number] if number < len(windows) else None,
        )
        for number in range(min(channels, 10_000))
    )
    unit = lines.get("unit", "").strip().lower()
    return ImageJStack(channels, slices, frames, hints, _MILLIMETRES.get(unit))


def _size(text: str | None) -> int:
    number = (text or "1").strip()
    return min(int(number), _MAX_SIZE) if number.isascii() and number.isdecimal() and len(number) < 20 else 1


def _told_window(lines: dict[str, str], channels: int) -> list[tuple[float, float]]:
    """That of the description belongs to the channel that was seen last: it says nothing of several."""
    try:
        low, high = float(lines["min"]), float(lines["max"])
    except (KeyError, ValueError):
        return []
    return [(low, high)] if channels == 1 and _is_window(low, high) else []


def _is_window(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and low < high


def _read_blocks(counts: bytes, data: bytes, order: str) -> dict[bytes, list[bytes]]:
    """The parts of the metadata by their type. What makes no sense is left out."""
    lengths = [length for (length,) in struct.iter_unpack(f"{order}I", counts[: len(counts) // 4 * 4])]
    if not lengths or lengths[0] > len(data) or data[:4] not in (b"IJIJ", b"JIJI"):
        return {}
    header, position = data[4 : lengths[0]], lengths[0]
    rest = iter(lengths[1:])
    blocks: dict[bytes, list[bytes]] = {}
    for at in range(0, len(header) - 7, 8):
        kind, (count,) = header[at : at + 4], struct.unpack_from(f"{order}I", header, at + 4)
        for _, length in zip(range(count), rest, strict=False):
            name = kind if order == ">" else kind[::-1]
            blocks.setdefault(name, []).append(data[position : position + length])
            position += length
    return blocks


def _windows(blocks: list[bytes], order: str) -> list[tuple[float, float]]:
    data = b"".join(blocks)
    pairs = list(struct.iter_unpack(f"{order}dd", data[: len(data) // 16 * 16]))
    return pairs if all(_is_window(low, high) for low, high in pairs) else []


def _color(lut: bytes) -> str:
    """Of the brightest value; nothing where that is black."""
    if len(lut) != _LUT_BYTES:
        return ""
    color = bytes((lut[255], lut[511], lut[767])).hex()
    return "" if color == "000000" else color
