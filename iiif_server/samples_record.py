"""What is kept of an original beyond 8-bit colours: its channels and the second, lossless pyramid. PURE.

Objects `samples.tif` (a tiled BigTIFF that others can read) and `samples.index` (see iiif_server.index). Levels and
tiles are those of the revision, each tile once for every channel: the entry of tile number n and channel c, counted
from 0, is n * len(channels) + c.

The bytes of an entry are zstd over a full tile of little-endian values, row by row, with TIFF's horizontal predictor
for whole numbers and its floating-point predictor for the others. Beyond the picture's edge its last column and row
go on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from iiif_server.base64_json import Base64Bytes

SAMPLES, SAMPLES_INDEX = "samples.tif", "samples.index"

MAX_CHANNELS = 256
MAX_PROFILE_BYTES = 4 * 1024 * 1024

SampleType = Literal["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"]
"""numpy's names."""

_COLOR = re.compile(r"[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, and how it is shown unless a rendering says otherwise.

    `color` is six hexadecimal digits, lower case. Values from `low` to `high` are shown from black to full colour;
    `minimum` and `maximum` are the finite ones that occur anywhere in the image, its planes included.
    """

    name: str
    color: str
    low: float
    high: float
    minimum: float
    maximum: float
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Samples:
    """The second pyramid. With an `icc_profile` its channels are colours that are meant in it."""

    type: SampleType
    channels: tuple[Channel, ...]
    size_bytes: int
    sha256: str
    icc_profile: Base64Bytes = b""


def entry_number(samples: Samples, tile: int, channel: int) -> int:
    """The entry in `samples.index` of a tile (its number in the revision's own index) in a channel (from 0)."""
    return tile * len(samples.channels) + channel


def find_fault(samples: Samples) -> str | None:
    """What contradicts itself in them, as a clause; None where nothing does."""
    if not 0 < len(samples.channels) <= MAX_CHANNELS:
        return f"{len(samples.channels)} is no number of channels"
    if len(samples.icc_profile) > MAX_PROFILE_BYTES:
        return "the colour profile is too long"
    for channel in samples.channels:
        if not _COLOR.fullmatch(channel.color):
            return "a channel's colour is none"
        numbers = (channel.low, channel.high, channel.minimum, channel.maximum)
        if not all(math.isfinite(number) for number in numbers) or channel.low >= channel.high:
            return "a channel's window is none"
    return None
